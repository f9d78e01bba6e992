import type { Validator, ValidatorSet } from "../block/types.js";
import { Fault, compareBytes } from "../primitives/index.js";

/**
 * Proposer of a round: the set as it stands at round 0, its priorities incremented `round` times in one call
 * (cosmos-formats.md §4.10). Priorities stay far inside int64, since the total power is at most MaxInt64 / 8.
 */
export function proposerAt(set: ValidatorSet, round: number): Validator {
  if (round === 0) return set.proposer;
  const priorities = centred(rescaled(set));
  let proposer = set.proposer;
  for (let i = 0; i < round; i++) {
    const chosen = advance(set, priorities);
    proposer = chosen;
  }
  return proposer;
}

/** Adds each power, then takes the total from the highest; ties go to the lower address. Updates `priorities`. */
function advance(set: ValidatorSet, priorities: bigint[]): Validator {
  let best = -1;
  for (const [i, v] of set.validators.entries()) {
    priorities[i] = (priorities[i] ?? 0n) + v.power;
    if (best < 0 || isAhead(set, priorities, i, best)) best = i;
  }
  const winner = set.validators[best];
  if (winner === undefined) throw new Fault("a validator set is never empty");
  priorities[best] = (priorities[best] ?? 0n) - set.totalPower;
  return winner;
}

function isAhead(set: ValidatorSet, priorities: readonly bigint[], i: number, j: number): boolean {
  const a = priorities[i] ?? 0n;
  const b = priorities[j] ?? 0n;
  if (a !== b) return a > b;
  const left = set.validators[i];
  const right = set.validators[j];
  return left !== undefined && right !== undefined && compareBytes(left.address, right.address) < 0;
}

/** Keeps the spread of priorities within twice the total power; division truncates toward zero, as in Go. */
function rescaled(set: ValidatorSet): bigint[] {
  const priorities = set.validators.map((v) => v.priority);
  const window = 2n * set.totalPower;
  const spread = priorities.reduce((m, p) => (p > m ? p : m)) - priorities.reduce((m, p) => (p < m ? p : m));
  if (window <= 0n || spread <= window) return priorities;
  const ratio = (spread + window - 1n) / window;
  return priorities.map((p) => p / ratio);
}

/** Subtracts the mean, rounded down also below zero: Go's big.Int division, not BigInt's. */
function centred(priorities: readonly bigint[]): bigint[] {
  const n = BigInt(priorities.length);
  const sum = priorities.reduce((s, p) => s + p, 0n);
  const mean = sum < 0n && sum % n !== 0n ? sum / n - 1n : sum / n;
  return priorities.map((p) => p - mean);
}
