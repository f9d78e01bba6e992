import { expect } from "chai";
import fc from "fast-check";
import { compareBytes, toAddress, toHex, toVotingPower, u64be } from "../primitives/index.js";
import { composeCommittee, drawCommittee, isQuorum } from "./committee.js";

const validators = (powers: readonly bigint[]) =>
  powers.map((power, i) => ({ validator: toAddress(new Uint8Array(20).fill(i + 1)), power: toVotingPower(power) }));

describe("a committee", () => {
  it("is everyone with power while they are few", () => {
    expect(drawCommittee(validators([5n, 0n, 7n]), 4, u64be(1n)).map((m) => m.power)).to.deep.equal([5n, 7n]);
  });

  it("has the wanted size, no member twice, in order of address, and does not depend on the order given", () => {
    const powers = fc.array(fc.bigInt({ min: 1n, max: 1_000_000n }), { minLength: 5, maxLength: 40 });
    fc.assert(
      fc.property(powers, fc.integer({ min: 1, max: 5 }), fc.bigInt({ min: 0n, max: 1n << 60n }), (p, size, seed) => {
        const all = validators(p);
        const drawn = drawCommittee(all, size, u64be(seed));
        expect(drawn).to.have.length(size);
        const sorted = [...drawn].sort((a, b) => compareBytes(a.validator, b.validator));
        expect(drawn).to.deep.equal(sorted);
        expect(new Set(drawn.map((m) => toHex(m.validator))).size).to.equal(size);
        expect(drawCommittee([...all].reverse(), size, u64be(seed))).to.deep.equal(drawn);
      }),
    );
  });

  it("gives power its weight: nine tenths of the power sit in most committees of one", () => {
    const all = validators([90n, 2n, 2n, 2n, 2n, 2n]);
    let heavy = 0;
    for (let i = 0n; i < 1_000n; i++) if (drawCommittee(all, 1, u64be(i))[0]?.power === 90n) heavy++;
    expect(heavy).to.be.within(860, 940);
  });

  it("never has an excluded member, and one to be avoided only where the others leave a place", () => {
    const picks = fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 12 });
    fc.assert(
      fc.property(picks, picks, fc.integer({ min: 1, max: 14 }), fc.bigInt({ min: 0n, max: 1n << 60n }), (out, old, size, seed) => {
        const all = validators(Array.from({ length: 12 }, () => 7n));
        const pick = (list: readonly number[]) => list.map((i) => all[i]!.validator);
        const [excluded, avoided] = [pick(out), pick(old)];
        const drawn = composeCommittee(all, { size, seed: u64be(seed), excluded, avoided }).map((m) => toHex(m.validator));
        const isIn = (list: readonly Uint8Array[]) => (v: string) => list.some((a) => toHex(a) === v);
        const eligible = all.map((m) => toHex(m.validator)).filter((v) => !isIn(excluded)(v));
        const fresh = eligible.filter((v) => !isIn(avoided)(v));
        expect(drawn.some(isIn(excluded))).to.equal(false);
        expect(drawn).to.have.length(Math.min(size, eligible.length));
        expect(drawn).to.deep.equal([...new Set(drawn)].sort());
        const repeated = drawn.filter(isIn(avoided));
        expect(repeated.length === 0 || fresh.every((v) => drawn.includes(v))).to.equal(true);
      }),
    );
  });

  it("needs more than two thirds, not two thirds", () => {
    expect(isQuorum(2n, 3n)).to.equal(false);
    expect(isQuorum(3n, 4n)).to.equal(true);
    expect(isQuorum(0n, 0n)).to.equal(false);
  });
});
