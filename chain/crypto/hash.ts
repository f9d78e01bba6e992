import { ripemd160 as nobleRipemd160 } from "@noble/hashes/legacy.js";
import { sha256 as nobleSha256, sha512 as nobleSha512 } from "@noble/hashes/sha2.js";
import type { Hash32 } from "../primitives/index.js";

/** SHA-256 of the input. Implementations differ in speed only; one compliance suite covers them all. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

let implementation: Sha256 = nobleSha256;

/** node/ installs the native hash at start. It is a port for speed: results must not change. */
export function installSha256(fn: Sha256): void {
  implementation = fn;
}

export function sha256(data: Uint8Array): Hash32 {
  return implementation(data) as Hash32;
}

export function sha512(data: Uint8Array): Uint8Array {
  return nobleSha512(data);
}

export function ripemd160(data: Uint8Array): Uint8Array {
  return nobleRipemd160(data);
}
