import type { Address, TimeNs, Uopen } from "../primitives/index.js";
import type { ReadStores } from "../store/index.js";
import type { Context } from "./context.js";

/** What the ante checks need of accounts and fees. modules/app.ts passes auth, token and feegrant. */

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
  /**
   * Remembers that an unordered transaction of this signer runs, until no block may carry it any more.
   *
   * @throws Reject sdk/18 when one with the same timeout already ran.
   */
  useNonce(ctx: Context, address: Address, timeout: TimeNs): void;
}

export interface Fees {
  /** Moves the fee to the fee collector and emits the bank events. @throws Reject sdk/5 when it cannot be paid. */
  collect(ctx: Context, payer: Address, fee: Uopen): void;
}

/** A fee that somebody promised to pay for another's transaction. */
export interface GrantedFee {
  readonly granter: Address;
  readonly grantee: Address;
  readonly fee: Uopen;
  /** Type URLs of the transaction's messages: an allowance may be for some only. */
  readonly messages: readonly string[];
}

export interface FeeGrants {
  /** Takes the fee off the allowance. @throws Reject with a code of feegrant, or sdk/38 where nothing was granted. */
  use(ctx: Context, granted: GrantedFee): void;
}
