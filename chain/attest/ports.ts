import type { Address, VotingPower } from "../primitives/index.js";
import type { ReadStores } from "../store/index.js";

/** What attestation needs to know of the validators. modules/app.ts passes staking. */
export interface AttestValidators {
  /** Validators that may serve on a committee, in any order. */
  members(stores: ReadStores): readonly { readonly validator: Address; readonly power: VotingPower }[];
  /** ed25519 key by consensus address; undefined once the application has forgotten the validator (it lags by H+2). */
  consensusKey(stores: ReadStores, validator: Uint8Array): Uint8Array | undefined;
}

/**
 * What this validator's own sidecar has found, read while extending a vote. Node code implements it over memory; it
 * must answer at once, and what it says affects this validator's extension only.
 */
export interface ExtensionSource {
  /** This validator's consensus address; undefined for a node that does not validate. */
  readonly validator: Address | undefined;
  /** The computed value, or undefined while there is none. */
  value(taskId: bigint, attempt: number): Uint8Array | undefined;
  /** 32 bytes, the same at every call and after a restart, and secret until revealed. */
  salt(taskId: bigint, attempt: number): Uint8Array;
}

/** For a node that only follows. */
export const silentSource: ExtensionSource = {
  validator: undefined,
  value: () => undefined,
  salt: () => new Uint8Array(32),
};
