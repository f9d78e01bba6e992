import { expect } from "chai";
import { createSignatureCache } from "./signature-cache.js";
import type { SignatureFacts } from "./signature-cache.js";

const facts: SignatureFacts = { txHash: new Uint8Array(32).fill(1), chainId: "a-1", accountNumber: 7n, publicKey: new Uint8Array(33).fill(2), index: 0 };
const others: readonly (readonly [string, Partial<SignatureFacts>])[] = [
  ["transaction", { txHash: new Uint8Array(32).fill(3) }],
  ["chain", { chainId: "a-2" }],
  ["account", { accountNumber: 8n }],
  ["key", { publicKey: new Uint8Array(33).fill(4) }],
  ["shorter key", { publicKey: new Uint8Array(32).fill(2) }],
  ["place", { index: 1 }],
];

describe("remembered signatures", () => {
  it("are good for what they were verified for", () => {
    const cache = createSignatureCache();
    expect(cache.has(facts)).to.equal(false);
    cache.add(facts);
    expect(cache.has({ ...facts, txHash: facts.txHash.slice(), publicKey: facts.publicKey.slice() })).to.equal(true);
  });

  for (const [what, change] of others) {
    it(`are not good for another ${what}`, () => {
      const cache = createSignatureCache();
      cache.add(facts);
      expect(cache.has({ ...facts, ...change })).to.equal(false);
      cache.add({ ...facts, ...change });
      expect(cache.has({ ...facts, ...change })).to.equal(true);
    });
  }

  it("are forgotten, the oldest first, when there are more than it may hold", () => {
    const cache = createSignatureCache(2);
    const all = Array.from({ length: 5 }, (_, index) => ({ ...facts, index }));
    for (const one of all) cache.add(one);
    expect(all.map((one) => cache.has(one))).to.deep.equal([false, false, true, true, true]);
  });
});
