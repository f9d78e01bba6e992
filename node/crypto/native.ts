/**
 * Native hashing and signature checks behind the ports of chain/crypto. They accept exactly what the portable ones
 * accept: OpenSSL's ed25519 is stricter than ZIP-215 in a few encodings, so what it refuses is checked again by noble
 * (about 1.5 ms; only forged or exotic signatures pay it).
 */
import { createHash, createPublicKey, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import * as crypto from "node:crypto";
import secp256k1 from "secp256k1";
import { installSha256, installVerifier, portableVerifier } from "../../chain/crypto/index.js";
import type { Sha256, SignatureVerifier } from "../../chain/crypto/index.js";

/** DER of an ed25519 SubjectPublicKeyInfo up to the 32 key bytes (RFC 8410 §4). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
/** Keys kept parsed: importing one costs as much as a check. More than validators and peers together. */
const MAX_CACHED_KEYS = 4_096;

const keys = new Map<string, KeyObject>();

function keyObject(publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey).toString("latin1");
  const known = keys.get(name);
  if (known !== undefined) return known;
  const made = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });
  if (keys.size >= MAX_CACHED_KEYS) keys.delete(keys.keys().next().value ?? "");
  keys.set(name, made);
  return made;
}

function opensslAccepts(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, message, keyObject(publicKey), signature);
  } catch {
    return false;
  }
}

export const nativeVerifier: SignatureVerifier = {
  ed25519(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    return (
      opensslAccepts(publicKey, message, signature) || portableVerifier.ed25519(publicKey, message, signature)
    );
  },
  secp256k1(publicKey, hash, signature) {
    if (publicKey.length !== 33 || hash.length !== 32 || signature.length !== 64) return false;
    try {
      return secp256k1.ecdsaVerify(signature, hash, publicKey);
    } catch {
      return false;
    }
  },
};

/** One character a byte, into bytes on the heap: a Buffer would have memory of its own, which costs more than the hash itself. */
function fromLatin1(text: string): Uint8Array {
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i++) out[i] = text.charCodeAt(i);
  return out;
}

/** `crypto.hash` is the one-shot form (Node 20.12); createHash where it is missing. */
export const nativeSha256: Sha256 =
  typeof crypto.hash === "function"
    ? (data) => fromLatin1(crypto.hash("sha256", data, "binary"))
    : (data) => fromLatin1(createHash("sha256").update(data).digest("binary"));

/** Called once by node/main.ts, before anything is hashed in earnest. */
export function installNativeCrypto(): void {
  installSha256(nativeSha256);
  installVerifier(nativeVerifier);
}
