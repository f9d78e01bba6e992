import { sha256 } from "../../../chain/crypto/index.js";
import { EMPTY_BYTES, Reject, equalBytes } from "../../../chain/primitives/index.js";
import type { Hash32 } from "../../../chain/primitives/index.js";
import { AttributionFinding } from "../../../proto/gen/openledger/attribution/v1.js";
import type { AttributionOutcome, AttributionTask, ContributorScore } from "../../../proto/gen/openledger/attribution/v1.js";
import { isSoundOutcome } from "./outcome.js";
import { WORK_BYTES } from "./work.js";

/**
 * How an outcome travels: scores alone, in the order of the task's contributors, since their names would not fit. A record
 * has the names again.
 */

/** Bytes of one finding at most; it must fit a vote extension (openledger.attest.v1 Params.max_value_bytes). */
export const MAX_FINDING_BYTES = 16_384;

/** Contributors of one adapter at most, so that every sound finding has room. */
export const MAX_CONTRIBUTORS = 512;

export interface Finding {
  readonly outcome: AttributionOutcome;
  /** Sealed digest of the validator's own work, 32 bytes. */
  readonly work: Uint8Array;
}

/** Scores by position; nothing when all are zero. */
function densely(scores: readonly ContributorScore[], contributors: readonly string[]): bigint[] {
  const byName = new Map(scores.map((s) => [s.contributor, s.score]));
  return scores.length === 0 ? [] : contributors.map((contributor) => byName.get(contributor) ?? 0n);
}

function pack(outcome: AttributionOutcome, task: AttributionTask, work: Uint8Array): Uint8Array {
  return AttributionFinding.encode({
    outcome: { ...outcome, influence: [], spanScores: [] },
    work,
    influence: outcome.influence.map((s) => s.score),
    spanScores: densely(outcome.spanScores, task.contributors),
  });
}

/** The value that a validator attests. `work`: see `sealWork`. */
export function encodeFinding(finding: Finding, task: AttributionTask): Uint8Array {
  return pack(finding.outcome, task, finding.work);
}

/** What all validators must agree on: the finding without its work. */
export function encodeAgreed(outcome: AttributionOutcome, task: AttributionTask): Uint8Array {
  return pack(outcome, task, EMPTY_BYTES);
}

export function agreedHash(outcome: AttributionOutcome, task: AttributionTask): Hash32 {
  return sha256(encodeAgreed(outcome, task));
}

function named({ outcome, influence, spanScores }: AttributionFinding, task: AttributionTask): AttributionOutcome {
  const withNames = (scores: readonly bigint[]): ContributorScore[] =>
    scores.map((score, i) => ({ contributor: task.contributors[i] ?? "", score }));
  return { ...outcome, influence: withNames(influence), spanScores: withNames(spanScores).filter((s) => s.score !== 0n) };
}

function parse(value: Uint8Array, task: AttributionTask, workBytes: number): Finding | undefined {
  if (value.length > MAX_FINDING_BYTES) return undefined;
  try {
    const wire = AttributionFinding.decode(value, { ordered: true });
    const outcome = named(wire, task);
    const { work } = wire;
    const isCanonical = equalBytes(pack(outcome, task, work), value);
    return isCanonical && work.length === workBytes && isSoundOutcome(outcome, task) ? { outcome, work } : undefined;
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
}

/** Strict: the one encoding of a finding within the bounds of its task; anything else is undefined. */
export function parseFinding(value: Uint8Array, task: AttributionTask): Finding | undefined {
  return parse(value, task, WORK_BYTES);
}

/** The same for what was agreed on. */
export function parseAgreed(value: Uint8Array, task: AttributionTask): AttributionOutcome | undefined {
  return parse(value, task, 0)?.outcome;
}
