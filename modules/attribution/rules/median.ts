import { Fault, compareBigints } from "../../../chain/primitives/index.js";
import type { AttributionOutcome, ContributorScore } from "../../../proto/gen/openledger/attribution/v1.js";
import { MAX_SCORE } from "./outcome.js";
import { scoreShares } from "./shares.js";

/** One validator's outcome with its power. */
export interface WeightedOutcome {
  readonly power: bigint;
  readonly outcome: AttributionOutcome;
}

/**
 * How far a value may be from the median and still count as agreeing: half the sum of absolute differences of shares,
 * in parts per million, for influence and for spans alike. One per cent of the pool may be placed differently, which
 * is what lane B's quantisation costs at most; adding 50 % to an account that has a tenth moves four times as much.
 */
export const CLOSE_PPM = 10_000n;

/** The least value with at least half of the power at or below it. Not above any value of an honest majority's range. */
export function weightedMedian(values: readonly { readonly value: bigint; readonly power: bigint }[]): bigint {
  const total = values.reduce((sum, v) => sum + v.power, 0n);
  let seen = 0n;
  for (const { value, power } of values.toSorted((a, b) => compareBigints(a.value, b.value))) {
    seen += power;
    if (seen * 2n >= total) return value;
  }
  return 0n;
}

/** Into the range of a valid outcome: values of far larger units would leave it. */
function clamp(value: bigint): bigint {
  if (value > MAX_SCORE) return MAX_SCORE;
  return value < -MAX_SCORE ? -MAX_SCORE : value;
}

/** A score in units of 2^to nats; rounded towards minus infinity where precision is lost. */
function rescale(score: bigint, from: number, to: number): bigint {
  const shift = BigInt(from - to);
  return clamp(shift >= 0n ? score << shift : score >> -shift);
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** One validator's scores by position of the task's contributors. */
interface Column {
  readonly power: bigint;
  readonly scores: readonly bigint[];
}

function columns(values: readonly WeightedOutcome[], of: (outcome: AttributionOutcome) => readonly ContributorScore[], contributors: readonly string[]): Column[] {
  return values.map(({ power, outcome }) => {
    const byName = new Map(of(outcome).map((s) => [s.contributor, s.score]));
    return { power, scores: contributors.map((c) => byName.get(c) ?? 0n) };
  });
}

function medianScores(all: readonly Column[], contributors: readonly string[]): ContributorScore[] {
  return contributors.map((contributor, i) => ({
    contributor,
    score: weightedMedian(all.map(({ power, scores }) => ({ power, value: scores[i] ?? 0n }))),
  }));
}

function distance(column: Column | undefined, median: readonly ContributorScore[]): bigint {
  return median.reduce((sum, { score }, i) => sum + absolute((column?.scores[i] ?? 0n) - score), 0n);
}

/** The outcome whose scores are closest to the median, the first of equals. */
function closestTo(values: readonly WeightedOutcome[], off: (index: number) => bigint): AttributionOutcome | undefined {
  const [closest] = values
    .map(({ outcome }, i) => ({ outcome, off: off(i) }))
    .sort((a, b) => compareBigints(a.off, b.off));
  return closest?.outcome;
}

/**
 * The stake-weighted median outcome: exponent, then influence and span score of each contributor, each by itself; a
 * missing span score is zero. Spans, rows and hashes come from the value whose scores are closest to the median, the
 * first of equals; nothing is paid from them.
 *
 * `values` are valid for one task, at least one, in order of validator address.
 */
export function medianOutcome(values: readonly WeightedOutcome[], contributors: readonly string[]): AttributionOutcome {
  const exponents = values.map(({ power, outcome }) => ({ power, value: BigInt(outcome.scoreExponent) }));
  const scoreExponent = Number(weightedMedian(exponents));
  const influences = columns(values, (o) => o.influence, contributors).map(({ power, scores }, i) => {
    const from = values[i]?.outcome.scoreExponent ?? scoreExponent;
    return { power, scores: scores.map((score) => rescale(score, from, scoreExponent)) };
  });
  const spanColumns = columns(values, (o) => o.spanScores, contributors);
  const influence = medianScores(influences, contributors);
  const spanScores = medianScores(spanColumns, contributors);
  const shown = closestTo(values, (i) => distance(influences[i], influence) + distance(spanColumns[i], spanScores));
  if (shown === undefined) throw new Fault("a median of nothing");
  return { ...shown, influence, scoreExponent, spanScores: spanScores.filter(({ score }) => score > 0n) };
}

function shareDistance(a: readonly ContributorScore[], b: readonly ContributorScore[]): bigint {
  const shares = (scores: readonly ContributorScore[]) => new Map(scoreShares(scores).map((s) => [s.contributor, s.ppm]));
  const [left, right] = [shares(a), shares(b)];
  const accounts = [...new Set([...left.keys(), ...right.keys()])];
  return accounts.reduce((sum, account) => sum + absolute((left.get(account) ?? 0n) - (right.get(account) ?? 0n)), 0n);
}

/** Whether an outcome pays almost the same people almost the same as the median does. */
export function isCloseTo(median: AttributionOutcome, outcome: AttributionOutcome): boolean {
  return (
    shareDistance(median.influence, outcome.influence) <= 2n * CLOSE_PPM &&
    shareDistance(median.spanScores, outcome.spanScores) <= 2n * CLOSE_PPM
  );
}
