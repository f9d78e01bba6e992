import { createTypeRegistry, fromJson, toJson } from "../../chain/codec/index.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { LegacyAminoPubKey } from "../../proto/gen/cosmos/crypto/multisig.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { Any } from "../../proto/gen/google/protobuf.js";
import { EdgeFailure } from "../errors.js";
import { addressOf, formatAddressAs, isMultisig } from "../keyring/index.js";
import type { AddressKind, KeyRecord } from "../keyring/index.js";
import type { Printable } from "./format-output.js";

const KEY_TYPES = createTypeRegistry([PubKey, LegacyAminoPubKey] as readonly AnyCodec[]);

/** A key as `simd keys` prints it: what scripts parse. */
export interface KeyOutput {
  readonly [name: string]: Printable;
  readonly name: string;
  readonly type: "local" | "offline" | "multi";
  readonly address: string;
  /** JSON of an Any. */
  readonly pubkey: string;
}

/** The public key as JSON, with its type. */
export function formatPublicKey({ publicKey }: KeyRecord): string {
  return JSON.stringify(toJson(Any, publicKey, KEY_TYPES));
}

/** Reads what `formatPublicKey` writes, as of `keys show -p`. @throws EdgeFailure "malformed" naming the flag. */
export function parsePublicKeyJson(text: string): Any {
  try {
    return fromJson(Any, JSON.parse(text), { registry: KEY_TYPES });
  } catch (cause) {
    const like = '{"@type":"/cosmos.crypto.secp256k1.PubKey","key":"..."}';
    throw new EdgeFailure("malformed", `--pubkey looks like ${like}, as \`keys show NAME -p\` prints it`, {}, cause);
  }
}

/** In the order of the SDK's YAML. */
export function keyOutput(record: KeyRecord, kind: AddressKind = "acc"): KeyOutput {
  const address = formatAddressAs(kind, addressOf(record));
  const type = isMultisig(record) ? "multi" : record.secret === undefined ? "offline" : "local";
  return { address, name: record.name, pubkey: formatPublicKey(record), type };
}
