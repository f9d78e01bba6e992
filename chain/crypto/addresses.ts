import { createRecent, toAddress, utf8 } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import { ripemd160, sha256 } from "./hash.js";

/** Validator address: SHA-256 of the 32-byte ed25519 key, first 20 bytes (cosmos-formats.md §4.2). */
export function ed25519Address(publicKey: Uint8Array): Address {
  return toAddress(sha256(publicKey).slice(0, 20));
}

/** Account address: RIPEMD-160 of SHA-256 of the 33-byte compressed key. */
export function secp256k1Address(publicKey: Uint8Array): Address {
  return toAddress(ripemd160(sha256(publicKey)));
}

const moduleAddresses = createRecent<Address>(256);

/** Account of a module: SHA-256 of its name, first 20 bytes (SDK rule). No key exists for it. */
export function moduleAddress(name: string): Address {
  const known = moduleAddresses.get(name);
  if (known !== undefined) return known;
  const address = toAddress(sha256(utf8(name)).slice(0, 20));
  moduleAddresses.set(name, address);
  return address;
}
