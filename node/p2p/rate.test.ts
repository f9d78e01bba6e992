import { expect } from "chai";
import fc from "fast-check";
import { RateMeter, RateMeters } from "./rate.js";

describe("a peer's rate", () => {
  let now = 0;
  const clock = (): number => now;
  beforeEach(() => {
    now = 0;
  });

  it("lets one second's worth through at once, then asks for a rest", () => {
    const meter = new RateMeter({ messagesPerSecond: 10, bytesPerSecond: 1000 }, clock);
    const rests = Array.from({ length: 12 }, () => meter.charge(1));
    expect(rests.slice(0, 10)).to.deep.equal(Array.from({ length: 10 }, () => 0));
    expect(rests.slice(10)).to.deep.equal([100, 200]);
  });

  it("lets a message larger than the bucket pass, and makes the next pay for it", () => {
    const meter = new RateMeter({ messagesPerSecond: 10, bytesPerSecond: 1000 }, clock);
    expect(meter.charge(5000)).to.equal(4000);
    now += 4000;
    expect(meter.charge(0)).to.equal(0);
  });

  it("never admits more than one burst and the rate, whatever the timing", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 200 }), (gaps) => {
        now = 0;
        const meters = new RateMeters({ messagesPerSecond: 20, bytesPerSecond: 1_000_000 }, clock);
        let admitted = 0;
        for (const gap of gaps) {
          now += gap;
          if (meters.admit("peer", 10)) admitted += 1;
        }
        expect(admitted).to.be.at.most(20 + (now / 1000) * 20 + 1e-6);
      }),
    );
  });

  it("keeps peers apart, and starts afresh for one that left", () => {
    const meters = new RateMeters({ messagesPerSecond: 1, bytesPerSecond: 100 }, clock);
    expect([meters.admit("a", 1), meters.admit("a", 1), meters.admit("b", 1)]).to.deep.equal([
      true,
      false,
      true,
    ]);
    meters.forget("a");
    expect(meters.admit("a", 1)).to.equal(true);
  });

  it("admits everything where no rate is set", () => {
    const meters = new RateMeters(undefined, clock);
    for (let i = 0; i < 100; i += 1) expect(meters.admit("a", 1_000_000)).to.equal(true);
  });
});
