import { PubKey as Ed25519PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { LegacyAminoPubKey } from "../../proto/gen/cosmos/crypto/multisig.js";
import { PubKey as Secp256k1PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { encodeUvarint } from "../codec/index.js";
import { ed25519Address, secp256k1Address, sha256 } from "../crypto/index.js";
import { concatBytes, createRecent, keyText, toAddress } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import { SdkError } from "./errors.js";

interface SimpleKey {
  readonly kind: "secp256k1" | "ed25519";
  readonly bytes: Uint8Array;
  readonly address: Address;
}

/** `threshold` of `keys` must sign. The same key may stand more than once and then counts as often. */
export interface MultisigKey {
  readonly kind: "multisig";
  readonly threshold: number;
  readonly keys: readonly AccountKey[];
  /** Its binary amino form, of which the address is the hash. */
  readonly bytes: Uint8Array;
  readonly address: Address;
}

/** An account key as it stands in SignerInfo.public_key. */
export type AccountKey = SimpleKey | MultisigKey;

interface AnyValue {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

export const SECP256K1_URL = `/${Secp256k1PubKey.typeName}`;
export const ED25519_URL = `/${Ed25519PubKey.typeName}`;
export const MULTISIG_URL = `/${LegacyAminoPubKey.typeName}`;

/** A key of keys of keys is as deep as anybody needs; each level costs a recursion. */
const MAX_KEY_DEPTH = 4;
/** No parameter admits more signatures in a transaction. */
const MAX_SIMPLE_KEYS = 100;

/** Prefixes of binary amino: the first four bytes of a hash of each type's name (cosmos-formats.md §7.2). */
const AMINO_PREFIX = {
  multisig: Uint8Array.of(0x22, 0xc1, 0xf7, 0xe2),
  secp256k1: Uint8Array.of(0xeb, 0x5a, 0xe9, 0x87, 33),
  ed25519: Uint8Array.of(0x16, 0x24, 0xde, 0x64, 32),
};

function aminoBytes(key: AccountKey): Uint8Array {
  return key.kind === "multisig" ? key.bytes : concatBytes(AMINO_PREFIX[key.kind], key.bytes);
}

/** Field 1 the threshold, field 2 each key, as amino writes a struct. */
function multisigBytes(threshold: number, keys: readonly AccountKey[]): Uint8Array {
  const parts = keys.flatMap((key) => {
    const bytes = aminoBytes(key);
    return [Uint8Array.of(0x12), encodeUvarint(bytes.length), bytes];
  });
  return concatBytes(AMINO_PREFIX.multisig, Uint8Array.of(0x08), encodeUvarint(threshold), ...parts);
}

/** How many simple keys stand in it, which is what the limit of signatures counts. */
export function countKeys(key: AccountKey): number {
  return key.kind === "multisig" ? key.keys.reduce((sum, inner) => sum + countKeys(inner), 0) : 1;
}

/** What is left to read of a key: levels, and simple keys in all. A key of a mebibyte is refused at its hundred-and-first. */
interface Limits {
  readonly levels: number;
  readonly keys: { left: number };
}

function parseMultisig(value: Uint8Array, { levels, keys: budget }: Limits): MultisigKey {
  if (levels === 0) throw SdkError.InvalidPubKey(`multisig keys nest deeper than ${MAX_KEY_DEPTH}`);
  const { threshold, publicKeys } = LegacyAminoPubKey.decode(value);
  if (threshold < 1 || threshold > publicKeys.length)
    throw SdkError.InvalidPubKey(`threshold ${threshold} of ${publicKeys.length} keys`);
  const keys = publicKeys.map((any) => parseKey(any, { levels: levels - 1, keys: budget }));
  const bytes = multisigBytes(threshold, keys);
  return { kind: "multisig", threshold, keys, bytes, address: toAddress(sha256(bytes).slice(0, 20)) };
}

/** Every transaction brings its key, and hashing it to an address costs more than all the rest of reading it. */
const knownKeys = createRecent<SimpleKey>(10_000);

function parseSecp256k1(value: Uint8Array): SimpleKey {
  const text = keyText(value);
  const known = knownKeys.get(text);
  if (known !== undefined) return known;
  const { key } = Secp256k1PubKey.decode(value);
  if (key.length !== 33 || (key[0] !== 2 && key[0] !== 3))
    throw SdkError.InvalidPubKey("not a compressed secp256k1 key");
  const parsed = { kind: "secp256k1", bytes: key, address: secp256k1Address(key) } as const;
  knownKeys.set(text, parsed);
  return parsed;
}

function parseKey(any: AnyValue, limits: Limits): AccountKey {
  if (any.typeUrl === MULTISIG_URL) return parseMultisig(any.value, limits);
  if (limits.keys.left-- === 0) throw SdkError.InvalidPubKey(`more than ${MAX_SIMPLE_KEYS} keys`);
  if (any.typeUrl === SECP256K1_URL) return parseSecp256k1(any.value);
  if (any.typeUrl === ED25519_URL) {
    const { key } = Ed25519PubKey.decode(any.value);
    if (key.length !== 32) throw SdkError.InvalidPubKey("not an ed25519 key");
    return { kind: "ed25519", bytes: key, address: ed25519Address(key) };
  }
  throw SdkError.InvalidPubKey(`unable to resolve type URL ${any.typeUrl.slice(0, 100)}`);
}

/**
 * secp256r1 is not among the keys: its addresses have 32 bytes (ADR-028 of the SDK), this chain's have 20.
 *
 * @throws Reject sdk/8 on an unknown, malformed or unsupported key, or one that nests too deep; sdk/2 on bad bytes.
 */
export function parseAccountKey(any: AnyValue): AccountKey {
  return parseKey(any, { levels: MAX_KEY_DEPTH, keys: { left: MAX_SIMPLE_KEYS } });
}
