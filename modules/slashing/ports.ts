import type { Context } from "../../chain/kernel/index.js";
import type { Address, Uopen, VotingPower } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** A validator as punishment sees it. */
export interface Stake {
  readonly operator: Address;
  /** Zero while jailed. */
  readonly power: VotingPower;
  /** What the power is, or would be, out of jail. */
  readonly stakedPower: VotingPower;
  /** uopen. */
  readonly tokens: Uopen;
  readonly isJailed: boolean;
}

/** Who validates with what. Staking's service fits. */
export interface Staking {
  validators(stores: ReadStores): readonly Stake[];
  byConsensusAddress(stores: ReadStores, address: Uint8Array): Stake | undefined;
  byOperator(stores: ReadStores, operator: Address): Stake | undefined;
  setJailed(ctx: Context, operator: Address, jailed: boolean): void;
  takeStake(ctx: Context, operator: Address, taking: { readonly amount: Uopen; readonly toModule: string }): Uopen;
}
