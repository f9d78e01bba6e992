import { SdkError } from "../../chain/kernel/index.js";
import type { Context, ReadContext } from "../../chain/kernel/index.js";
import { DEC_ZERO, decFromInt, minDec, parseScaledDec, subDec, truncateUopen } from "../../chain/primitives/index.js";
import type { Address, Dec, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { parseDecCoins, toDecCoins } from "./dec-coins.js";
import { AbsentStake, DistributionError } from "./errors.js";
import { rewardsWithdrawn } from "./events.js";
import { endPeriod, holdPeriod, nextRatio, ratioAt, releasePeriod } from "./periods.js";
import { addDust } from "./pool.js";
import type { DistributionPorts, StakedValidator } from "./ports.js";
import { owedSince, roundedStakeOf, stakeOf } from "./rules/rewards.js";
import type { Owed, SlashPoint } from "./rules/rewards.js";
import { DISTRIBUTION_STORE, distributionState } from "./state.js";

/** One delegator's part of one validator's stake. */
export interface Stake {
  readonly validator: StakedValidator;
  readonly delegator: Address;
  readonly shares: Dec;
}

/** @throws Reject staking/3 or staking/19, which is what the SDK's staking answers here. */
export function findStake(
  { staking }: Pick<DistributionPorts, "staking">,
  stores: ReadStores,
  of: { readonly delegator: Address; readonly operator: Address },
): Stake {
  const validator = staking.byOperator(stores, of.operator);
  if (validator === undefined) throw AbsentStake.NoValidatorFound();
  const shares = staking.delegation(stores, of.delegator, of.operator);
  if (shares === undefined) throw AbsentStake.NoDelegation();
  return { validator, delegator: of.delegator, shares };
}

/** Who gets a delegator's rewards. */
export function withdrawAddressOf(stores: ReadStores, delegator: Address): Address {
  const { withdrawAddresses } = distributionState.read(stores.store(DISTRIBUTION_STORE));
  return withdrawAddresses.get(delegator) ?? delegator;
}

/** The delegation counts from the period that has just ended. */
export function beginDelegation(ctx: Context, { validator, delegator, shares }: Stake): void {
  const { current, startingInfos } = distributionState.open(ctx.store(DISTRIBUTION_STORE));
  const previousPeriod = current.getOrFail(validator.operator).period - 1n;
  holdPeriod(ctx, validator.operator, previousPeriod);
  const stake = stakeOf(validator, shares).toString();
  startingInfos.set([validator.operator, delegator], { previousPeriod, stake, height: ctx.block.height });
}

function slashesSince(ctx: ReadContext, operator: Address, height: bigint): SlashPoint[] {
  const { slashes } = distributionState.read(ctx.store(DISTRIBUTION_STORE));
  const range = { prefix: [operator] as const, start: [operator, height, 0n] as const };
  return [...slashes.entries(range)].map(([, { validatorPeriod: period, fraction }]) => {
    return { period, fraction: parseScaledDec(fraction), ratio: ratioAt(ctx, operator, period) };
  });
}

/**
 * What a delegation is owed with a history that ends at `ratio`: nothing in the block in which it began. Cost: two reads for
 * each slash since then.
 */
export function owedTo(ctx: ReadContext, { validator, delegator, shares }: Stake, ratio: Dec): Owed {
  const { startingInfos } = distributionState.read(ctx.store(DISTRIBUTION_STORE));
  const { operator } = validator;
  const info = startingInfos.getOrFail([operator, delegator], () => DistributionError.EmptyDelegationDistInfo());
  const stake = parseScaledDec(info.stake);
  const from = { period: info.previousPeriod, ratio: ratioAt(ctx, operator, info.previousPeriod), stake };
  const owed = owedSince(from, slashesSince(ctx, operator, info.height), { ratio, currentStake: roundedStakeOf(validator, shares) });
  return info.height === ctx.block.height ? { ...owed, rewards: DEC_ZERO } : owed;
}

/** What a withdrawal would pay now, before it is rounded. For queries: nothing is written. */
export function rewardsNow(ctx: ReadContext, stake: Stake): Dec {
  return owedTo(ctx, stake, nextRatio(ctx, stake.validator)).rewards;
}

/**
 * Pays what a delegation is owed and forgets from where it counted. The delegator gets whole uopen; the community owns the
 * rest. Last places can sum to more than is outstanding; then what is outstanding is paid.
 */
export function settleDelegation(ctx: Context, ports: DistributionPorts, stake: Stake): Uopen {
  const { startingInfos, outstanding } = distributionState.open(ctx.store(DISTRIBUTION_STORE));
  const { validator, delegator } = stake;
  const { operator } = validator;
  const info = startingInfos.getOrFail([operator, delegator], () => DistributionError.EmptyDelegationDistInfo());
  const ended = endPeriod(ctx, validator);
  const left = parseDecCoins(outstanding.getOrFail(operator).rewards);
  const rewards = minDec(owedTo(ctx, stake, ratioAt(ctx, operator, ended)).rewards, left);
  const paid = truncateUopen(rewards);
  if (paid > 0n) ports.token.fromModule(ctx, DISTRIBUTION_STORE, withdrawAddressOf(ctx, delegator), paid);
  outstanding.set(operator, { rewards: toDecCoins(subDec(left, rewards)) });
  addDust(ctx, subDec(rewards, decFromInt(paid)));
  releasePeriod(ctx, operator, info.previousPeriod);
  startingInfos.delete([operator, delegator]);
  ctx.emit(rewardsWithdrawn(delegator, operator, paid));
  return paid;
}

/** @throws Reject sdk/4 for an account of a module, distribution/8 where governance has switched this off. */
export function checkMayRedirect(ctx: Context, ports: DistributionPorts, to: { address: Address; text: string }): void {
  if (ports.isModuleAccount(to.address)) throw SdkError.Unauthorized(`${to.text} is not allowed to receive external funds`);
  const { params } = distributionState.open(ctx.store(DISTRIBUTION_STORE));
  if (!params.getOrFail().withdrawAddrEnabled) throw DistributionError.SetWithdrawAddrDisabled();
}
