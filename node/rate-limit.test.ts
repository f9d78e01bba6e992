import { expect } from "chai";
import { createRateLimit, payerOf } from "./rate-limit.js";

describe("the limit of calls per address", () => {
  it("lets a minute's worth through at once, and then as many as time brings", () => {
    const rate = createRateLimit(60);
    const taken = (now: number): number => Array.from({ length: 100 }, () => rate.take("1.2.3.4", now)).filter(Boolean).length;
    expect([taken(0), taken(0), taken(1_000), taken(11_000), taken(1_000_000)]).to.deep.equal([60, 0, 1, 10, 60]);
  });

  it("counts each address by itself", () => {
    const rate = createRateLimit(1);
    expect([rate.take("1.2.3.4", 0), rate.take("1.2.3.4", 0), rate.take("1.2.3.5", 0)]).to.deep.equal([true, false, true]);
  });

  it("is none when it is 0", () => {
    const rate = createRateLimit(0);
    expect(Array.from({ length: 1_000 }, () => rate.take("1.2.3.4", 0)).every(Boolean)).to.equal(true);
  });

  it("forgets the address that called longest ago, not the one that calls now", () => {
    const rate = createRateLimit(1);
    rate.take("10.0.0.1", 0);
    for (let i = 0; i < 4_095; i++) rate.take(`10.1.${i >> 8}.${i & 255}`, 0);
    expect(rate.take("10.0.0.1", 0), "still remembered, and asked last").to.equal(false);
    rate.take("10.2.0.0", 0);
    expect(rate.take("10.1.0.0", 0), "forgotten").to.equal(true);
    expect(rate.take("10.0.0.1", 0)).to.equal(false);
  });

  const payers: readonly (readonly [address: string, payer: string])[] = [
    ["127.0.0.1", "127.0.0.1"],
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::6", "2001:db8:1:2"],
    ["2001:db8::6", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["::", "0:0:0:0"],
    ["", ""],
  ];
  for (const [address, payer] of payers) {
    it(`counts "${address}" as ${payer}`, () => {
      expect(payerOf(address)).to.equal(payer);
    });
  }
});
