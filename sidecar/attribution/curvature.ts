import { SidecarError } from "../errors.js";
import { addScaled, innerProduct } from "./trainable.js";

/**
 * Solves with a damped curvature F + lambda I, where F is the mean of y y^T over a few vectors y, without ever forming F: by the
 * Woodbury identity it takes a Cholesky factor of one row and column per vector. Float64, additions in a fixed order, no function
 * but the square root, so the bits are the same everywhere.
 */
export interface DampedCurvature {
  /** (F + lambda I)^-1 b. */
  solve(b: Float64Array): Float64Array;
  readonly lambda: number;
}

/** Damping relative to the mean eigenvalue: a constant of consensus (attribution.md §1.6). */
export const DAMPING = 0.1;

/** Smallest damping, for vectors that are all zero. */
const LEAST = 1e-30;

/** @throws Reject sidecar/12 when the vectors are not finite. */
export async function dampedCurvature(
  vectors: readonly Float32Array[],
  pause: () => Promise<void>,
  damping = DAMPING,
): Promise<DampedCurvature> {
  const n = vectors.length;
  const gram = new Float64Array(n * n);
  let trace = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) gram[i * n + j] = innerProduct(vectors[i] ?? [], vectors[j] ?? []);
    trace += gram[i * n + i] as number;
    await pause();
  }
  // Eigenvalues of F that are not zero by construction: those of gram / n, whose mean is trace / n^2.
  const lambda = Math.max((damping * trace) / n / n, LEAST);
  if (!Number.isFinite(lambda)) throw SidecarError.NotFinite();
  for (let i = 0; i < n; i++) gram[i * n + i] = (gram[i * n + i] as number) + n * lambda;
  const factor = cholesky(gram, n);
  return {
    lambda,
    solve: (b) => {
      const out = b.slice();
      const inner = solveFactored(factor, n, Float64Array.from(vectors, (y) => innerProduct(y, b)));
      vectors.forEach((y, i) => {
        addScaled(out, y, -(inner[i] as number));
      });
      return out.map((x) => x / lambda);
    },
  };
}

/**
 * The lower factor L of a symmetric positive definite matrix given by its lower half, row by row: a = L L^T.
 * @throws Reject sidecar/12 when the matrix is not positive definite.
 */
export function cholesky(a: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j] as number;
      for (let k = 0; k < j; k++) sum -= (out[i * n + k] as number) * (out[j * n + k] as number);
      if (i !== j) out[i * n + j] = sum / (out[j * n + j] as number);
      else if (sum > 0) out[i * n + i] = Math.sqrt(sum);
      else throw SidecarError.NotFinite("curvature is not positive definite");
    }
  }
  return out;
}

/** Solves L L^T x = b. */
export function solveFactored(factor: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    let sum = x[i] as number;
    for (let k = 0; k < i; k++) sum -= (factor[i * n + k] as number) * (x[k] as number);
    x[i] = sum / (factor[i * n + i] as number);
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i] as number;
    for (let k = i + 1; k < n; k++) sum -= (factor[k * n + i] as number) * (x[k] as number);
    x[i] = sum / (factor[i * n + i] as number);
  }
  return x;
}
