import { compareAscii, equalBytes, utf8 } from "../../../chain/primitives/index.js";
import type {
  AttributionOutcome,
  AttributionTask,
  ContributorScore,
  RowInfluence,
  Span,
} from "../../../proto/gen/openledger/attribution/v1.js";

/** Bytes of UTF-8 that the texts of all spans of an outcome may have; each has an equal part of it. */
const MAX_SPAN_TEXT_BYTES = 4_096;

/** Characters of a CID at most. */
const MAX_CID = 64;

/** Scores are units of 2^exponent nats; single precision gives no exponent beyond this. */
const MAX_EXPONENT = 256;

/** A score's magnitude at most, so that sums over all contributors stay in int64. */
export const MAX_SCORE = 1n << 56n;

/** A span score is a sum of squared lengths in tokens. */
export const MAX_SPAN_SCORE = 1n << 40n;

const inRange = (score: bigint): boolean => score >= -MAX_SCORE && score <= MAX_SCORE;
const isSpanScore = (score: bigint): boolean => score > 0n && score <= MAX_SPAN_SCORE;

const fitsText = (text: string, maxSpans: number): boolean => utf8(text).length * maxSpans <= MAX_SPAN_TEXT_BYTES;

/** The longest beginning of a span's text, in whole characters, that an outcome of at most `maxSpans` spans has room for. */
export function cutSpanText(text: string, maxSpans: number): string {
  if (fitsText(text, maxSpans)) return text;
  let cut = "";
  for (const character of text) {
    if (!fitsText(cut + character, maxSpans)) return cut;
    cut += character;
  }
  return cut;
}

function isAscending(scores: readonly ContributorScore[]): boolean {
  return scores.every(({ contributor }, i) => {
    const before = scores[i - 1];
    return before === undefined || compareAscii(before.contributor, contributor) < 0;
  });
}

function isSpan(span: Span, task: AttributionTask, known: ReadonlySet<string>): boolean {
  const length = span.end - span.start;
  return (
    length >= task.minSpanTokens &&
    span.end <= task.answerTokens.length &&
    fitsText(span.text, task.maxSpans) &&
    span.contributionId > 0n &&
    known.has(span.contributor) &&
    isSpanScore(span.score)
  );
}

function isRow(row: RowInfluence, known: ReadonlySet<string>): boolean {
  return row.contributionId > 0n && known.has(row.contributor) && inRange(row.score);
}

function hasKnownScores(outcome: AttributionOutcome, task: AttributionTask, known: ReadonlySet<string>): boolean {
  const isWhole =
    outcome.influence.length === task.contributors.length &&
    outcome.influence.every(({ contributor, score }, i) => contributor === task.contributors[i] && inRange(score));
  const spans = outcome.spanScores;
  return isWhole && isAscending(spans) && spans.every((s) => known.has(s.contributor) && isSpanScore(s.score));
}

/** Where the task names programs, only what these find counts: a name that nobody else can run would be beyond dispute. */
function hasRuntime({ runtimeId }: AttributionOutcome, { runtimes }: AttributionTask): boolean {
  return runtimes.length === 0 || runtimes.some((id) => equalBytes(id, runtimeId));
}

/** Hashes that may be absent have 32 bytes or none. */
function hasSoundReferences(outcome: AttributionOutcome): boolean {
  return (
    outcome.queryGradientHash.length === 32 &&
    outcome.runtimeId.length === 32 &&
    (outcome.spanRoot.length === 0 || outcome.spanRoot.length === 32) &&
    utf8(outcome.queryGradientCid).length <= MAX_CID &&
    utf8(outcome.spanProofsCid).length <= MAX_CID &&
    Math.abs(outcome.queryExponent) <= MAX_EXPONENT
  );
}

/** Whether an outcome says something about each contributor of its task and stays within its bounds. */
export function isSoundOutcome(outcome: AttributionOutcome, task: AttributionTask): boolean {
  const known = new Set(task.contributors);
  return (
    hasKnownScores(outcome, task, known) &&
    Math.abs(outcome.scoreExponent) <= MAX_EXPONENT &&
    hasSoundReferences(outcome) &&
    hasRuntime(outcome, task) &&
    outcome.spans.length <= task.maxSpans &&
    outcome.spans.every((span) => isSpan(span, task, known)) &&
    outcome.rows.length <= task.maxRows &&
    outcome.rows.every((row) => isRow(row, known))
  );
}
