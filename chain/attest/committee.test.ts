import { expect } from "chai";
import fc from "fast-check";
import { compareBytes, toAddress, toHex, toVotingPower, u64be } from "../primitives/index.js";
import { drawCommittee, isQuorum } from "./committee.js";

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

  it("needs more than two thirds, not two thirds", () => {
    expect(isQuorum(2n, 3n)).to.equal(false);
    expect(isQuorum(3n, 4n)).to.equal(true);
    expect(isQuorum(0n, 0n)).to.equal(false);
  });
});
