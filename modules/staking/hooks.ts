import type { Context } from "../../chain/kernel/index.js";
import type { Address, Dec } from "../../chain/primitives/index.js";

/**
 * What others do when stake moves: distribution settles rewards, slashing keeps its records. Listeners are tied in modules/app.ts
 * and called in that order. Names and moments are the SDK's (x/staking StakingHooks).
 */
export interface StakingHooks {
  afterValidatorCreated?(ctx: Context, operator: Address): void;
  beforeValidatorModified?(ctx: Context, operator: Address): void;
  afterValidatorRemoved?(ctx: Context, consensus: Address, operator: Address): void;
  afterValidatorBonded?(ctx: Context, consensus: Address, operator: Address): void;
  afterValidatorBeginUnbonding?(ctx: Context, consensus: Address, operator: Address): void;
  beforeDelegationCreated?(ctx: Context, delegator: Address, operator: Address): void;
  beforeDelegationSharesModified?(ctx: Context, delegator: Address, operator: Address): void;
  beforeDelegationRemoved?(ctx: Context, delegator: Address, operator: Address): void;
  afterDelegationModified?(ctx: Context, delegator: Address, operator: Address): void;
  /** `fraction` of the tokens that the validator had at the infraction. */
  beforeValidatorSlashed?(ctx: Context, operator: Address, fraction: Dec): void;
}
