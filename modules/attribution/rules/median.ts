import { compareBigints } from "../../../chain/primitives/index.js";
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

function scoreOf(scores: readonly ContributorScore[], contributor: string): bigint {
  return scores.find((s) => s.contributor === contributor)?.score ?? 0n;
}

function medianScores(
  values: readonly { readonly power: bigint; readonly scores: readonly ContributorScore[] }[],
  contributors: readonly string[],
): ContributorScore[] {
  return contributors.map((contributor) => ({
    contributor,
    score: weightedMedian(values.map(({ power, scores }) => ({ power, value: scoreOf(scores, contributor) }))),
  }));
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function distance(a: readonly ContributorScore[], b: readonly ContributorScore[], contributors: readonly string[]): bigint {
  return contributors.reduce((sum, c) => sum + absolute(scoreOf(a, c) - scoreOf(b, c)), 0n);
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
  const scaled = values.map(({ power, outcome }) => ({
    power,
    outcome,
    influence: outcome.influence.map(({ contributor, score }) => ({
      contributor,
      score: rescale(score, outcome.scoreExponent, scoreExponent),
    })),
  }));
  const influence = medianScores(scaled.map(({ power, influence: scores }) => ({ power, scores })), contributors);
  const spans = medianScores(values.map(({ power, outcome }) => ({ power, scores: outcome.spanScores })), contributors);
  const [closest] = scaled
    .map((v) => ({
      outcome: v.outcome,
      off: distance(v.influence, influence, contributors) + distance(v.outcome.spanScores, spans, contributors),
    }))
    .sort((a, b) => compareBigints(a.off, b.off));
  const shown = closest?.outcome;
  return {
    influence,
    scoreExponent,
    queryGradientHash: shown?.queryGradientHash ?? new Uint8Array(32),
    spanScores: spans.filter(({ score }) => score > 0n),
    spans: shown?.spans ?? [],
    rows: shown?.rows ?? [],
    runtimeId: shown?.runtimeId ?? new Uint8Array(32),
    queryGradientCid: shown?.queryGradientCid ?? "",
    queryExponent: shown?.queryExponent ?? 0,
    spanRoot: shown?.spanRoot ?? new Uint8Array(0),
    spanProofsCid: shown?.spanProofsCid ?? "",
  };
}

function shareDistance(a: readonly ContributorScore[], b: readonly ContributorScore[]): bigint {
  const [left, right] = [scoreShares(a), scoreShares(b)];
  const accounts = [...new Set([...left, ...right].map((s) => s.contributor))];
  const of = (shares: typeof left, account: string): bigint => shares.find((s) => s.contributor === account)?.ppm ?? 0n;
  return accounts.reduce((sum, account) => sum + absolute(of(left, account) - of(right, account)), 0n);
}

/** Whether an outcome pays almost the same people almost the same as the median does. */
export function isCloseTo(median: AttributionOutcome, outcome: AttributionOutcome): boolean {
  return (
    shareDistance(median.influence, outcome.influence) <= 2n * CLOSE_PPM &&
    shareDistance(median.spanScores, outcome.spanScores) <= 2n * CLOSE_PPM
  );
}
