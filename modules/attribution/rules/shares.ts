import { WHOLE_PPM, compareAscii } from "../../../chain/primitives/index.js";
import { apportion } from "./apportion.js";

/** One signed score; an account may have several. */
export interface Score {
  readonly contributor: string;
  readonly score: bigint;
}

/** A contributor's whole score, and its share of what is above zero. */
export interface ScoreShare {
  readonly contributor: string;
  /** Signed sum, before the clamp. */
  readonly score: bigint;
  /** Parts per million. */
  readonly ppm: bigint;
}

/** Signed sums per contributor, in ASCII order. */
export function sumScores(scores: readonly Score[]): Score[] {
  const sums = new Map<string, bigint>();
  for (const { contributor, score } of scores) sums.set(contributor, (sums.get(contributor) ?? 0n) + score);
  return [...sums.entries()]
    .sort((a, b) => compareAscii(a[0], b[0]))
    .map(([contributor, score]) => ({ contributor, score }));
}

/**
 * Shares in parts per million, in ASCII order of contributors (attribution.md §8.2): signed sums per contributor
 * first, clamped at zero after, then largest remainder with ties to the lower account. Splitting one's rows over
 * several entries changes nothing, because the sum comes first. The shares sum to 1,000,000, or to 0 when no sum is
 * above zero.
 */
export function scoreShares(scores: readonly Score[]): ScoreShare[] {
  const sums = sumScores(scores);
  const weights = sums.map(({ contributor, score }) => ({ key: contributor, weight: score > 0n ? score : 0n }));
  const parts = apportion(WHOLE_PPM, weights);
  return sums.map((sum, i) => ({ ...sum, ppm: parts[i] ?? 0n }));
}
