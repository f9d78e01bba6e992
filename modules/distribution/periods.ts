import type { Context } from "../../chain/kernel/index.js";
import { DEC_ONE, DEC_ZERO, Fault, addDec, minDec, subDec } from "../../chain/primitives/index.js";
import type { Address, Dec } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { parseDecCoins, toDecCoins } from "./dec-coins.js";
import { addDust } from "./pool.js";
import type { StakedValidator } from "./ports.js";
import { rewardsPerToken } from "./rules/rewards.js";
import { DISTRIBUTION_STORE, distributionState } from "./state.js";

/**
 * A validator's history. Each point says what a token has earned since the beginning, and stays while it is the last one, or
 * a delegation or a slash refers to it: so there are at most as many points as validators, delegations and slashes.
 */

function open(ctx: Context): ReturnType<typeof distributionState.open> {
  return distributionState.open(ctx.store(DISTRIBUTION_STORE));
}

/** A validator without history yet: period 0 is over, period 1 runs. */
export function beginHistory(ctx: Context, operator: Address): void {
  const { historical, current, commissions, outstanding } = open(ctx);
  historical.set([operator, 0n], { cumulativeRewardRatio: [], referenceCount: 1 });
  current.set(operator, { rewards: [], period: 1n });
  commissions.set(operator, { commission: [] });
  outstanding.set(operator, { rewards: [] });
}

/** Rewards per token up to the end of a period. */
export function ratioAt(stores: ReadStores, operator: Address, period: bigint): Dec {
  const { historical } = distributionState.read(stores.store(DISTRIBUTION_STORE));
  return parseDecCoins(historical.getOrFail([operator, period]).cumulativeRewardRatio);
}

/** One more reference to a point of the history. @throws Fault on a third: each point has two owners at most. */
export function holdPeriod(ctx: Context, operator: Address, period: bigint): void {
  const { historical } = open(ctx);
  const point = historical.getOrFail([operator, period]);
  if (point.referenceCount >= 2) throw new Fault("a period is referred to three times", { period });
  historical.set([operator, period], { ...point, referenceCount: point.referenceCount + 1 });
}

/** One reference less; without any, the point is forgotten. */
export function releasePeriod(ctx: Context, operator: Address, period: bigint): void {
  const { historical } = open(ctx);
  const point = historical.getOrFail([operator, period]);
  if (point.referenceCount <= 1) historical.delete([operator, period]);
  else historical.set([operator, period], { ...point, referenceCount: point.referenceCount - 1 });
}

/** Rewards of a validator without tokens belong to nobody: the community gets them. */
function forfeit(ctx: Context, operator: Address, rewards: Dec): void {
  const { outstanding } = open(ctx);
  const before = parseDecCoins(outstanding.getOrFail(operator).rewards);
  const left = minDec(rewards, before);
  outstanding.set(operator, { rewards: toDecCoins(subDec(before, left)) });
  addDust(ctx, left);
}

/** Where the history would stand if the running period ended now. */
export function nextRatio(stores: ReadStores, validator: StakedValidator): Dec {
  const { current } = distributionState.read(stores.store(DISTRIBUTION_STORE));
  const { rewards, period } = current.getOrFail(validator.operator);
  const earned = rewardsPerToken(parseDecCoins(rewards), validator.tokens) ?? DEC_ZERO;
  return addDec(ratioAt(stores, validator.operator, period - 1n), earned);
}

/** Ends the running period at what the validator has at stake now. @returns the period that ended. */
export function endPeriod(ctx: Context, validator: StakedValidator): bigint {
  const { historical, current } = open(ctx);
  const { operator } = validator;
  const { rewards, period } = current.getOrFail(operator);
  const ratio = nextRatio(ctx, validator);
  if (validator.tokens === 0n) forfeit(ctx, operator, parseDecCoins(rewards));
  releasePeriod(ctx, operator, period - 1n);
  historical.set([operator, period], { cumulativeRewardRatio: toDecCoins(ratio), referenceCount: 1 });
  current.set(operator, { rewards: [], period: period + 1n });
  return period;
}

/** Remembers a slash, so that delegations are counted with less from here on. `fraction`: 0 to 1. */
export function recordSlash(ctx: Context, validator: StakedValidator, fraction: Dec): void {
  if (fraction < 0n || fraction > DEC_ONE) throw new Fault("a slash takes 0 to 1", { fraction });
  const { operator } = validator;
  const period = endPeriod(ctx, validator);
  holdPeriod(ctx, operator, period);
  open(ctx).slashes.set([operator, ctx.block.height, period], {
    validatorPeriod: period,
    fraction: fraction.toString(),
  });
}

/** Forgets a validator that is gone. Cost: one write for each point and slash of its history. */
export function endHistory(ctx: Context, operator: Address): void {
  const state = open(ctx);
  for (const [, height, period] of [...state.slashes.keys({ prefix: [operator] })]) {
    state.slashes.delete([operator, height, period]);
  }
  for (const [, period] of [...state.historical.keys({ prefix: [operator] })])
    state.historical.delete([operator, period]);
  state.current.delete(operator);
  state.commissions.delete(operator);
  state.outstanding.delete(operator);
}
