import {
  DEC_ZERO,
  addDec,
  addUopen,
  decFromInt,
  mulDecInt,
  quoDec,
  quoDecInt,
  quoDecTruncate,
  subDec,
  subUopen,
  truncateUopen,
} from "../../../chain/primitives/index.js";
import type { Dec, Uopen } from "../../../chain/primitives/index.js";
import { StakingError } from "../errors.js";

/**
 * A validator's stake and what it is divided into (x/staking/types/validator.go). A share is worth tokens / shares; a slash
 * lowers the tokens and leaves the shares. Every rounding is the SDK's, so that the last place agrees; what rounding leaves
 * stays with the validator's delegators.
 */
export interface StakePool {
  readonly tokens: Uopen;
  readonly shares: Dec;
}

/** No tokens behind shares that exist: nobody can buy in at a price of zero. */
export function isWorthless({ tokens, shares }: StakePool): boolean {
  return tokens === 0n && shares > 0n;
}

/** What shares are worth, to eighteen places, half to even. @throws Reject sdk/18 when there are no shares at all. */
export function tokensOfShares(pool: StakePool, shares: Dec): Dec {
  return quoDec(mulDecInt(shares, pool.tokens), pool.shares);
}

/** What shares are worth, towards zero. @throws Reject sdk/18 when there are no shares at all. */
export function tokensOfSharesTruncated(pool: StakePool, shares: Dec): Dec {
  return quoDecTruncate(mulDecInt(shares, pool.tokens), pool.shares);
}

/** The shares that an amount is worth, towards zero. @throws Reject staking/22 when there are no tokens. */
export function sharesOfTokens(pool: StakePool, amount: Uopen): Dec {
  if (pool.tokens === 0n) throw StakingError.InsufficientShares();
  return quoDecInt(mulDecInt(pool.shares, amount), pool.tokens);
}

/** The same through a decimal divisor; an undelegation may not ask for more than this. @throws Reject staking/22. */
export function sharesOfTokensTruncated(pool: StakePool, amount: Uopen): Dec {
  if (pool.tokens === 0n) throw StakingError.InsufficientShares();
  return quoDecTruncate(mulDecInt(pool.shares, amount), decFromInt(pool.tokens));
}

/** Stake is added; the first sets the rate to one. @throws Reject staking/22 when shares are worth nothing. */
export function addStake(pool: StakePool, amount: Uopen): { readonly pool: StakePool; readonly issued: Dec } {
  const issued = pool.shares === 0n ? decFromInt(amount) : sharesOfTokens(pool, amount);
  return { pool: { tokens: addUopen(pool.tokens, amount), shares: addDec(pool.shares, issued) }, issued };
}

/** Shares are given back for whole tokens, rounded down; the last share takes whatever is left. */
export function removeShares(
  pool: StakePool,
  shares: Dec,
): { readonly pool: StakePool; readonly amount: Uopen } {
  const left = subDec(pool.shares, shares);
  const amount = left === DEC_ZERO ? pool.tokens : truncateUopen(tokensOfShares(pool, shares));
  return { pool: { tokens: subUopen(pool.tokens, amount), shares: left }, amount };
}
