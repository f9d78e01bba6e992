import { addUopen, splitTime, subUopen, sumUopen, toUopen } from "../../../chain/primitives/index.js";
import type { TimeNs, Uopen } from "../../../chain/primitives/index.js";

/** Linear: nothing before `start`, all from `end` on. Seconds since 1970. */
export interface ContinuousSchedule {
  readonly kind: "continuous";
  readonly original: Uopen;
  readonly start: bigint;
  readonly end: bigint;
}

/** Nothing before `end`, all from then on. */
export interface DelayedSchedule {
  readonly kind: "delayed";
  readonly original: Uopen;
  readonly end: bigint;
}

/** One amount after the other, each once its period is over. The amounts sum to `original`, the lengths to `end - start`. */
export interface PeriodicSchedule {
  readonly kind: "periodic";
  readonly original: Uopen;
  readonly start: bigint;
  readonly end: bigint;
  readonly periods: readonly Period[];
}

export interface Period {
  /** Seconds. */
  readonly length: bigint;
  readonly amount: Uopen;
}

/** Locked for ever; it may be staked. */
export interface PermanentSchedule {
  readonly kind: "permanent";
  readonly original: Uopen;
}

/** How coins of an account are released over time. */
export type Schedule = ContinuousSchedule | DelayedSchedule | PeriodicSchedule | PermanentSchedule;

/** Of what an account has staked: how much was still vesting when it was staked, and how much was not. */
export interface Delegated {
  readonly free: Uopen;
  readonly vesting: Uopen;
}

export const NOTHING_DELEGATED: Delegated = { free: toUopen(0n), vesting: toUopen(0n) };

/** The periods of these amounts, one after the other. */
export function periodicSchedule(start: bigint, periods: readonly Period[]): PeriodicSchedule {
  const end = periods.reduce((sum, { length }) => sum + length, start);
  return { kind: "periodic", original: sumUopen(periods.map((p) => p.amount)), start, end, periods };
}

/** Released part rounded down: the remainder of the division is vesting until `end`. */
function continuousAt({ original, start, end }: ContinuousSchedule, now: bigint): Uopen {
  if (now <= start) return original;
  if (now >= end) return toUopen(0n);
  return toUopen(original - (original * (now - start)) / (end - start));
}

function periodicAt({ original, start, end, periods }: PeriodicSchedule, now: bigint): Uopen {
  if (now <= start) return original;
  if (now >= end) return toUopen(0n);
  let left = original;
  let over = start;
  for (const { length, amount } of periods) {
    over += length;
    if (now < over) break;
    left = subUopen(left, amount);
  }
  return left;
}

/** What is still vesting, staked or not. */
export function vestingAt(schedule: Schedule, time: TimeNs): Uopen {
  const now = splitTime(time).seconds;
  switch (schedule.kind) {
    case "continuous":
      return continuousAt(schedule, now);
    case "delayed":
      return now >= schedule.end ? toUopen(0n) : schedule.original;
    case "periodic":
      return periodicAt(schedule, now);
    case "permanent":
      return schedule.original;
    default:
      return schedule satisfies never;
  }
}

function min(a: Uopen, b: Uopen): Uopen {
  return a < b ? a : b;
}

/** What may not leave the account: vesting coins that are not staked. */
export function lockedAt(schedule: Schedule, delegated: Delegated, time: TimeNs): Uopen {
  const vesting = vestingAt(schedule, time);
  return subUopen(vesting, min(vesting, delegated.vesting));
}

/** Vesting coins are staked first (the SDK's rule: X = min(max(V - DV, 0), D), the rest is free). `vesting`: at this time. */
export function trackDelegation(before: Delegated, vesting: Uopen, amount: Uopen): Delegated {
  const unstaked = subUopen(vesting, min(vesting, before.vesting));
  const locked = min(unstaked, amount);
  return { vesting: addUopen(before.vesting, locked), free: addUopen(before.free, subUopen(amount, locked)) };
}

/** Free coins come back first (X = min(DF, D), Y = min(DV, D - X)); what slashing took never comes back, and stays counted as staked. */
export function trackUndelegation(before: Delegated, amount: Uopen): Delegated {
  const free = min(before.free, amount);
  const vesting = min(before.vesting, subUopen(amount, free));
  return { free: subUopen(before.free, free), vesting: subUopen(before.vesting, vesting) };
}
