/**
 * `relu` as in the published recipes; `silu` (x times its sigmoid) where the training must have derivatives that mean
 * something: a ReLU's kinks make the result jump as a weight moves (metasmoothness, attribution.md §8.1).
 */
export type Activation = "relu" | "silu";

export function bend(kind: Activation, values: Float32Array): Float32Array {
  if (kind === "relu") return values.map((x) => (x > 0 ? x : 0));
  return values.map((x) => x / (1 + Math.exp(-x)));
}

/** First derivative. */
export function slope(kind: Activation, x: number): number {
  if (kind === "relu") return x > 0 ? 1 : 0;
  const s = 1 / (1 + Math.exp(-x));
  return s + x * s * (1 - s);
}

/** Second derivative. */
export function curve(kind: Activation, x: number): number {
  if (kind === "relu") return 0;
  const s = 1 / (1 + Math.exp(-x));
  return s * (1 - s) * (2 + x * (1 - 2 * s));
}
