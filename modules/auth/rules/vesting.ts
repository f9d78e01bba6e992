import { splitTime, toUopen } from "../../../chain/primitives/index.js";
import type { TimeNs, Uopen } from "../../../chain/primitives/index.js";

/** A linear release: nothing before `start`, all from `end` on. Seconds since 1970. */
export interface Schedule {
  readonly original: Uopen;
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * What is still locked. The released part is rounded down, so the remainder of the division stays locked and belongs to
 * the lock until `end`; the sum of both is always `original`.
 */
export function lockedAt({ original, start, end }: Schedule, time: TimeNs): Uopen {
  const now = splitTime(time).seconds;
  if (now >= end) return toUopen(0n);
  if (now <= start) return original;
  return toUopen(original - (original * (now - start)) / (end - start));
}
