import { expect } from "chai";
import fc from "fast-check";
import { sha256 } from "../../../chain/crypto/index.js";
import { u64be } from "../../../chain/primitives/index.js";
import { isSampled } from "./replay-lot.js";

const lot = (n: number, over: Partial<Parameters<typeof isSampled>[0]> = {}) => {
  return { blockHash: sha256(u64be(BigInt(n))), jobId: 1n, step: 20, ...over };
};

describe("the lot of an unasked replay", () => {
  it("falls never at zero, and always at the whole", () => {
    for (let n = 0; n < 100; n++) {
      expect(isSampled(lot(n), 0)).to.equal(false);
      expect(isSampled(lot(n), 1_000_000)).to.equal(true);
    }
  });
  it("falls as often as its parameter says", () => {
    const drawn = Array.from({ length: 20_000 }, (_, n) => isSampled(lot(n), 50_000)).filter(Boolean).length;
    // Three standard deviations around 1,000.
    expect(drawn).to.be.within(907, 1_093);
  });
  it("falls on more segments the higher the chance, and on none that a lower one spares", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(1_000_000), fc.nat(1_000_000), (n, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        return !isSampled(lot(n), low) || isSampled(lot(n), high);
      }),
    );
  });
  it("is another for another block, job or step", () => {
    const chosen = (make: (n: number) => Parameters<typeof isSampled>[0]) => Array.from({ length: 64 }, (_, n) => isSampled(make(n), 500_000));
    const patterns = [chosen((n) => lot(n)), chosen((n) => lot(0, { jobId: BigInt(n) })), chosen((n) => lot(0, { step: n }))];
    for (const pattern of patterns) expect(new Set(pattern).size).to.equal(2);
    expect(new Set(patterns.map((p) => p.join())).size).to.equal(3);
  });
});
