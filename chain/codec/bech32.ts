import { bech32 } from "@scure/base";
import { Reject, createRecent, keyText, toAddress } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import { ACCOUNT_PREFIX, CONSENSUS_PREFIX, OPERATOR_PREFIX } from "./bech32-prefixes.js";

/** Addresses as text (BIP 173). The prefix says what an address is for, so each kind has its own pair of functions. */

/** BIP 173 caps a string at 90 characters; ours have 44 to 50. */
const MAX_TEXT = 90;

function invalid(detail: string): Reject {
  return new Reject("sdk", 7, `${detail}: invalid address`);
}

function decode(text: string): { readonly prefix: string; readonly bytes: Uint8Array } {
  if (text.length === 0) throw invalid("empty address string is not allowed");
  if (text.length > MAX_TEXT) throw invalid("decoding bech32 failed: invalid bech32 string length");
  const decoded = bech32.decodeUnsafe(text);
  const bytes = decoded && bech32.fromWordsUnsafe(decoded.words);
  if (decoded === undefined || !(bytes instanceof Uint8Array)) throw invalid("decoding bech32 failed");
  if (text !== text.toLowerCase()) throw invalid("decoding bech32 failed: upper case");
  return { prefix: decoded.prefix, bytes };
}

/** Twenty bytes and forty characters each: a few megabytes, and most of the addresses of a busy block. */
const REMEMBERED = 20_000;
const texts = createRecent<string>(REMEMBERED);
const addresses = createRecent<Address>(REMEMBERED);

function parse(prefix: string, text: string): Address {
  const found = decode(text);
  if (found.prefix !== prefix)
    throw invalid(`invalid Bech32 prefix; expected ${prefix}, got ${found.prefix}`);
  return toAddress(found.bytes);
}

/** "open1..." */
export function formatAddress(address: Address): string {
  const key = keyText(address);
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = bech32.encode(ACCOUNT_PREFIX, bech32.toWords(address));
  texts.set(key, text);
  return text;
}

/** @throws Reject sdk/7 on anything but the one lower-case text of a 20-byte account address. */
export function parseAddress(text: string): Address {
  const known = addresses.get(text);
  if (known !== undefined) return known;
  const address = parse(ACCOUNT_PREFIX, text);
  addresses.set(text, address);
  return address;
}

/** "openvaloper1..." */
export function formatOperatorAddress(address: Address): string {
  return bech32.encode(OPERATOR_PREFIX, bech32.toWords(address));
}

/** @throws Reject sdk/7. */
export function parseOperatorAddress(text: string): Address {
  return parse(OPERATOR_PREFIX, text);
}

/** "openvalcons1..." */
export function formatConsensusAddress(address: Address): string {
  return bech32.encode(CONSENSUS_PREFIX, bech32.toWords(address));
}

/** @throws Reject sdk/7. */
export function parseConsensusAddress(text: string): Address {
  return parse(CONSENSUS_PREFIX, text);
}
