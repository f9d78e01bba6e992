import { addressOf, formatAddressAs } from "../keyring/index.js";
import type { AddressKind, KeyRecord } from "../keyring/index.js";
import { toBase64 } from "../../chain/primitives/index.js";
import type { Printable } from "./format-output.js";

/** A key as `simd keys` prints it: what scripts parse. */
export interface KeyOutput {
  readonly [name: string]: Printable;
  readonly name: string;
  readonly type: "local" | "offline";
  readonly address: string;
  /** JSON of an Any. */
  readonly pubkey: string;
}

/** The public key as JSON, with its type. */
export function formatPublicKey({ publicKey }: KeyRecord): string {
  return JSON.stringify({ "@type": "/cosmos.crypto.secp256k1.PubKey", key: toBase64(publicKey) });
}

/** In the order of the SDK's YAML. */
export function keyOutput(record: KeyRecord, kind: AddressKind = "acc"): KeyOutput {
  const address = formatAddressAs(kind, addressOf(record));
  return { address, name: record.name, pubkey: formatPublicKey(record), type: record.secret === undefined ? "offline" : "local" };
}
