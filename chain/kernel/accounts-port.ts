import type { Address, Uopen } from "../primitives/index.js";
import type { ReadStores } from "../store/index.js";
import type { Context } from "./context.js";

/** What the ante checks need of accounts and fees. modules/app.ts passes auth and token. */

export interface TxParams {
  readonly maxMemoCharacters: bigint;
  readonly txSigLimit: bigint;
  readonly txSizeCostPerByte: bigint;
  readonly sigVerifyCostEd25519: bigint;
  readonly sigVerifyCostSecp256k1: bigint;
}

export interface AccountView {
  readonly address: Address;
  readonly number: bigint;
  readonly sequence: bigint;
  /** An Any; undefined until the account's first transaction. */
  readonly publicKey: { readonly typeUrl: string; readonly value: Uint8Array } | undefined;
}

export interface Accounts {
  txParams(stores: ReadStores): TxParams;
  find(stores: ReadStores, address: Address): AccountView | undefined;
  setPublicKey(
    ctx: Context,
    address: Address,
    key: { readonly typeUrl: string; readonly value: Uint8Array },
  ): void;
  incrementSequence(ctx: Context, address: Address): void;
}

export interface Fees {
  /** Moves the fee to the fee collector and emits the bank events. @throws Reject sdk/5 when it cannot be paid. */
  collect(ctx: Context, payer: Address, fee: Uopen): void;
}
