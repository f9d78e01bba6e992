import type { Codec } from "../codec/index.js";
import { Reject, concatBytes, equalBytes, splitTime, toHeight, toTimeNs } from "../primitives/index.js";
import type { Height, TimeNs } from "../primitives/index.js";
import type { Timestamp } from "../../proto/gen/google/protobuf.js";
import { CometError } from "./errors.js";
import { HASH_BYTES, MAX_INT32, SIGNATURE_BYTES } from "./limits.js";

/** Checks that every decoder of this folder shares. Each throws a Reject of codespace `comet`. */

/**
 * One message and nothing else. The bytes must be exactly what encoding the message gives, so that no two byte strings
 * stand for one value: field order, default values written out and the like are refused.
 * @throws Reject comet/3 above `maxBytes`, comet/2 on anything but the canonical encoding.
 */
export function decodeExact<T>(codec: Codec<T>, bytes: Uint8Array, maxBytes: number): T {
  if (bytes.length > maxBytes) throw CometError.LimitExceeded(`${codec.typeName} of ${bytes.length} bytes`);
  const message = decodeStrict(codec, bytes);
  if (!equalBytes(codec.encode(message), bytes))
    throw CometError.MalformedBytes(`${codec.typeName} is not canonical`);
  return message;
}

function decodeStrict<T>(codec: Codec<T>, bytes: Uint8Array): T {
  try {
    return codec.decode(bytes);
  } catch (error) {
    if (error instanceof Reject) throw CometError.MalformedBytes(error.message);
    throw error;
  }
}

/** A sub-message that the format requires although the wire leaves it optional. */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw CometError.MalformedBytes(`${name} is missing`);
  return value;
}

/** 1 to MaxInt64. */
export function parseHeight(value: bigint, name: string): Height {
  if (value < 1n) throw CometError.OutOfRange(`${name} ${value}`);
  return toHeight(value);
}

/** An int32 that may not be negative. */
export function checkInt32(value: number, name: string): number {
  if (!Number.isInteger(value) || value < 0 || value > MAX_INT32)
    throw CometError.OutOfRange(`${name} ${value}`);
  return value;
}

/** Empty or 32 bytes. */
export function checkHash(hash: Uint8Array, name: string): Uint8Array {
  if (hash.length !== 0 && hash.length !== HASH_BYTES)
    throw CometError.InvalidHash(`${name} has ${hash.length} bytes`);
  return hash;
}

export function isSignature(bytes: Uint8Array): boolean {
  return bytes.length === SIGNATURE_BYTES;
}

/** Years 1 to 9999, which is what Go's encoder can write. */
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;

/** @throws Reject comet/4 outside the years 1 to 9999 or with nanoseconds outside 0 to 999,999,999. */
export function parseTime({ seconds, nanos }: Timestamp): TimeNs {
  const valid = seconds >= FIRST_SECOND && seconds <= LAST_SECOND && nanos >= 0 && nanos < 1_000_000_000;
  if (!valid) throw CometError.OutOfRange(`timestamp ${seconds} s ${nanos} ns`);
  return toTimeNs(seconds, nanos);
}

/** The Timestamp message of a time; Go's zero time has seconds -62135596800. */
export function timestampOf(time: TimeNs): Timestamp {
  return splitTime(time);
}

/** `uvarint(length) || bytes`, the form in which validators sign. */
export function delimited(bytes: Uint8Array): Uint8Array {
  const prefix: number[] = [];
  let length = bytes.length;
  for (; length > 127; length >>>= 7) prefix.push((length & 127) | 128);
  prefix.push(length);
  return concatBytes(Uint8Array.from(prefix), bytes);
}
