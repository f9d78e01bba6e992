import { addScaled, innerProduct } from "./trainable.js";

/** A cohort: the tangent it shares, and what is known of each member alone. */
export interface Cohort {
  readonly tangent: Float32Array;
  /** Influence at the final parameters, in the order of the members. */
  readonly estimates: readonly Float32Array[];
  /** Sequences of each member in the data; what the estimates do not explain is divided by these. */
  readonly sizes: readonly number[];
}

/**
 * Divides a cohort's tangent among its members: each gets its estimate, scaled by the one factor that brings their sum closest to
 * the tangent (never below zero), and a share by size of what then remains. The parts sum to the tangent, so that a cohort as a whole
 * is paid for exactly what it did; within it, by an estimate.
 */
export function divideTangent({ tangent, estimates, sizes }: Cohort): Float32Array[] {
  const sum = new Float64Array(tangent.length);
  for (const estimate of estimates) addScaled(sum, estimate);
  const square = innerProduct(sum, sum);
  const factor = square === 0 ? 0 : Math.max(0, innerProduct(sum, tangent) / square);
  const rest = Float64Array.from(tangent, (x, i) => x - factor * (sum[i] as number));
  const total = sizes.reduce((a, b) => a + b, 0);
  return estimates.map((estimate, c) => {
    const share = total === 0 ? 1 / estimates.length : (sizes[c] ?? 0) / total;
    return Float32Array.from(rest, (x, i) => factor * (estimate[i] as number) + share * x);
  });
}
