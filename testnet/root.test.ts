import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { NODE_FLAGS, REPOSITORY } from "./root.js";

describe("a node that the launcher starts", () => {
  it("runs as one that an operator starts", () => {
    const [first] = readFileSync(join(REPOSITORY, "bin", "openledgerd.mjs"), "utf8").split("\n");
    expect(first).to.equal(`#!/usr/bin/env -S node ${NODE_FLAGS.join(" ")}`);
  });
});
