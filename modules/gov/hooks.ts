import type { Context } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { countDelegation } from "./ballots.js";
import type { Staking } from "./ports.js";

/** What staking tells this module (its hooks): the moments before and after the shares of a delegation change. */
export interface DelegationHooks {
  beforeDelegationSharesModified(ctx: Context, delegator: Address, operator: Address): void;
  afterDelegationModified(ctx: Context, delegator: Address, operator: Address): void;
}

/** Keeps the sums of open ballots with the delegations. At genesis there is nothing to keep: votes are counted in the first block. */
export function createHooks(staking: Staking): DelegationHooks {
  const isGenesis = (ctx: Context): boolean => ctx.block.height === 0n;
  return {
    beforeDelegationSharesModified(ctx, delegator, operator) {
      if (!isGenesis(ctx)) countDelegation(ctx, staking, { delegator, operator, sign: -1n });
    },
    afterDelegationModified(ctx, delegator, operator) {
      if (!isGenesis(ctx)) countDelegation(ctx, staking, { delegator, operator, sign: 1n });
    },
  };
}
