import { PubKey as Ed25519PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { LegacyAminoPubKey } from "../../proto/gen/cosmos/crypto/multisig.js";
import { PubKey as Secp256k1PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { ed25519Address, secp256k1Address } from "../crypto/index.js";
import type { Address } from "../primitives/index.js";
import { SdkError } from "./errors.js";

/** An account key as it stands in SignerInfo.public_key. */
export interface AccountKey {
  readonly kind: "secp256k1" | "ed25519";
  readonly bytes: Uint8Array;
  readonly address: Address;
}

interface AnyValue {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

export const SECP256K1_URL = `/${Secp256k1PubKey.typeName}`;
export const ED25519_URL = `/${Ed25519PubKey.typeName}`;
const MULTISIG_URL = `/${LegacyAminoPubKey.typeName}`;

/** @throws Reject sdk/8 on an unknown, malformed or unsupported key. Multisig keys cannot sign yet. */
export function parseAccountKey(any: AnyValue): AccountKey {
  if (any.typeUrl === SECP256K1_URL) {
    const { key } = Secp256k1PubKey.decode(any.value);
    if (key.length !== 33 || (key[0] !== 2 && key[0] !== 3))
      throw SdkError.InvalidPubKey("not a compressed secp256k1 key");
    return { kind: "secp256k1", bytes: key, address: secp256k1Address(key) };
  }
  if (any.typeUrl === ED25519_URL) {
    const { key } = Ed25519PubKey.decode(any.value);
    if (key.length !== 32) throw SdkError.InvalidPubKey("not an ed25519 key");
    return { kind: "ed25519", bytes: key, address: ed25519Address(key) };
  }
  if (any.typeUrl === MULTISIG_URL)
    throw SdkError.InvalidPubKey("multisig keys cannot sign transactions yet");
  throw SdkError.InvalidPubKey(`unable to resolve type URL ${any.typeUrl.slice(0, 100)}`);
}
