import { expect } from "chai";
import fc from "fast-check";
import { toUopen } from "../../../chain/primitives/index.js";
import { allocate, shareOf } from "./allocate.js";

const MIB = 1n << 20n;
const budget = { amount: toUopen(1_000n), maxPerMib: toUopen(10_000_000n), available: toUopen(10_000n) };
const candidate = (datanetId: bigint, weight: number, bytes: bigint) => ({ datanetId, weight, bytes });

const candidates = fc.array(
  fc.record({ datanetId: fc.bigInt(1n, 99n), weight: fc.integer({ min: 0, max: 1_000 }), bytes: fc.bigInt(1n, 10n ** 12n) }),
  { maxLength: 20 },
);
const amounts = fc.record({
  amount: fc.bigInt(0n, 10n ** 12n).map(toUopen),
  maxPerMib: fc.bigInt(1n, 10n ** 12n).map(toUopen),
  available: fc.bigInt(0n, 10n ** 12n).map(toUopen),
});

describe("emission: the rules of an epoch", () => {
  it("pays bytes by their weight", () => {
    expect(allocate(budget, [candidate(1n, 3, MIB), candidate(2n, 1, MIB)])).to.deep.equal([750n, 250n]);
    expect(allocate(budget, [candidate(1n, 1, MIB), candidate(2n, 1, 3n * MIB)])).to.deep.equal([250n, 750n]);
  });

  it("gives nothing to a Datanet without a weight, or where nobody brings anything", () => {
    expect(allocate(budget, [candidate(1n, 0, MIB)])).to.deep.equal([0n]);
    expect(allocate(budget, [candidate(1n, 0, MIB), candidate(2n, 1, MIB)])).to.deep.equal([0n, 1_000n]);
    expect(allocate(budget, [])).to.deep.equal([]);
  });

  it("pays no more for bytes than they may cost, however empty the epoch is", () => {
    const bound = { ...budget, maxPerMib: toUopen(512n) };
    expect(allocate(bound, [candidate(1n, 3, MIB / 4n)])).to.deep.equal([128n]);
    expect(allocate(bound, [candidate(1n, 3, MIB / 4n), candidate(2n, 1, MIB)])).to.deep.equal([128n, 512n]);
  });

  it("cuts all in proportion where the pool has less", () => {
    const poor = { ...budget, available: toUopen(100n) };
    expect(allocate(poor, [candidate(1n, 3, MIB), candidate(2n, 1, MIB)])).to.deep.equal([75n, 25n]);
  });

  it("never gives more than the amount, than the pool has, or than the bytes may cost", () => {
    fc.assert(
      fc.property(amounts, candidates, (given, list) => {
        const parts = allocate(given, list);
        const sum = parts.reduce((total, part) => total + part, 0n);
        expect(sum <= given.amount && sum <= given.available).to.equal(true);
        list.forEach(({ bytes }, i) => expect(parts[i]! * MIB <= bytes * given.maxPerMib).to.equal(true));
      }),
    );
  });

  it("pays Datanets of one weight as it would pay one: spreading data over them gains nothing", () => {
    const parts = fc.array(fc.bigInt(1n, 10n ** 12n), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(amounts, parts, candidates, fc.integer({ min: 1, max: 1_000 }), (given, bytes, others, weight) => {
        const whole = candidate(1n, weight, bytes.reduce((sum, b) => sum + b, 0n));
        const [one = 0n] = allocate(given, [whole, ...others]);
        const spread = allocate(given, [...bytes.map((b, i) => candidate(BigInt(i), weight, b)), ...others]);
        const sum = spread.slice(0, bytes.length).reduce((all, part) => all + part, 0n);
        const difference = sum > one ? sum - one : one - sum;
        expect(difference <= BigInt(2 * bytes.length + 1)).to.equal(true);
      }),
    );
  });

  it("splitting oneself into accounts gains nothing and costs less than a uopen for each", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n).map(toUopen), fc.array(fc.bigInt(1n, 10n ** 9n), { minLength: 1, maxLength: 30 }), fc.bigInt(0n, 10n ** 10n), (amount, parts, others) => {
        const mine = parts.reduce((sum, part) => sum + part, 0n);
        const allocation = { amount, bytes: mine + others };
        const whole = shareOf(allocation, mine);
        const split = parts.reduce((sum, part) => sum + shareOf(allocation, part), 0n);
        expect(split <= whole && whole - split < BigInt(parts.length)).to.equal(true);
      }),
    );
  });

  it("shares of an allocation never sum to more than it", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n).map(toUopen), fc.array(fc.bigInt(1n, 10n ** 9n), { minLength: 1, maxLength: 30 }), (amount, parts) => {
        const allocation = { amount, bytes: parts.reduce((sum, part) => sum + part, 0n) };
        expect(parts.reduce((sum, part) => sum + shareOf(allocation, part), 0n) <= amount).to.equal(true);
      }),
    );
    expect(shareOf({ amount: toUopen(5n), bytes: 0n }, 0n)).to.equal(0n);
  });
});
