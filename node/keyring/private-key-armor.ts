/**
 * A private key as `simd keys export` of Cosmos SDK 0.50 writes it: Argon2id over the passphrase, ChaCha20-Poly1305 over
 * the amino bytes, ASCII armor around them. Keys move in both directions (ADR 0114).
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { argon2idAsync } from "@noble/hashes/argon2.js";
import { concatBytes, parseHex, startsWith, toUpperHex } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { formatArmor, parseArmor } from "./ascii-armor.js";

const BLOCK = "TENDERMINT PRIVATE KEY";
/** Amino's prefix of "tendermint/PrivKeySecp256k1", and the length that follows it. */
const AMINO_PREFIX = parseHex("e1b0f79b20");
/** The SDK's: one pass over 64 MiB in four lanes. */
const ARGON = { t: 1, m: 65_536, p: 4, dkLen: 32 } as const;
/** The key is fresh for every export, since its salt is; so the SDK leaves the nonce at zero. */
const NONCE = new Uint8Array(12);
const TAG_BYTES = 16;
const CIPHER = "chacha20-poly1305";

function deriveKey(passphrase: string, salt: Uint8Array): Promise<Uint8Array> {
  return argon2idAsync(passphrase, salt, ARGON);
}

/** @param secret 32 bytes. Takes about a second. */
export async function armorPrivateKey(secret: Uint8Array, passphrase: string): Promise<string> {
  const salt = new Uint8Array(randomBytes(16));
  const cipher = createCipheriv(CIPHER, await deriveKey(passphrase, salt), NONCE, { authTagLength: TAG_BYTES });
  const body = concatBytes(cipher.update(concatBytes(AMINO_PREFIX, secret)), cipher.final(), cipher.getAuthTag());
  return formatArmor({ type: BLOCK, headers: { kdf: "argon2", salt: toUpperHex(salt), type: "secp256k1" }, body });
}

/**
 * The 32 secret bytes.
 *
 * @throws EdgeFailure "malformed" on text that is no armored secp256k1 key, or one that SDK 0.47 or older sealed with
 * bcrypt; "config" when the passphrase is wrong (or the block was changed: the two cannot be told apart).
 */
export async function unarmorPrivateKey(text: string, passphrase: string): Promise<Uint8Array> {
  const { type, headers, body } = parseArmor(text);
  if (type !== BLOCK) throw new EdgeFailure("malformed", `a block of type ${BLOCK} is needed, not ${type}`);
  checkHeaders(headers);
  const key = await deriveKey(passphrase, parseHex((headers["salt"] ?? "").toLowerCase()));
  const plain = decrypt(key, body);
  if (!startsWith(plain, AMINO_PREFIX) || plain.length !== AMINO_PREFIX.length + 32) {
    throw new EdgeFailure("malformed", "the block holds no secp256k1 key");
  }
  return plain.slice(AMINO_PREFIX.length);
}

function checkHeaders({ kdf, salt, type = "secp256k1" }: Readonly<Record<string, string>>): void {
  if (kdf === "bcrypt") {
    const way = "import it with a binary of SDK 0.50 or later and export it there, or recover it from its mnemonic";
    throw new EdgeFailure("malformed", `the key was exported by SDK 0.47 or older (bcrypt), which is not read here; ${way}`);
  }
  if (kdf !== "argon2") throw new EdgeFailure("malformed", `unknown kdf "${kdf ?? ""}" of an armored key`);
  if (type !== "secp256k1") throw new EdgeFailure("malformed", `keys of type "${type}" sign nothing on this chain`);
  if (!/^[0-9a-fA-F]{16,64}$/.test(salt ?? "") || (salt ?? "").length % 2 !== 0) {
    throw new EdgeFailure("malformed", "the armored key has no salt");
  }
}

function decrypt(key: Uint8Array, body: Uint8Array): Uint8Array {
  if (body.length < TAG_BYTES) throw new EdgeFailure("malformed", "the armored key is cut short");
  const cut = body.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, NONCE, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(body.subarray(cut));
  try {
    return concatBytes(decipher.update(body.subarray(0, cut)), decipher.final());
  } catch (cause) {
    throw new EdgeFailure("config", "wrong passphrase for this armored key", {}, cause);
  }
}
