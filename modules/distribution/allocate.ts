import type { VoteInfo } from "../../chain/abci/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { addDec, decFromInt, parseScaledDec } from "../../chain/primitives/index.js";
import type { Address, Dec, Uopen } from "../../chain/primitives/index.js";
import { parseDecCoins, toDecCoins } from "./dec-coins.js";
import { commissionEarned, rewardsEarned } from "./events.js";
import { addDust } from "./pool.js";
import type { DistributionPorts, StakedValidator } from "./ports.js";
import { allocateFees, splitCommission } from "./rules/allocate.js";
import { DISTRIBUTION_STORE, distributionState } from "./state.js";

/** Credits a validator and its delegators with coins that lie in the module's account already. */
export function creditValidator(ctx: Context, validator: StakedValidator, rewards: Dec): void {
  const state = distributionState.open(ctx.store(DISTRIBUTION_STORE));
  const { operator, commissionRate } = validator;
  const { commission, shared } = splitCommission(rewards, commissionRate);
  ctx.emit(commissionEarned(operator, commission));
  const accumulated = parseDecCoins(state.commissions.getOrFail(operator).commission);
  state.commissions.set(operator, { commission: toDecCoins(addDec(accumulated, commission)) });
  const running = state.current.getOrFail(operator);
  state.current.set(operator, { ...running, rewards: toDecCoins(addDec(parseDecCoins(running.rewards), shared)) });
  ctx.emit(rewardsEarned(operator, rewards));
  const before = parseDecCoins(state.outstanding.getOrFail(operator).rewards);
  state.outstanding.set(operator, { rewards: toDecCoins(addDec(before, rewards)) });
}

/**
 * Shares out the fees of the block before: to the validators of its set by their power, whoever signed, less the community
 * tax. What belongs to a validator that is forgotten goes to the community. Nothing happens where no fee was paid.
 */
export function allocateCollected(ctx: Context, ports: DistributionPorts, votes: readonly VoteInfo[]): void {
  const fees = ports.token.moduleBalance(ctx, ports.feeCollector);
  if (fees === 0n) return;
  ports.token.moduleToModule(ctx, ports.feeCollector, DISTRIBUTION_STORE, fees);
  const { params } = distributionState.open(ctx.store(DISTRIBUTION_STORE));
  const tax = parseScaledDec(params.getOrFail().communityTax);
  const { rewards, community } = allocateFees(fees, tax, votes.map((vote) => vote.validator.power));
  let forgotten = community;
  votes.forEach((vote, i) => {
    const reward = rewards[i] ?? decFromInt(0n);
    const validator = ports.staking.byConsensusAddress(ctx, vote.validator.address);
    if (validator === undefined) forgotten = addDec(forgotten, reward);
    else creditValidator(ctx, validator, reward);
  });
  addDust(ctx, forgotten);
}

/**
 * Coins of another module as rewards of a validator and its delegators, free of the community tax.
 *
 * @returns false, and moves nothing, when there is no such validator.
 */
export function rewardValidator(
  ctx: Context,
  ports: DistributionPorts,
  reward: { readonly operator: Address; readonly fromModule: string; readonly amount: Uopen },
): boolean {
  const validator = ports.staking.byOperator(ctx, reward.operator);
  if (validator === undefined) return false;
  ports.token.moduleToModule(ctx, reward.fromModule, DISTRIBUTION_STORE, reward.amount);
  creditValidator(ctx, validator, decFromInt(reward.amount));
  return true;
}
