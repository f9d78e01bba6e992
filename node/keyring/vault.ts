/**
 * What makes a keyring unreadable without its passphrase. One scrypt run per command turns the passphrase into a key;
 * every file is sealed with it under XChaCha20-Poly1305 and a random nonce (ADR 0113).
 */
import { Xchacha20poly1305Ietf } from "@cosmjs/crypto";
import { randomBytes, scrypt } from "node:crypto";
import { parseBase64, toBase64, utf8 } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";

/** scrypt's cost: 128 * n * r bytes of memory. */
export interface KdfCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** 128 MiB and about half a second: what OWASP names as the first choice for scrypt. */
export const STRONG: KdfCost = { n: 131_072, r: 8, p: 1 };
/** For the test backend, whose passphrase everybody knows. */
export const CHEAP: KdfCost = { n: 1_024, r: 8, p: 1 };

/** Seals and opens with a key that is derived already. */
export interface Vault {
  seal(plain: Uint8Array): Promise<Sealed>;
  /** @throws EdgeFailure "malformed" unless it was sealed with this key and not changed since. */
  open(sealed: Sealed): Promise<Uint8Array>;
}

export interface Sealed {
  /** Base64 of 24 bytes. */
  readonly nonce: string;
  /** Base64 of ciphertext and tag. */
  readonly box: string;
}

/** The file that says how a passphrase becomes the key of this keyring, and lets us tell a wrong one. */
export interface VaultHeader extends KdfCost {
  readonly version: 1;
  readonly kdf: "scrypt";
  readonly cipher: "xchacha20-poly1305";
  /** Base64 of 16 bytes. */
  readonly salt: string;
  /** CHECK_TEXT, sealed. */
  readonly check: Sealed;
}

const CHECK_TEXT = utf8("openledger keyring");
const NONCE_BYTES = 24;
const KEY_BYTES = 32;
/** Most memory that a header may ask for: 1 GiB. */
const MAX_MEMORY = 1_073_741_824;

function deriveKey(passphrase: string, salt: Uint8Array, { n, r, p }: KdfCost): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize("NFKC"), salt, KEY_BYTES, { N: n, r, p, maxmem: MAX_MEMORY + 1_048_576 }, (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else reject(new EdgeFailure("malformed", "the keyring's header asks for impossible scrypt parameters", {}, error));
    });
  });
}

function vaultOf(key: Uint8Array): Vault {
  return {
    async seal(plain) {
      const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
      return { nonce: toBase64(nonce), box: toBase64(await Xchacha20poly1305Ietf.encrypt(plain, key, nonce)) };
    },
    async open({ nonce, box }) {
      try {
        return await Xchacha20poly1305Ietf.decrypt(parseBase64(box), key, parseBase64(nonce));
      } catch (cause) {
        throw new EdgeFailure("malformed", "the box was changed, or sealed with another passphrase", {}, cause);
      }
    },
  };
}

/** A new header and its vault. */
export async function createVault(passphrase: string, cost: KdfCost): Promise<{ readonly header: VaultHeader; readonly vault: Vault }> {
  const salt = new Uint8Array(randomBytes(16));
  const vault = vaultOf(await deriveKey(passphrase, salt, cost));
  const check = await vault.seal(CHECK_TEXT);
  const header: VaultHeader = { version: 1, kdf: "scrypt", cipher: "xchacha20-poly1305", ...cost, salt: toBase64(salt), check };
  return { header, vault };
}

/** undefined when the passphrase is wrong. @throws EdgeFailure "malformed" on a header that cannot be run. */
export async function openVault(passphrase: string, header: VaultHeader): Promise<Vault | undefined> {
  const vault = vaultOf(await deriveKey(passphrase, parseBase64(header.salt), header));
  try {
    await vault.open(header.check);
    return vault;
  } catch {
    return undefined;
  }
}

function isSealed(value: unknown): value is Sealed {
  if (typeof value !== "object" || value === null) return false;
  const { nonce, box } = value as Partial<Record<keyof Sealed, unknown>>;
  return typeof nonce === "string" && typeof box === "string";
}

/** The sealed box of a file. @throws EdgeFailure "malformed" naming the file. */
export function parseSealed(text: string, file: string): Sealed {
  try {
    const value: unknown = JSON.parse(text);
    if (isSealed(value)) return { nonce: value.nonce, box: value.box };
  } catch (cause) {
    throw new EdgeFailure("malformed", `${file} is damaged: no JSON`, {}, cause);
  }
  throw new EdgeFailure("malformed", `${file} is damaged: no sealed box`);
}

function isPowerOfTwo(n: unknown): n is number {
  return typeof n === "number" && Number.isSafeInteger(n) && n > 1 && 2 ** Math.round(Math.log2(n)) === n;
}

function isSmall(n: unknown): n is number {
  return typeof n === "number" && Number.isSafeInteger(n) && n >= 1 && n <= 64;
}

/** @throws EdgeFailure "malformed" on another version, or a cost without bound. */
export function parseHeader(text: string, file: string): VaultHeader {
  let fields: Record<string, unknown>;
  try {
    fields = { ...(JSON.parse(text) as Record<string, unknown>) };
  } catch (cause) {
    throw new EdgeFailure("malformed", `${file} is damaged: no JSON`, {}, cause);
  }
  const { version, kdf, cipher, n, r, p, salt, check } = fields;
  if (version !== 1 || kdf !== "scrypt" || cipher !== "xchacha20-poly1305") {
    throw new EdgeFailure("malformed", `${file} is of another program or a later version`);
  }
  if (!isPowerOfTwo(n) || !isSmall(r) || !isSmall(p) || 128 * n * r > MAX_MEMORY || typeof salt !== "string" || !isSealed(check)) {
    throw new EdgeFailure("malformed", `${file} is damaged`);
  }
  return { version, kdf, cipher, n, r, p, salt, check };
}
