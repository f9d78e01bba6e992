import type { Context } from "../../chain/kernel/index.js";
import { Fault, decFromInt, minDec, subDec, truncateUopen } from "../../chain/primitives/index.js";
import type { Address, Dec } from "../../chain/primitives/index.js";
import { parseDecCoins } from "./dec-coins.js";
import { beginDelegation, findStake, settleDelegation, withdrawAddressOf } from "./delegations.js";
import { beginHistory, endHistory, endPeriod, recordSlash } from "./periods.js";
import { addDust } from "./pool.js";
import type { DistributionPorts, StakedValidator } from "./ports.js";
import { DISTRIBUTION_STORE, distributionState } from "./state.js";

/** The moments of staking at which rewards are settled; staking's StakingHooks. */
export interface DistributionHooks {
  afterValidatorCreated(ctx: Context, operator: Address): void;
  afterValidatorRemoved(ctx: Context, consensus: Address, operator: Address): void;
  beforeDelegationCreated(ctx: Context, delegator: Address, operator: Address): void;
  beforeDelegationSharesModified(ctx: Context, delegator: Address, operator: Address): void;
  afterDelegationModified(ctx: Context, delegator: Address, operator: Address): void;
  beforeValidatorSlashed(ctx: Context, operator: Address, fraction: Dec): void;
}

/** A validator leaves with its commission, in whole uopen; what nobody can withdraw any more is the community's. */
function closeValidator(ctx: Context, ports: DistributionPorts, operator: Address): void {
  const state = distributionState.open(ctx.store(DISTRIBUTION_STORE));
  const commission = parseDecCoins(state.commissions.getOrFail(operator).commission);
  const outstanding = parseDecCoins(state.outstanding.getOrFail(operator).rewards);
  const paid = truncateUopen(minDec(commission, outstanding));
  if (paid > 0n) ports.token.fromModule(ctx, DISTRIBUTION_STORE, withdrawAddressOf(ctx, operator), paid);
  addDust(ctx, subDec(outstanding, decFromInt(paid)));
  endHistory(ctx, operator);
}

export function createHooks(ports: DistributionPorts): DistributionHooks {
  const found = (ctx: Context, operator: Address): StakedValidator => {
    const validator = ports.staking.byOperator(ctx, operator);
    if (validator === undefined) throw new Fault("stake moves at a validator that is not there");
    return validator;
  };
  return {
    afterValidatorCreated: beginHistory,
    afterValidatorRemoved: (ctx, _consensus, operator) => closeValidator(ctx, ports, operator),
    beforeDelegationCreated: (ctx, _delegator, operator) => void endPeriod(ctx, found(ctx, operator)),
    beforeDelegationSharesModified(ctx, delegator, operator) {
      settleDelegation(ctx, ports, findStake(ports, ctx, { delegator, operator }));
    },
    afterDelegationModified: (ctx, delegator, operator) =>
      beginDelegation(ctx, findStake(ports, ctx, { delegator, operator })),
    beforeValidatorSlashed: (ctx, operator, fraction) => recordSlash(ctx, found(ctx, operator), fraction),
  };
}
