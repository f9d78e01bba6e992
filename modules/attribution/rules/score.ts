/**
 * Scores of every method that leaves one vector per contributor, in integers only, so that a browser, a wallet or another language recomputes them exactly from the
 * published int8 vectors. No imports: this file is shared as it is.
 */

/** The vector `values * 2^exponent`. */
export interface Int8Vector {
  readonly exponent: number;
  readonly values: Int8Array;
}

export interface ContributorVector extends Int8Vector {
  readonly contributor: string;
}

export interface ScaledScores {
  /** In the order of the vectors. Positive: the contributor's data lowered the loss of the answer. */
  readonly scores: readonly { readonly contributor: string; readonly score: bigint }[];
  /** A score of 1 is 2^exponent nats of the answer's mean loss. */
  readonly exponent: number;
}

/** Exponents further than this below the largest count as this far: keeps every score inside int64 for 2^20 parameters. */
export const EXPONENT_SPAN = 24;

/** Sum of products. Exact: each term is below 2^14, and 2^39 of them would be needed to leave the safe integers. */
export function dot(a: Int8Array, b: Int8Array): bigint {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return BigInt(sum);
}

function shift(value: bigint, bits: number): bigint {
  return bits >= 0 ? value << BigInt(bits) : value / (1n << BigInt(-bits));
}

/**
 * `score[c] = -sum_j g[j] U[c][j]`, brought to one exponent: a positive derivative of the loss means that more of c's data
 * would have hurt. What falls below the common unit rounds towards zero.
 */
export function scoreVectors(query: Int8Vector, vectors: readonly ContributorVector[]): ScaledScores {
  const exponents = vectors.filter((t) => t.values.some((x) => x !== 0)).map((t) => t.exponent);
  if (exponents.length === 0) {
    return { scores: vectors.map(({ contributor }) => ({ contributor, score: 0n })), exponent: query.exponent };
  }
  const highest = exponents.reduce((a, b) => Math.max(a, b));
  const lowest = exponents.reduce((a, b) => Math.min(a, b));
  const common = Math.max(lowest, highest - EXPONENT_SPAN);
  const scores = vectors.map(({ contributor, exponent, values }) => ({
    contributor,
    score: shift(-dot(query.values, values), exponent - common),
  }));
  return { scores, exponent: query.exponent + common };
}
