import {
  DEC_ONE,
  DEC_ZERO,
  Fault,
  addDec,
  decFromInt,
  minDec,
  mulDecInt,
  mulDecTruncate,
  quoDec,
  quoDecTruncate,
  subDec,
} from "../../../chain/primitives/index.js";
import type { Dec, Uopen } from "../../../chain/primitives/index.js";

/**
 * The arithmetic of F1 fee distribution (Ojha and Goes, 2019, as the SDK has it): a validator's history is rewards per token,
 * period by period; a delegation is owed its stake times the difference of two points of that history, slash by slash.
 */

/** A validator's stake and the shares in it. */
export interface StakePool {
  readonly tokens: Uopen;
  readonly delegatorShares: Dec;
}

/** What shares are worth, rounded towards zero, so that nobody withdraws more than is owed. Zero where there are no shares. */
export function stakeOf({ tokens, delegatorShares }: StakePool, shares: Dec): Dec {
  return delegatorShares === 0n ? DEC_ZERO : quoDecTruncate(mulDecInt(shares, tokens), delegatorShares);
}

/** As above, rounded half to even: what staking itself says. */
export function roundedStakeOf({ tokens, delegatorShares }: StakePool, shares: Dec): Dec {
  return delegatorShares === 0n ? DEC_ZERO : quoDec(mulDecInt(shares, tokens), delegatorShares);
}

/** Rewards per token of a period, rounded towards zero. `undefined` where no token is left to earn them. */
export function rewardsPerToken(rewards: Dec, tokens: Uopen): Dec | undefined {
  return tokens === 0n ? undefined : quoDecTruncate(rewards, decFromInt(tokens));
}

/** The part that a slash leaves, rounded towards zero. */
export function afterSlash(stake: Dec, fraction: Dec): Dec {
  return mulDecTruncate(stake, subDec(DEC_ONE, fraction));
}

/** A slash, and the history up to it. */
export interface SlashPoint {
  readonly period: bigint;
  readonly fraction: Dec;
  readonly ratio: Dec;
}

export interface Owed {
  readonly rewards: Dec;
  /** What its stake has become by the slashes, before it is bounded by what staking says. */
  readonly stake: Dec;
}

function earned(stake: Dec, from: Dec, to: Dec): Dec {
  if (to < from) throw new Fault("a validator's history runs backwards", { from, to });
  return mulDecTruncate(subDec(to, from), stake);
}

/**
 * What a delegation is owed.
 *
 * Rounding slash by slash can leave a stake a few last places above what staking computes at once. The SDK halts where the
 * difference is larger; here it is always bounded by `currentStake`, and an invariant watches the difference.
 *
 * @param from period and ratio at which it began.
 * @param slashes in order, from its height on.
 */
export function owedSince(
  from: { readonly period: bigint; readonly ratio: Dec; readonly stake: Dec },
  slashes: readonly SlashPoint[],
  to: { readonly ratio: Dec; readonly currentStake: Dec },
): Owed {
  let { period, ratio, stake } = from;
  let rewards = DEC_ZERO;
  for (const slash of slashes) {
    if (slash.period <= period) continue;
    rewards = addDec(rewards, earned(stake, ratio, slash.ratio));
    stake = afterSlash(stake, slash.fraction);
    ({ period, ratio } = slash);
  }
  return { rewards: addDec(rewards, earned(minDec(stake, to.currentStake), ratio, to.ratio)), stake };
}
