import { secp256k1 } from "@noble/curves/secp256k1.js";
import { formatAddress, formatConsensusAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { secp256k1Address } from "../../chain/crypto/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";

/** A key under its name. */
export interface KeyRecord {
  readonly name: string;
  /** Compressed secp256k1, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes; absent for a key that only its owner can sign with ("offline"). */
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
  return { name: parseKeyName(name), publicKey: secp256k1.getPublicKey(secret, true), secret };
}

/** A key of which only the public half is here. @throws EdgeFailure "malformed" unless it is a compressed point of the curve. */
export function offlineRecord(name: string, publicKey: Uint8Array): KeyRecord {
  if (publicKey.length !== 33 || !secp256k1.utils.isValidPublicKey(publicKey, true)) {
    throw new EdgeFailure("malformed", "these bytes are no compressed secp256k1 public key");
  }
  return { name: parseKeyName(name), publicKey, secret: undefined };
}

export function addressOf(record: KeyRecord): Address {
  return secp256k1Address(record.publicKey);
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
