import { innerProduct } from "../../../sidecar/attribution/trainable.js";

/** One vector per row or query: gradients of their losses, or features. */
export type Vectors = readonly Float32Array[];

/** Per query, a score for every row. Positive: the row's presence lowers the query's loss. */
export type Scores = readonly Float64Array[];

/** Inner product of the gradients at the end of training: influence with the identity in the Hessian's place. */
export function gradDot(rows: Vectors, queries: Vectors): Scores {
  return queries.map((q) => Float64Array.from(rows, (row) => innerProduct(row, q)));
}

/** Their cosine; 0 for a zero gradient. */
export function gradCos(rows: Vectors, queries: Vectors): Scores {
  const lengths = rows.map(length);
  return gradDot(rows, queries).map((scores, q) => {
    const own = length(queries[q] ?? []);
    return scores.map((s, i) => (s === 0 ? 0 : s / own / (lengths[i] as number)));
  });
}

function length(a: ArrayLike<number>): number {
  return Math.sqrt(innerProduct(a, a));
}
