import { expect } from "chai";
import fc from "fast-check";
import { DEC_ONE, addDec, decFromInt, decFromRatio, formatDec, parseDec, subDec, toDec, toUopen } from "../../../chain/primitives/index.js";
import type { Dec } from "../../../chain/primitives/index.js";
import { allocateFees, splitCommission } from "./allocate.js";
import { afterSlash, owedSince, rewardsPerToken, roundedStakeOf, stakeOf } from "./rewards.js";

const tax = parseDec("0.02");
const ratio = fc.bigInt(0n, 10n ** 18n).map(toDec);

describe("distribution: the rules of allocation", () => {
  it("gives two validators of equal power 49 of 100, and the community 2, as the SDK's own test has it", () => {
    const { rewards, community } = allocateFees(toUopen(100n), tax, [100n, 100n]);
    expect(rewards.map(formatDec)).to.deep.equal(["49.000000000000000000", "49.000000000000000000"]);
    expect(formatDec(community)).to.equal("2.000000000000000000");
  });

  it("truncates each part of 634,195,840 over powers 11, 10 and 10, and gives the community what is left", () => {
    const { rewards, community } = allocateFees(toUopen(634_195_840n), tax, [11n, 10n, 10n]);
    expect(rewards.map(formatDec)).to.deep.equal([
      "220536488.877419354317441612",
      "200487717.161290322219767270",
      "200487717.161290322219767270",
    ]);
    expect(formatDec(community)).to.equal("12683916.800000001243023848");
  });

  it("gives the community everything when nobody had power", () => {
    expect(allocateFees(toUopen(7n), tax, []).community).to.equal(decFromInt(7n));
    expect(allocateFees(toUopen(7n), tax, [0n]).rewards).to.deep.equal([0n]);
  });

  it("parts sum to the fees, whatever powers and tax are", () => {
    const powers = fc.array(fc.bigInt(0n, 10n ** 12n), { maxLength: 20 });
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), ratio, powers, (fees, rate, given) => {
        const { rewards, community } = allocateFees(toUopen(fees), rate, given);
        expect(rewards.reduce<Dec>(addDec, community)).to.equal(decFromInt(fees));
        expect(community >= 0n && rewards.every((r) => r >= 0n)).to.equal(true);
      }),
    );
  });

  it("commission and the delegators' part sum to the rewards", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 30n).map(toDec), ratio, (rewards, rate) => {
        const { commission, shared } = splitCommission(rewards, rate);
        expect(addDec(commission, shared)).to.equal(rewards);
        expect(commission >= 0n && shared >= 0n).to.equal(true);
      }),
    );
  });
});

describe("distribution: the rules of F1", () => {
  const begin = { period: 1n, ratio: toDec(0n), stake: decFromInt(100n) };

  it("pays stake times the difference of two points", () => {
    const owed = owedSince(begin, [], { ratio: parseDec("0.05"), currentStake: decFromInt(100n) });
    expect(owed.rewards).to.equal(decFromInt(5n));
  });

  it("counts a stake with less from its slash on", () => {
    const slash = { period: 2n, fraction: parseDec("0.5"), ratio: parseDec("0.1") };
    const owed = owedSince(begin, [slash], { ratio: parseDec("0.3"), currentStake: decFromInt(50n) });
    expect(formatDec(owed.rewards)).to.equal("20.000000000000000000");
    expect(owed.stake).to.equal(decFromInt(50n));
  });

  it("leaves out a slash that is not after the period it began with", () => {
    const slash = { period: 1n, fraction: parseDec("0.5"), ratio: parseDec("0.1") };
    const owed = owedSince(begin, [slash], { ratio: parseDec("0.3"), currentStake: decFromInt(100n) });
    expect(owed.rewards).to.equal(decFromInt(30n));
  });

  it("never counts with more than staking says is there", () => {
    const owed = owedSince(begin, [], { ratio: parseDec("0.1"), currentStake: decFromInt(60n) });
    expect(owed.rewards).to.equal(decFromInt(6n));
  });

  it("stops when a history runs backwards", () => {
    expect(() => owedSince({ ...begin, ratio: DEC_ONE }, [], { ratio: toDec(0n), currentStake: begin.stake })).to.throw("backwards");
  });

  it("nobody's parts are above the whole: stakes of all shares are at most the tokens", () => {
    const parts = fc.array(fc.bigInt(1n, 10n ** 24n).map(toDec), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(parts, fc.bigInt(0n, 10n ** 15n), (shares, tokens) => {
        const pool = { tokens: toUopen(tokens), delegatorShares: shares.reduce<Dec>(addDec, toDec(0n)) };
        const sum = shares.map((s) => stakeOf(pool, s)).reduce<Dec>(addDec, toDec(0n));
        expect(sum <= decFromInt(tokens)).to.equal(true);
        for (const s of shares) {
          const difference = subDec(roundedStakeOf(pool, s), stakeOf(pool, s));
          expect(difference === 0n || difference === 1n).to.equal(true);
        }
      }),
    );
  });

  it("nobody earns from tokens that are not there", () => {
    expect(rewardsPerToken(decFromInt(5n), toUopen(0n))).to.equal(undefined);
    expect(stakeOf({ tokens: toUopen(5n), delegatorShares: toDec(0n) }, DEC_ONE)).to.equal(0n);
    expect(afterSlash(decFromInt(3n), DEC_ONE)).to.equal(0n);
    expect(rewardsPerToken(decFromInt(1n), toUopen(3n))).to.equal(decFromRatio(1n, 3n));
  });
});
