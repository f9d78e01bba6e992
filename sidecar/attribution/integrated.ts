import { addScaled } from "./trainable.js";

/**
 * `integrated-v1` (attribution.md §1.6, §8.1), for disputes and large coalitions: the derivative by a contributor's weight, averaged over
 * runs in which all rows weigh w, after the rule of Aumann and Shapley. With the whole path from 0 to 1 the
 * contributors' parts sum to what all data together did to the loss.
 */
export interface Node {
  /** What every row weighs in the run. */
  readonly weight: number;
  /** Share of the mean that falls to the run. */
  readonly share: number;
}

/** The rule of consensus: half and full weight, which the lab found as good as any for a LoRA. */
export const INTEGRATED_NODES: readonly Node[] = [
  { weight: 0.5, share: 0.5 },
  { weight: 1, share: 0.5 },
];

/** Gauss-Legendre nodes of the unit interval, exact for polynomials of degree 5 (Abramowitz and Stegun 25.4.30). */
export const GAUSS_3: readonly Node[] = [
  { weight: 0.1127016653792583, share: 0.2777777777777778 },
  { weight: 0.5, share: 0.4444444444444444 },
  { weight: 0.8872983346207417, share: 0.2777777777777778 },
];

/** The mean over the nodes, contributor by contributor; `runs` in the order of `nodes`. */
export function integratedVectors(nodes: readonly Node[], runs: readonly (readonly Float32Array[])[]): Float32Array[] {
  const [first = []] = runs;
  return first.map((like, c) => {
    const sum = new Float64Array(like.length);
    nodes.forEach(({ share }, i) => {
      addScaled(sum, runs[i]?.[c] ?? [], share);
    });
    return Float32Array.from(sum);
  });
}
