import { secp256k1 } from "@noble/curves/secp256k1.js";
import { formatAddress, formatConsensusAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { MULTISIG_URL, SECP256K1_URL, parseAccountKey } from "../../chain/kernel/index.js";
import type { AccountKey } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { LegacyAminoPubKey } from "../../proto/gen/cosmos/crypto/multisig.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { EdgeFailure } from "../errors.js";

/** A key under its name. */
export interface KeyRecord {
  readonly name: string;
  /** As transactions carry it: secp256k1, or a multisig of such keys. */
  readonly publicKey: Any;
  /** 32 bytes; absent for a key that only its owner can sign with ("offline"), and for a multisig. */
  readonly secret: Uint8Array | undefined;
}

/** Which address a person wants to see: of the account, of the validator's operator, or of the consensus kind. */
export type AddressKind = "acc" | "val" | "cons";

/** A name is a file name too. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** @throws EdgeFailure "malformed" */
export function parseKeyName(text: string): string {
  if (!NAME.test(text)) {
    throw new EdgeFailure("malformed", `"${text.slice(0, 70)}" is no name for a key: letters, digits, "-", "_" and ".", at most 64`);
  }
  if (/^open(valoper|valcons)?1[02-9ac-hj-np-z]{38}$/.test(text)) {
    throw new EdgeFailure("malformed", "a key cannot be named like an address");
  }
  return text;
}

/** @throws EdgeFailure "malformed" unless these are 32 bytes below the curve's order. */
export function recordOf(name: string, secret: Uint8Array): KeyRecord {
  if (!secp256k1.utils.isValidSecretKey(secret)) throw new EdgeFailure("malformed", "these bytes are no secp256k1 key");
  return { name: parseKeyName(name), publicKey: secp256k1Any(secp256k1.getPublicKey(secret, true)), secret };
}

/** Packed as transactions carry it. */
export function secp256k1Any(key: Uint8Array): Any {
  return { typeUrl: SECP256K1_URL, value: PubKey.encode({ key }) };
}

/** A transaction with more signatures is refused by this chain's parameters (x/auth's tx_sig_limit), so their coins could not move. */
const MAX_MULTISIG_KEYS = 7;

function checkKey(key: AccountKey): void {
  if (key.kind === "multisig") for (const inner of key.keys) checkKey(inner);
  else if (key.kind !== "secp256k1" || !secp256k1.utils.isValidPublicKey(key.bytes, true)) {
    throw new EdgeFailure("malformed", "these bytes are no compressed secp256k1 public key");
  }
}

function parsePublicKey(publicKey: Any): AccountKey {
  try {
    return parseAccountKey(publicKey);
  } catch (cause) {
    throw new EdgeFailure("malformed", `this is no public key of an account: ${cause instanceof Error ? cause.message : ""}`, {}, cause);
  }
}

/** A key of which only the public half is here. @throws EdgeFailure "malformed" unless it is secp256k1 or a multisig of such keys. */
export function publicRecord(name: string, publicKey: Any): KeyRecord {
  checkKey(parsePublicKey(publicKey));
  return { name: parseKeyName(name), publicKey, secret: undefined };
}

/**
 * A key for which `threshold` of the others sign.
 *
 * @throws EdgeFailure "malformed" on a threshold that is not from 1 to the number of keys, too many keys, or one that is a multisig.
 */
export function multisigRecord(name: string, threshold: number, keys: readonly KeyRecord[]): KeyRecord {
  if (keys.length > MAX_MULTISIG_KEYS) throw new EdgeFailure("malformed", `a multisig has at most ${MAX_MULTISIG_KEYS} keys: no transaction may carry more signatures`);
  if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > keys.length) {
    throw new EdgeFailure("malformed", `the threshold must be from 1 to ${keys.length}, the number of keys`);
  }
  const nested = keys.find(isMultisig);
  if (nested !== undefined) throw new EdgeFailure("malformed", `${nested.name} is a multisig itself`);
  const value = LegacyAminoPubKey.encode({ threshold, publicKeys: keys.map((key) => key.publicKey) });
  return publicRecord(name, { typeUrl: MULTISIG_URL, value });
}

export function isMultisig({ publicKey }: KeyRecord): boolean {
  return publicKey.typeUrl === MULTISIG_URL;
}

export function addressOf({ publicKey }: KeyRecord): Address {
  return parseAccountKey(publicKey).address;
}

export function formatAddressAs(kind: AddressKind, address: Address): string {
  switch (kind) {
    case "acc":
      return formatAddress(address);
    case "val":
      return formatOperatorAddress(address);
    case "cons":
      return formatConsensusAddress(address);
    default:
      return kind satisfies never;
  }
}
