import { Fault } from "../primitives/index.js";
import { CodecError } from "./errors.js";

/**
 * Varints outside protobuf, as Go's encoding/binary writes them: PutUvarint, and PutVarint, which is zig-zag. IAVL nodes,
 * the multistore's leaves and our own records are made of them. Values are safe integers: lengths, sizes and versions.
 */

/** The longest encoding of a safe integer: 53 bits, or 54 after zig-zag. */
export const MAX_VARINT_BYTES = 8;

const SMALL = 0x40000000;

function putBig(out: Uint8Array, at: number, value: bigint): number {
  let rest = value;
  let end = at;
  while (rest > 127n) {
    out[end++] = Number(rest & 127n) | 128;
    rest >>= 7n;
  }
  out[end++] = Number(rest);
  return end;
}

/**
 * Writes at `at` and returns the end. The caller has reserved MAX_VARINT_BYTES.
 *
 * @throws Fault on a negative or unsafe integer.
 */
export function putUvarint(out: Uint8Array, at: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Fault("not a safe non-negative integer", { value });
  if (value >= SMALL) return putBig(out, at, BigInt(value));
  let rest = value;
  let end = at;
  while (rest > 127) {
    out[end++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  out[end++] = rest;
  return end;
}

/** The zig-zag form of a non-negative number: 1 is 02, 300 is d804. Same contract as `putUvarint`. */
export function putZigzag(out: Uint8Array, at: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Fault("not a safe non-negative integer", { value });
  return value < SMALL ? putUvarint(out, at, value * 2) : putBig(out, at, BigInt(value) * 2n);
}

/** `putUvarint` into bytes of their own. */
export function encodeUvarint(value: number): Uint8Array {
  const out = new Uint8Array(MAX_VARINT_BYTES);
  return out.slice(0, putUvarint(out, 0, value));
}

/** `putZigzag` into bytes of their own. */
export function encodeZigzag(value: number): Uint8Array {
  const out = new Uint8Array(MAX_VARINT_BYTES);
  return out.slice(0, putZigzag(out, 0, value));
}

/**
 * Reads an unsigned varint at `at`.
 *
 * @throws Reject sdk/2 past the end, when not in its shortest form, or beyond the safe integers.
 */
export function readUvarint(bytes: Uint8Array, at: number): readonly [value: number, end: number] {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw CodecError.TxDecode("unexpected end of bytes");
    value += (byte & 127) * scale;
    if (byte < 128) {
      if (byte === 0 && i > 0) throw CodecError.TxDecode("varint is not in its shortest form");
      if (value > Number.MAX_SAFE_INTEGER) break;
      return [value, at + i + 1];
    }
    scale *= 128;
  }
  throw CodecError.TxDecode("varint does not fit a safe integer");
}
