import { expect } from "chai";
import fc from "fast-check";
import { compareBytes, toAddress, toHex, toVotingPower, u64be } from "../primitives/index.js";
import { composeCommittee, drawCommittee, isQuorum } from "./committee.js";
import type { CommitteeMember } from "./committee.js";

const validators = (powers: readonly bigint[]): CommitteeMember[] =>
  powers.map((power, i) => ({ validator: toAddress(new Uint8Array(20).fill(i + 1)), power: toVotingPower(power) }));
const powerOf = (members: readonly CommitteeMember[]): bigint => members.reduce((sum, m) => sum + m.power, 0n);

describe("a committee", () => {
  it("is everyone with power while they are few", () => {
    expect(drawCommittee(validators([5n, 0n, 7n]), 4, u64be(1n)).map((m) => m.power)).to.deep.equal([5n, 7n]);
  });

  it("has the wanted seats, no member twice, in order of address, and does not depend on the order given", () => {
    const powers = fc.array(fc.bigInt({ min: 1n, max: 1_000_000n }), { minLength: 6, maxLength: 40 });
    fc.assert(
      fc.property(powers, fc.integer({ min: 1, max: 5 }), fc.bigInt({ min: 0n, max: 1n << 60n }), (p, size, seed) => {
        const all = validators(p);
        const drawn = drawCommittee(all, size, u64be(seed));
        expect(powerOf(drawn)).to.equal(BigInt(size));
        expect(drawn.every((m) => m.power > 0n)).to.equal(true);
        const sorted = [...drawn].sort((a, b) => compareBytes(a.validator, b.validator));
        expect(drawn).to.deep.equal(sorted);
        expect(new Set(drawn.map((m) => toHex(m.validator))).size).to.equal(drawn.length);
        expect(drawCommittee([...all].reverse(), size, u64be(seed))).to.deep.equal(drawn);
      }),
    );
  });

  it("gives power its weight: nine tenths of the power sit in most committees of one", () => {
    const all = validators([2n, 2n, 90n, 2n, 2n, 2n]);
    let heavy = 0;
    for (let i = 0n; i < 1_000n; i++) if (toHex(drawCommittee(all, 1, u64be(i))[0]!.validator) === toHex(all[2]!.validator)) heavy++;
    expect(heavy).to.be.within(860, 940);
  });

  it("draws whoever has any power in the end, the first and the last of them too", () => {
    const all = validators(Array.from({ length: 9 }, () => 1n));
    const seen = new Set<string>();
    for (let i = 0n; i < 200n; i++) for (const m of drawCommittee(all, 2, u64be(i))) seen.add(toHex(m.validator));
    expect(seen.size).to.equal(9);
  });

  /** Mean part of the seats, in thousandths, that a group has, and its part of the worst of 300 committees. */
  function seatsOf(all: readonly CommitteeMember[], group: (i: number) => boolean, draw: (seed: Uint8Array) => readonly CommitteeMember[]) {
    const names = new Set(all.filter((_, i) => group(i)).map((m) => toHex(m.validator)));
    let [sum, worst] = [0, 0];
    for (let i = 0n; i < 300n; i++) {
      const drawn = draw(u64be(i));
      const part = Number((powerOf(drawn.filter((m) => names.has(toHex(m.validator)))) * 1_000n) / powerOf(drawn));
      [sum, worst] = [sum + part, Math.max(worst, part)];
    }
    return { mean: sum / 300, worst };
  }

  it("is not for sale to few great validators among many small ones: a third of the power has a third of the seats", () => {
    const all = validators([...Array.from({ length: 20 }, () => 500n), ...Array.from({ length: 200 }, () => 100n)]);
    const { mean, worst } = seatsOf(all, (i) => i < 20, (seed) => drawCommittee(all, 32, seed));
    expect(mean).to.be.within(303, 363);
    expect(worst).to.be.below(667);
  });

  it("is not for sale to many small validators once the great ones have had their turn", () => {
    const great = Array.from({ length: 22 }, () => 4_000n);
    const all = validators([...great, ...Array.from({ length: 200 }, () => 50n)]);
    const avoided = all.slice(0, 22).map((m) => m.validator);
    const { mean, worst } = seatsOf(all, (i) => i >= 22, (seed) => composeCommittee(all, { size: 32, seed, excluded: [], avoided }));
    expect(mean).to.be.below(140);
    expect(worst).to.be.below(400);
  });

  it("never has an excluded member, and one to be avoided only where the others have less than two thirds of the power", () => {
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
        expect(drawn).to.deep.equal([...new Set(drawn)].sort());
        if (fresh.length * 3 >= eligible.length * 2) expect(drawn.some(isIn(avoided))).to.equal(false);
        else if (size >= eligible.length) expect(drawn).to.deep.equal([...eligible].sort());
      }),
    );
  });

  it("is fresh at two thirds of the power exactly, and everyone's at less", () => {
    const [of, rules] = [validators([20n, 10n]), { size: 4, seed: u64be(1n), excluded: [] }];
    const avoided = [of[1]!.validator];
    expect(composeCommittee(of, { ...rules, avoided })).to.deep.equal([of[0]]);
    const less = validators([19n, 10n]);
    expect(composeCommittee(less, { ...rules, avoided })).to.deep.equal(less);
    expect(composeCommittee(of, { ...rules, avoided: of.map((m) => m.validator) })).to.deep.equal(of);
    expect(composeCommittee(of, { ...rules, excluded: of.map((m) => m.validator), avoided })).to.deep.equal([]);
  });

  it("needs more than two thirds, not two thirds", () => {
    expect(isQuorum(2n, 3n)).to.equal(false);
    expect(isQuorum(3n, 4n)).to.equal(true);
    expect(isQuorum(0n, 0n)).to.equal(false);
  });
});
