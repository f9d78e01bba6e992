import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";

/**
 * Signature checks behind a port. The portable ones run anywhere; node/ installs native ones that accept exactly the
 * same set: ed25519 by ZIP-215 (what Go verifies), secp256k1 compact R||S with low S only.
 */
export interface SignatureVerifier {
  /** 32-byte key, 64-byte signature, ZIP-215 rules. False on any malformed input; never throws. */
  ed25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** 33-byte compressed key, 64-byte R||S over a 32-byte hash. False on high S or malformed input; never throws. */
  secp256k1(publicKey: Uint8Array, hash: Uint8Array, signature: Uint8Array): boolean;
}

export const portableVerifier: SignatureVerifier = {
  ed25519(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    try {
      return ed25519.verify(signature, message, publicKey, { zip215: true });
    } catch {
      return false;
    }
  },
  secp256k1(publicKey, hash, signature) {
    if (publicKey.length !== 33 || hash.length !== 32 || signature.length !== 64) return false;
    try {
      return secp256k1.verify(signature, hash, publicKey, { prehash: false, lowS: true });
    } catch {
      return false;
    }
  },
};

let current: SignatureVerifier = portableVerifier;

/** node/ installs the native verifier at start; results must not change. */
export function installVerifier(verifier: SignatureVerifier): void {
  current = verifier;
}

export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return current.ed25519(publicKey, message, signature);
}

export function verifySecp256k1(publicKey: Uint8Array, hash: Uint8Array, signature: Uint8Array): boolean {
  return current.secp256k1(publicKey, hash, signature);
}
