import { compareAscii, compareBigints } from "../../../chain/primitives/index.js";

/** Something that gets a part in proportion to its weight. */
export interface Weighted {
  /** Decides ties: the lower in ASCII order first. Distinct. */
  readonly key: string;
  /** Not negative. */
  readonly weight: bigint;
}

/**
 * Parts of `whole` in proportion to the weights, each rounded down; what rounding leaves goes out one at a time,
 * largest lost fraction first, ties to the lower key. The parts stand in the order given and sum to `whole`; all are
 * zero when no weight is above zero.
 */
export function apportion(whole: bigint, weights: readonly Weighted[]): bigint[] {
  const total = weights.reduce((sum, w) => sum + w.weight, 0n);
  if (total === 0n) return weights.map(() => 0n);
  const parts = weights.map(({ key, weight }) => {
    const exact = whole * weight;
    return { key, part: exact / total, lost: exact % total };
  });
  const left = Number(whole - parts.reduce((sum, p) => sum + p.part, 0n));
  parts
    .toSorted((a, b) => compareBigints(b.lost, a.lost) || compareAscii(a.key, b.key))
    .slice(0, left)
    .forEach((portion) => (portion.part += 1n));
  return parts.map((p) => p.part);
}
