import { Fault, Reject } from "./errors.js";

/**
 * Branded quantities. An operator drops the brand, so a sum has to pass through a function that checks it.
 * Amounts, heights, powers, gas are bigint; JSON carries them as decimal strings.
 */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A millionth of an OPEN. Never negative, never above u128. */
export type Uopen = Brand<bigint, "Uopen">;
/** Whole parts per million of something, 0 to 1,000,000. */
export type Ppm = Brand<bigint, "Ppm">;
/** Block height; the first block is 1. */
export type Height = Brand<bigint, "Height">;
/** Validator voting power, int64 range. */
export type VotingPower = Brand<bigint, "VotingPower">;
/** Gas units. */
export type Gas = Brand<bigint, "Gas">;
/** Nanoseconds since the Unix epoch, UTC. Go's zero time is `ZERO_TIME`. */
export type TimeNs = Brand<bigint, "TimeNs">;
/** 20-byte account, module or validator address. */
export type Address = Brand<Uint8Array, "Address">;
/** A SHA-256 digest. */
export type Hash32 = Brand<Uint8Array, "Hash32">;

/** The chain's one coin: 10^6 uopen are one OPEN. */
export const UOPEN = "uopen";
export const WHOLE_PPM = 1_000_000n as Ppm;
export const UOPEN_PER_OPEN = 1_000_000n;
/** Total supply, fixed at genesis: 1,000,000,000 OPEN. */
export const TOTAL_SUPPLY = (1_000_000_000n * UOPEN_PER_OPEN) as Uopen;

export const MAX_INT64 = (1n << 63n) - 1n;
export const MAX_UINT64 = (1n << 64n) - 1n;
const MAX_UINT128 = (1n << 128n) - 1n;
const NS = 1_000_000_000n;

/** Go's `time.Time{}`: 0001-01-01T00:00:00Z. */
export const ZERO_TIME = (-62135596800n * NS) as TimeNs;

function outOfRange(what: string, value: bigint | number): Reject {
  return new Reject("sdk", 18, `${what} out of range: ${value}: invalid request`);
}

/** @throws Reject sdk/18 when negative or above u128. */
export function toUopen(value: bigint): Uopen {
  if (value < 0n || value > MAX_UINT128) throw outOfRange("amount", value);
  return value as Uopen;
}

export function addUopen(a: Uopen, b: Uopen): Uopen {
  return toUopen(a + b);
}

/** @throws Reject sdk/18 below zero: coins never saturate. */
export function subUopen(a: Uopen, b: Uopen): Uopen {
  return toUopen(a - b);
}

export function sumUopen(amounts: Iterable<Uopen>): Uopen {
  let sum = 0n;
  for (const a of amounts) sum += a;
  return toUopen(sum);
}

/** `amount * share`, rounded down; the caller owns the remainder. */
export function takeShare(amount: Uopen, share: Ppm): Uopen {
  return ((amount * share) / WHOLE_PPM) as Uopen;
}

/** @throws Reject sdk/18 outside 0..1,000,000. */
export function toPpm(value: bigint): Ppm {
  if (value < 0n || value > WHOLE_PPM) throw outOfRange("parts per million", value);
  return value as Ppm;
}

/** @throws Reject sdk/18 outside int64 or negative. */
export function toHeight(value: bigint): Height {
  if (value < 0n || value > MAX_INT64) throw outOfRange("height", value);
  return value as Height;
}

export function toVotingPower(value: bigint): VotingPower {
  if (value < 0n || value > MAX_INT64) throw outOfRange("voting power", value);
  return value as VotingPower;
}

export function toGas(value: bigint): Gas {
  if (value < 0n || value > MAX_UINT64) throw outOfRange("gas", value);
  return value as Gas;
}

/** From a protobuf Timestamp's parts. @throws Reject sdk/18 unless 0 <= nanos < 10^9. */
export function toTimeNs(seconds: bigint, nanos: number): TimeNs {
  if (!Number.isInteger(nanos) || nanos < 0 || nanos >= 1e9) throw outOfRange("nanoseconds", nanos);
  return (seconds * NS + BigInt(nanos)) as TimeNs;
}

/** The parts of a protobuf Timestamp: floor seconds and 0 <= nanos < 10^9, also before 1970. */
export function splitTime(time: TimeNs): { readonly seconds: bigint; readonly nanos: number } {
  let seconds = time / NS;
  let nanos = time % NS;
  if (nanos < 0n) {
    nanos += NS;
    seconds -= 1n;
  }
  return { seconds, nanos: Number(nanos) };
}

/** @throws Reject sdk/7 unless 20 bytes. */
export function toAddress(bytes: Uint8Array): Address {
  if (bytes.length !== 20) throw new Reject("sdk", 7, `address length must be 20 bytes, got ${bytes.length}: invalid address`);
  return bytes as Address;
}

/** @throws Fault unless 32 bytes; parse untrusted input with a coded check first. */
export function toHash32(bytes: Uint8Array): Hash32 {
  if (bytes.length !== 32) throw new Fault("a hash has 32 bytes", { length: bytes.length });
  return bytes as Hash32;
}
