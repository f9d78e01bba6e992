import { expect } from "chai";
import fc from "fast-check";
import {
  DEC_ZERO,
  decFromInt,
  formatDec,
  parseDec,
  toDec,
  toUopen,
} from "../../../chain/primitives/index.js";
import type { Dec } from "../../../chain/primitives/index.js";
import { rejection } from "../../../chain/testkit/rejects.js";
import {
  addStake,
  isWorthless,
  removeShares,
  sharesOfTokens,
  sharesOfTokensTruncated,
  tokensOfShares,
  tokensOfSharesTruncated,
} from "./shares.js";
import type { StakePool } from "./shares.js";

const tokens = fc.bigInt({ min: 1n, max: 1_000_000_000_000_000n }).map(toUopen);
/** A pool that was slashed to some part of what its shares cost, or never. */
const pool: fc.Arbitrary<StakePool> = fc
  .record({
    paid: tokens,
    keptMillionths: fc.oneof(fc.constant(1_000_000n), fc.bigInt({ min: 1n, max: 1_000_000n })),
    crumbs: fc.bigInt({ min: 0n, max: 10n ** 18n }),
  })
  .map(({ paid, keptMillionths, crumbs }) => {
    const kept = (paid * keptMillionths) / 1_000_000n;
    return { tokens: toUopen(kept > 0n ? kept : 1n), shares: toDec(decFromInt(paid) + crumbs) };
  });
/** Some part of a delegation, in millionths. */
const part = fc.bigInt({ min: 1n, max: 1_000_000n });
const partOf = (shares: Dec, millionths: bigint): Dec => toDec((shares * millionths) / 1_000_000n);
/** What everyone else's shares are worth, exactly, as a fraction over the pool's shares. */
const worthOfRest = ({ tokens: t, shares }: StakePool, mine: Dec): readonly [bigint, bigint] => [
  t * (shares - mine),
  shares,
];
const isAtLeast = ([a, b]: readonly [bigint, bigint], [c, d]: readonly [bigint, bigint]): boolean =>
  a * d >= c * b;

describe("shares of a validator's stake", () => {
  it("cost one uopen each at first, and what they are worth afterwards", () => {
    const first = addStake({ tokens: toUopen(0n), shares: DEC_ZERO }, toUopen(10n));
    expect(first).to.deep.equal({ pool: { tokens: 10n, shares: decFromInt(10n) }, issued: decFromInt(10n) });
    const slashed: StakePool = { ...first.pool, tokens: toUopen(5n) };
    expect(formatDec(tokensOfShares(slashed, decFromInt(1n)))).to.equal("0.500000000000000000");
    expect(formatDec(addStake(slashed, toUopen(1n)).issued)).to.equal("2.000000000000000000");
    expect(removeShares(slashed, decFromInt(3n))).to.deep.equal({
      pool: { tokens: 4n, shares: decFromInt(7n) },
      amount: 1n,
    });
  });

  it("cannot be bought where they are worth nothing", () => {
    const empty: StakePool = { tokens: toUopen(0n), shares: decFromInt(3n) };
    expect(isWorthless(empty)).to.equal(true);
    expect(isWorthless({ tokens: toUopen(0n), shares: DEC_ZERO })).to.equal(false);
    expect(rejection(() => sharesOfTokens(empty, toUopen(1n)))).to.equal("staking/22");
    expect(rejection(() => sharesOfTokensTruncated(empty, toUopen(1n)))).to.equal("staking/22");
    expect(rejection(() => addStake(empty, toUopen(1n)))).to.equal("staking/22");
  });

  it("round as the SDK rounds: half to even what they are worth, down what they cost", () => {
    const third: StakePool = { tokens: toUopen(1n), shares: decFromInt(3n) };
    expect(formatDec(tokensOfShares(third, decFromInt(2n)))).to.equal("0.666666666666666667");
    expect(formatDec(tokensOfSharesTruncated(third, decFromInt(2n)))).to.equal("0.666666666666666666");
    const sevenths: StakePool = { tokens: toUopen(7n), shares: parseDec("10") };
    expect(formatDec(sharesOfTokens(sevenths, toUopen(1n)))).to.equal("1.428571428571428571");
    expect(sharesOfTokens(sevenths, toUopen(1n))).to.equal(sharesOfTokensTruncated(sevenths, toUopen(1n)));
  });

  it("let the last one take whatever is left", () => {
    const odd: StakePool = { tokens: toUopen(10n), shares: parseDec("3.000000000000000001") };
    expect(removeShares(odd, odd.shares)).to.deep.equal({
      pool: { tokens: 0n, shares: DEC_ZERO },
      amount: 10n,
    });
  });
});

describe("whoever delegates and undelegates", () => {
  it("gains nothing by it, whatever the rate", () => {
    fc.assert(
      fc.property(pool, tokens, (before, amount) => {
        const { pool: after, issued } = addStake(before, amount);
        if (issued === 0n) return;
        expect(removeShares(after, issued).amount <= amount).to.equal(true);
      }),
    );
  });

  it("gains nothing by going in and out in pieces", () => {
    fc.assert(
      fc.property(pool, tokens, fc.array(part, { minLength: 1, maxLength: 6 }), (before, amount, parts) => {
        const bought = addStake(before, amount);
        let [now, left, back] = [bought.pool, bought.issued, 0n];
        for (const millionths of parts) {
          const given = partOf(left, millionths);
          if (given === 0n) continue;
          const removed = removeShares(now, given);
          [now, left, back] = [removed.pool, toDec(left - given), back + removed.amount];
        }
        if (left > 0n) back += removeShares(now, left).amount;
        expect(back <= amount).to.equal(true);
      }),
    );
  });

  it("takes nothing from the others when it comes", () => {
    fc.assert(
      fc.property(pool, tokens, (before, amount) => {
        const { pool: after, issued } = addStake(before, amount);
        expect(isAtLeast(worthOfRest(after, issued), [before.tokens, 1n])).to.equal(true);
      }),
    );
  });

  it("takes at most the last place of a decimal from the others when it goes", () => {
    fc.assert(
      fc.property(pool, part, (before, millionths) => {
        const given = partOf(before.shares, millionths);
        if (given === 0n || given === before.shares) return;
        const { pool: after } = removeShares(before, given);
        const [restWorth, scale] = worthOfRest(before, given);
        expect(
          BigInt(after.tokens) * scale + scale >= restWorth,
          "rounding down leaves what it cuts to the rest",
        ).to.equal(true);
        expect(after.tokens * 10n ** 18n * scale + scale >= restWorth * 10n ** 18n).to.equal(true);
      }),
    );
  });

  it("moves whole uopen, and none appear or vanish", () => {
    fc.assert(
      fc.property(pool, tokens, part, (before, amount, millionths) => {
        const bought = addStake(before, amount);
        expect(bought.pool.tokens - before.tokens).to.equal(amount);
        expect(bought.pool.shares - before.shares).to.equal(bought.issued);
        const given = partOf(bought.pool.shares, millionths);
        const removed = removeShares(bought.pool, given);
        expect(removed.pool.tokens + removed.amount).to.equal(bought.pool.tokens);
        expect(removed.pool.shares + given).to.equal(bought.pool.shares);
      }),
    );
  });

  it("gets no more shares for parts than for the whole", () => {
    fc.assert(
      fc.property(pool, tokens, tokens, (before, one, other) => {
        const first = addStake(before, one);
        const second = addStake(first.pool, other);
        const whole = addStake(before, toUopen(one + other));
        expect(second.issued + first.issued <= whole.issued).to.equal(true);
      }),
    );
  });
});
