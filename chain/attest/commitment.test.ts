import { expect } from "chai";
import { toHex, utf8 } from "../primitives/index.js";
import { commitmentOf } from "./commitment.js";
import type { Opening } from "./commitment.js";

const opening: Opening = {
  chainId: "test-1",
  taskId: 7n,
  attempt: 1,
  validator: new Uint8Array(20).fill(1),
  value: utf8("42"),
  salt: new Uint8Array(32).fill(2),
};

describe("a commitment", () => {
  it("is the same hash on every machine", () => {
    expect(toHex(commitmentOf(opening))).to.equal(toHex(commitmentOf({ ...opening })));
    expect(commitmentOf(opening)).to.have.length(32);
  });

  const changes: readonly (readonly [what: string, change: Partial<Opening>])[] = [
    ["the chain, so that it means nothing elsewhere", { chainId: "test-2" }],
    ["the task", { taskId: 8n }],
    ["the attempt", { attempt: 2 }],
    ["the validator, so that nobody can reveal another's", { validator: new Uint8Array(20).fill(3) }],
    ["the value", { value: utf8("43") }],
    ["the salt", { salt: new Uint8Array(32).fill(4) }],
  ];
  for (const [what, change] of changes) {
    it(`binds ${what}`, () => {
      expect(toHex(commitmentOf({ ...opening, ...change }))).to.not.equal(toHex(commitmentOf(opening)));
    });
  }
});
