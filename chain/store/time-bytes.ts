import { concatBytes, parseU64be, splitTime, toTimeNs, u64be } from "../primitives/index.js";
import type { TimeNs } from "../primitives/index.js";

const SIGN = 1n << 63n;

/** Twelve bytes in the order of time: nanoseconds since 1970 do not fit int64 back to Go's zero time. */
export function encodeTime(time: TimeNs): Uint8Array {
  const { seconds, nanos } = splitTime(time);
  return concatBytes(u64be(seconds + SIGN), u64be(BigInt(nanos)).subarray(4));
}

/** @throws Reject sdk/18 on bytes that `encodeTime` does not produce. */
export function decodeTime(bytes: Uint8Array): TimeNs {
  const nanos = Number(parseU64be(concatBytes(new Uint8Array(4), bytes.subarray(8))));
  return toTimeNs(parseU64be(bytes.subarray(0, 8)) - SIGN, nanos);
}
