import { innerProduct } from "../../../sidecar/attribution/trainable.js";
import type { Scores, Vectors } from "./grad-dot.js";
import { sumScores } from "./tracin-cp.js";

/** Positions of one layer in the gradients, end exclusive. */
export interface Layer {
  readonly from: number;
  readonly to: number;
}

/** One number for all, or relative: for DataInf to the layer's mean squared gradient entry, as its authors choose it. */
export type Damping = { readonly relative: number } | { readonly absolute: number };

/** Relative dampings from the published 0.1 up: report the best, so that the baseline is no straw man. */
export const DATAINF_GRID = [0.1, 1, 10, 100, 1000, 10_000] as const;

/**
 * DataInf (arXiv 2310.00902, equation 5): per layer, the inverse of a mean of damped outer products is replaced by the
 * mean of their inverses, each of which Sherman and Morrison give in closed form. What OpenLedger describes for small models.
 */
export function dataInf(rows: Vectors, queries: Vectors, options: { readonly layers: readonly Layer[]; readonly damping: Damping }): Scores {
  const { layers, damping } = options;
  return sumScores(
    layers.map(({ from, to }) => {
      const part = (v: Float32Array): Float32Array => v.subarray(from, to);
      return layerScores(rows.map(part), queries.map(part), damping);
    }),
  );
}

function layerScores(rows: Vectors, queries: Vectors, damping: Damping): Scores {
  const n = rows.length;
  const among = rows.map((a) => Float64Array.from(rows, (b) => innerProduct(a, b)));
  const square = (i: number): number => among[i]?.[i] ?? 0;
  const mean = rows.reduce((sum, row, i) => sum + square(i) / row.length, 0) / n;
  const lambda = "absolute" in damping ? damping.absolute : damping.relative * mean;
  if (lambda === 0) return queries.map(() => new Float64Array(n));
  return queries.map((query) => {
    const direct = rows.map((row) => innerProduct(query, row));
    const inner = direct.map((d, i) => d / (lambda + square(i)) / n);
    return Float64Array.from(direct, (d, k) => (d - innerProduct(inner, among[k] ?? [])) / lambda);
  });
}
