import { Reject } from "./errors.js";
import { keyText } from "./key-text.js";

/** Byte helpers. `Uint8Array` only: Buffer does not exist below node/. */

export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

/** Malformed text or lengths reaching a byte parser: codespace `sdk`, code 18 (invalid request). */
function invalid(message: string): Reject {
  return new Reject("sdk", 18, `${message}: invalid request`);
}

/** Lexicographic order of unsigned bytes; a prefix sorts first. Negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const d = (a[i] as number) - (b[i] as number);
    if (d !== 0) return d;
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const p of parts) length += p.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && equalBytes(bytes.subarray(0, prefix.length), prefix);
}

/** The smallest key greater than every key with this prefix, or undefined when there is none (all 0xff). */
export function prefixEnd(prefix: Uint8Array): Uint8Array | undefined {
  for (let i = prefix.length - 1; i >= 0; i--) {
    if (prefix[i] !== 0xff) {
      const end = prefix.slice(0, i + 1);
      end[i] = (end[i] as number) + 1;
      return end;
    }
  }
  return undefined;
}

/** Lower-case hex. Also the canonical Map key of a byte string. */
export function toHex(bytes: Uint8Array): string {
  let out = "";
  for (const b of bytes) out += HEX[b] as string;
  return out;
}

/** Upper-case hex, as CometBFT prints hashes and addresses. */
export function toUpperHex(bytes: Uint8Array): string {
  return toHex(bytes).toUpperCase();
}

/** @throws Reject sdk/18 on odd length or a character outside [0-9a-fA-F]. */
export function parseHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) throw invalid("not a hex string");
  const out = new Uint8Array(text.length >>> 1);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @throws Reject sdk/18 on a lone surrogate, which has no UTF-8 form. */
export function utf8(text: string): Uint8Array {
  if (!text.isWellFormed()) throw invalid("text is not well-formed Unicode");
  return encoder.encode(text);
}

/** Strict UTF-8: @throws Reject sdk/18 rather than replacing bad bytes. */
export function parseUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw invalid("bytes are not valid UTF-8");
  }
}

const B64 = encoder.encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PAD = 0x3d;

/** Standard base64 with padding (RFC 4648 §4). Every signature becomes an event in this form: text grown by the letter costs six times the memory. */
export function toBase64(bytes: Uint8Array): string {
  // eslint-disable-next-line determinism/core -- a length, far below 2^53: exact
  const out = new Uint8Array(4 * Math.floor((bytes.length + 2) / 3)).fill(PAD);
  for (let i = 0, o = 0; i < bytes.length; i += 3, o += 4) {
    const left = bytes.length - i;
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out[o] = B64[word >> 18] ?? PAD;
    out[o + 1] = B64[(word >> 12) & 63] ?? PAD;
    if (left > 1) out[o + 2] = B64[(word >> 6) & 63] ?? PAD;
    if (left > 2) out[o + 3] = B64[word & 63] ?? PAD;
  }
  return keyText(out);
}

/** @throws Reject sdk/18 on anything but padded base64. */
export function parseBase64(text: string): Uint8Array {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) throw invalid("not base64");
  const pad = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const out = new Uint8Array((text.length >>> 2) * 3 - pad);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    let word = 0;
    for (let j = 0; j < 4; j++) word = (word << 6) | Math.max(0, B64.indexOf(text.charCodeAt(i + j)));
    for (const b of [(word >> 16) & 255, (word >> 8) & 255, word & 255]) if (at < out.length) out[at++] = b;
  }
  return out;
}

/** Big-endian u64, so that byte order of keys is number order. @throws Reject sdk/18 outside [0, 2^64). */
export function u64be(value: bigint): Uint8Array {
  if (value < 0n || value >= 1n << 64n) throw invalid("not a 64-bit unsigned integer");
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value);
  return out;
}

/** @throws Reject sdk/18 unless exactly 8 bytes. */
export function parseU64be(bytes: Uint8Array): bigint {
  if (bytes.length !== 8) throw invalid("a u64 takes 8 bytes");
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
}
