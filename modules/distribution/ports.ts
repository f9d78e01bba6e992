import type { Context } from "../../chain/kernel/index.js";
import type { Address, Dec, TimeNs, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** Moves OPEN. The token module's service fits. @throws Reject sdk/5 when the payer has too little. */
export interface Token {
  toModule(ctx: Context, from: Address, module: string, amount: Uopen): void;
  fromModule(ctx: Context, module: string, to: Address, amount: Uopen): void;
  moduleToModule(ctx: Context, from: string, to: string, amount: Uopen): void;
  moduleBalance(stores: ReadStores, module: string): Uopen;
  /** Balance less what a release schedule holds back. */
  spendable(stores: ReadStores, address: Address, time: TimeNs): Uopen;
}

/** What distribution needs to know of a validator. */
export interface StakedValidator {
  readonly operator: Address;
  readonly tokens: Uopen;
  readonly delegatorShares: Dec;
  readonly commissionRate: Dec;
}

/** A part of a validator's stake. */
export interface DelegatorShares {
  readonly delegator: Address;
  readonly shares: Dec;
}

/** Who has how much at stake with whom. The staking module's service fits. */
export interface Staking {
  validators(stores: ReadStores): readonly StakedValidator[];
  byConsensusAddress(stores: ReadStores, address: Uint8Array): StakedValidator | undefined;
  byOperator(stores: ReadStores, operator: Address): StakedValidator | undefined;
  delegation(stores: ReadStores, delegator: Address, operator: Address): Dec | undefined;
  delegationsOf(stores: ReadStores, delegator: Address): readonly { readonly operator: Address; readonly shares: Dec }[];
  validatorDelegations(stores: ReadStores, operator: Address): readonly DelegatorShares[];
}

/** What distribution needs of others. */
export interface DistributionPorts {
  readonly token: Token;
  readonly staking: Staking;
  /** Account that transaction fees are collected in. */
  readonly feeCollector: string;
  /** Account of the community pool. */
  readonly communityPool: string;
  /** Account without a key whose release schedule frees the community's part of the supply. */
  readonly communityReserve: Address;
  /** Accounts of modules, which rewards and community spending may not be sent to. */
  isModuleAccount(address: Address): boolean;
}
