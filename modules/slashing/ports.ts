import type { Context } from "../../chain/kernel/index.js";
import type { Address, Dec, Height, Uopen, VotingPower } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** A validator as punishment sees it. */
export interface Stake {
  readonly operator: Address;
  readonly consensusAddress: Address;
  /** Zero while jailed. */
  readonly power: VotingPower;
  /** What the power is, or would be, out of jail. */
  readonly stakedPower: VotingPower;
  /** uopen. */
  readonly tokens: Uopen;
  readonly isJailed: boolean;
  readonly status: "unbonded" | "unbonding" | "bonded";
  /** uopen that the operator must have delegated to itself. */
  readonly minSelfDelegation: bigint;
}

/** A fault of consensus and its price. */
export interface Slash {
  readonly consensusAddress: Address;
  /** Stake that began to leave since then pays too. */
  readonly infractionHeight: Height;
  /** That the validator had then. */
  readonly power: VotingPower;
  readonly fraction: Dec;
}

/** Who validates with what. Staking's service fits. */
export interface Staking {
  /** Everyone, in the set or not: for genesis and invariants. */
  validators(stores: ReadStores): readonly Stake[];
  /** Whoever has power. */
  members(stores: ReadStores): readonly { readonly power: VotingPower }[];
  /** Whether another than this operator is out of jail and has power, or gets it at the end of this block. */
  hasOther(stores: ReadStores, operator: Address): boolean;
  byConsensusAddress(stores: ReadStores, address: Uint8Array): Stake | undefined;
  /** Cheaper than the whole: it is asked for everyone in a commit. undefined: no such validator. */
  isJailed(stores: ReadStores, address: Uint8Array): boolean | undefined;
  byOperator(stores: ReadStores, operator: Address): Stake | undefined;
  setJailed(ctx: Context, operator: Address, jailed: boolean): void;
  takeStake(
    ctx: Context,
    operator: Address,
    taking: { readonly amount: Uopen; readonly toModule: string },
  ): Uopen;
  /** Returns how much of the validator's own stake was taken. */
  slash(ctx: Context, slash: Slash): Uopen;
  /** Shares that a delegator has of a validator. */
  delegation(stores: ReadStores, delegator: Address, operator: Address): Dec | undefined;
  /** What such shares are worth, in uopen with eighteen places. */
  tokensFromShares(validator: Stake, shares: Dec): Dec;
}
