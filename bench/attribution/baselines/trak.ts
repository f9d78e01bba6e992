import { cholesky, solveFactored } from "../../../sidecar/attribution/curvature.js";
import { innerProduct } from "../../../sidecar/attribution/trainable.js";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import type { Damping } from "./datainf.js";
import type { Scores, Vectors } from "./grad-dot.js";

/**
 * One model of the ensemble. Features are gradients of the margin log(p / (1 - p)) of the right answer; `doubt` is 1 - p of
 * each row.
 */
export interface TrakMember {
  readonly rows: Vectors;
  readonly queries: Vectors;
  readonly doubt: ArrayLike<number>;
}

/**
 * TRAK (arXiv 2303.14186, equation 17): projections onto the rows' features and the factor 1 - p, each averaged over the ensemble, then
 * multiplied. `ridge` is added to the kernel, as it is or relative to its mean diagonal; without projection there are more features
 * than rows, and it must be above zero.
 */
export function trak(members: readonly TrakMember[], ridge: Damping): Scores {
  const onto = members.map((m) => projections(m, ridge));
  const rows = members[0]?.rows.length ?? 0;
  const doubt = Float64Array.from({ length: rows }, (_, i) => members.reduce((sum, m) => sum + (m.doubt[i] as number), 0) / members.length);
  return (members[0]?.queries ?? []).map((_, q) =>
    doubt.map((d, i) => (d * onto.reduce((sum, scores) => sum + (scores[q]?.[i] ?? 0), 0)) / members.length),
  );
}

/** q (X^T X + r I)^-1 X^T, computed among the rows: X^T (X X^T + r I)^-1 is the same matrix. */
function projections({ rows, queries }: TrakMember, ridge: Damping): Scores {
  const n = rows.length;
  const kernel = new Float64Array(n * n);
  let trace = 0;
  rows.forEach((a, i) => {
    for (let j = 0; j <= i; j++) kernel[i * n + j] = innerProduct(a, rows[j] ?? []);
    trace += kernel[i * n + i] as number;
  });
  const added = "absolute" in ridge ? ridge.absolute : (ridge.relative * trace) / n;
  for (let i = 0; i < n; i++) kernel[i * n + i] = (kernel[i * n + i] as number) + added;
  const factor = cholesky(kernel, n);
  return queries.map((q) => solveFactored(factor, n, Float64Array.from(rows, (row) => innerProduct(row, q))));
}

/** Features projected to `width` numbers by random signs, as TRAK does; the seed is the member's. */
export function signProjection(vectors: Vectors, width: number, seed: bigint): Vectors {
  const size = vectors[0]?.length ?? 0;
  const out = vectors.map(() => new Float32Array(width));
  const random = new Xoshiro(seed);
  for (let k = 0; k < width; k++) {
    const signs = Float32Array.from({ length: size }, () => (random.next() & 1 ? 1 : -1));
    vectors.forEach((v, i) => {
      const row = out[i];
      if (row !== undefined) row[k] = innerProduct(v, signs) / Math.sqrt(width);
    });
  }
  return out;
}
