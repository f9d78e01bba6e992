import { Xoshiro } from "../../sidecar/random/xoshiro.js";

/** `count` random subsets of `n` rows, each keeping `round(share * n)`: 1 for a kept row, 0 for a dropped one. */
export function drawSubsets(n: number, count: number, options: { readonly share: number; readonly seed: bigint }): Uint8Array[] {
  const random = new Xoshiro(options.seed);
  const keep = Math.round(options.share * n);
  return Array.from({ length: count }, () => {
    const kept = new Uint8Array(n);
    for (const i of random.permutation(n).subarray(0, keep)) kept[i] = 1;
    return kept;
  });
}

/** Every row but those of one contributor, for each contributor. */
export function leaveOutContributors(contributor: readonly number[], contributors: number): Uint8Array[] {
  return Array.from({ length: contributors }, (_, c) => Uint8Array.from(contributor, (own) => (own === c ? 0 : 1)));
}

/** Row influence summed within contributors, signed. */
export function byContributor(rows: ArrayLike<number>, contributor: readonly number[], contributors: number): Float64Array {
  const out = new Float64Array(contributors);
  contributor.forEach((c, i) => (out[c] = (out[c] ?? 0) + (rows[i] ?? 0)));
  return out;
}
