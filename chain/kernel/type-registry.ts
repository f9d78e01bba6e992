import { PubKey as Ed25519PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { LegacyAminoPubKey } from "../../proto/gen/cosmos/crypto/multisig.js";
import { PubKey as Secp256k1PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { createTypeRegistry } from "../codec/index.js";
import type { AnyCodec, TypeRegistry } from "../codec/index.js";
import type { Module } from "./module.js";

/** Keys that may stand in an Any: of accounts, and of validators. */
export const KEY_TYPES: readonly AnyCodec[] = [Secp256k1PubKey, Ed25519PubKey, LegacyAminoPubKey] as readonly AnyCodec[];

/** Everything that may stand in an Any of a transaction: the messages of all modules, what these carry, and keys. */
export function moduleTypes(modules: readonly Module[]): TypeRegistry {
  const messages = modules.flatMap((m) => m.messages.map((route) => route.codec));
  return createTypeRegistry([...KEY_TYPES, ...messages, ...modules.flatMap((m) => m.types ?? [])]);
}
