import { compareBigints, compareBytes } from "../primitives/index.js";
import { CometError } from "./errors.js";
import type { Validator, ValidatorSet } from "./types.js";

/**
 * Proposer rotation (CometBFT types/validator_set.go; cosmos-formats.md §4.10). Priorities are int64 in the original,
 * with clipping in some places and wrapping in others; both are kept, because the priorities decide who proposes.
 */

const MIN = -(1n << 63n);
const MAX = (1n << 63n) - 1n;

/** Rounds one call may skip. Each costs a pass over the set; a caller bounds what peers may ask for well below this. */
export const MAX_INCREMENTS = 100_000;

function clip(value: bigint): bigint {
  return value < MIN ? MIN : value > MAX ? MAX : value;
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** BigInt division truncates toward zero; the average needs the floor. `n` is positive. */
function floorDivide(value: bigint, n: bigint): bigint {
  const quotient = value / n;
  return value % n < 0n ? quotient - 1n : quotient;
}

/**
 * Divides all priorities by one integer, truncating toward zero, so that they lie within `window` of one another.
 * Nothing changes when they already do.
 */
export function rescale(priorities: readonly bigint[], window: bigint): readonly bigint[] {
  const ordered = [...priorities].sort(compareBigints);
  const low = ordered[0];
  const high = ordered.at(-1);
  if (low === undefined || high === undefined || window <= 0n) return priorities;
  let spread = wrap(high - low);
  if (spread < 0n) spread = wrap(-spread);
  if (spread <= window) return priorities;
  const ratio = wrap(spread + window - 1n) / window;
  return priorities.map((p) => p / ratio);
}

/** Shifts all priorities by their floored average, so that their sum is at least 0 and below their number. */
export function centre(priorities: readonly bigint[]): readonly bigint[] {
  if (priorities.length === 0) return priorities;
  const sum = priorities.reduce((a, b) => a + b, 0n);
  const average = floorDivide(sum, BigInt(priorities.length));
  return priorities.map((p) => clip(p - average));
}

/** Whether `a` goes before `b`: the higher priority, then the lower address. */
function precedes(a: Validator, pa: bigint, b: Validator, pb: bigint): boolean {
  return pa > pb || (pa === pb && compareBytes(a.address, b.address) < 0);
}

/** Adds each validator's power, picks the highest priority and takes the total power from it. Returns its position. */
function turn(set: ValidatorSet, priorities: bigint[]): number {
  let best = 0;
  set.validators.forEach((v, i) => {
    const mine = clip((priorities[i] ?? 0n) + v.power);
    priorities[i] = mine;
    const leader = set.validators[best];
    if (leader !== undefined && precedes(v, mine, leader, priorities[best] ?? 0n)) best = i;
  });
  priorities[best] = clip((priorities[best] ?? 0n) - set.totalPower);
  return best;
}

/**
 * The set after `times` turns. Rescaling and centring happen once, before the first, so skipping three rounds is one
 * call with 3 and not three calls.
 * @throws Reject comet/4 unless 1 <= times <= 100,000.
 */
export function incrementPriority(set: ValidatorSet, times: number): ValidatorSet {
  if (!Number.isInteger(times) || times < 1 || times > MAX_INCREMENTS)
    throw CometError.OutOfRange(`${times} increments`);
  const priorities = [
    ...centre(
      rescale(
        set.validators.map((v) => v.priority),
        2n * set.totalPower,
      ),
    ),
  ];
  let chosen = 0;
  for (let i = 0; i < times; i++) chosen = turn(set, priorities);
  const validators = set.validators.map((v, i) => ({ ...v, priority: priorities[i] ?? 0n }));
  return { validators, totalPower: set.totalPower, proposer: validators[chosen] ?? set.proposer };
}
