import type { Context } from "../../chain/kernel/index.js";
import type { Address, Dec, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** Where deposits are kept. modules/app.ts passes token. */
export interface Token {
  /** @throws Reject sdk/5 when `from` cannot spend so much. */
  toModule(ctx: Context, from: Address, module: string, amount: Uopen): void;
  fromModule(ctx: Context, module: string, to: Address, amount: Uopen): void;
  moduleBalance(stores: ReadStores, module: string): Uopen;
}

/** Where deposits go that the SDK would burn. */
export interface CommunityPool {
  readonly account: Address;
  fund(ctx: Context, fromModule: string, amount: Uopen): void;
}

/** modules/app.ts passes auth. */
export interface Accounts {
  ensureModule(ctx: Context, name: string, permissions: readonly string[]): Address;
}

/** A validator as its voters see it. */
export interface Voted {
  readonly operator: Address;
  /** uopen behind all its shares. */
  readonly tokens: Uopen;
  readonly delegatorShares: Dec;
}

/** Who votes with what. modules/app.ts passes staking, whose hooks tell this module of every change of a delegation. */
export interface Staking {
  bondedByPower(stores: ReadStores): readonly Voted[];
  totalBonded(stores: ReadStores): Uopen;
  /** Shares of `delegator` with `operator`. */
  delegation(stores: ReadStores, delegator: Address, operator: Address): Dec | undefined;
  delegationsOf(stores: ReadStores, delegator: Address): readonly { readonly operator: Address; readonly shares: Dec }[];
}
