import { expect } from "chai";
import { GoodSignatures } from "./good-signatures.js";
import type { SignatureFacts } from "./good-signatures.js";

const facts: SignatureFacts = { chainId: "a-1", accountNumber: 7n, publicKey: new Uint8Array(33).fill(2), index: 0 };
const others: readonly (readonly [string, Partial<SignatureFacts>])[] = [
  ["chain", { chainId: "a-2" }],
  ["account", { accountNumber: 8n }],
  ["key", { publicKey: new Uint8Array(33).fill(4) }],
  ["shorter key", { publicKey: new Uint8Array(32).fill(2) }],
  ["place", { index: 1 }],
  ["later place", { index: 3 }],
];

describe("good signatures of a transaction", () => {
  it("are good for what they were verified for", () => {
    const good = new GoodSignatures();
    expect(good.has(facts)).to.equal(false);
    good.add(facts);
    expect(good.has({ ...facts, publicKey: facts.publicKey.slice() })).to.equal(true);
  });

  for (const [what, change] of others) {
    it(`are not good for another ${what}`, () => {
      const good = new GoodSignatures();
      good.add(facts);
      expect(good.has({ ...facts, ...change })).to.equal(false);
      good.add({ ...facts, ...change });
      expect(good.has({ ...facts, ...change })).to.equal(true);
    });
  }
});
