import { readFileSync } from "node:fs";
import { expect } from "chai";
import { createRuntime } from "../runtime.js";
import { sha256 } from "../../chain/crypto/index.js";
import { toHex } from "../../chain/primitives/index.js";
import { SHIPPED_BASE, readBase } from "./read.js";

describe("the shipped base model", () => {
  it("is the one its README describes", () => {
    const readme = readFileSync(`${SHIPPED_BASE}README.md`, "utf8");
    const { config, tokenizer, weights } = readBase();
    for (const bytes of [config, tokenizer, weights]) expect(readme).to.include(toHex(sha256(bytes)));
  });

  it("speaks in words, the same ones in every run", async () => {
    const runtime = await createRuntime();
    const { baseId } = await runtime.loadBase(readBase());
    const ask = { baseId, adapterId: new Uint8Array(0), prompt: "The people of the", maxTokens: 48, sampling: { kind: "greedy" } } as const;
    const first = await runtime.generate(ask);
    const known = /\b(the|of|and|to|in|United|States|Government|people|Congress)\b/g;
    expect(first.text.match(known)?.length ?? 0, first.text).to.be.greaterThan(8);
    expect((await runtime.generate(ask)).outputHash).to.deep.equal(first.outputHash);
    runtime.dispose();
  });
});
