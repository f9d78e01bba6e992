import type { Matrix } from "../matrix.js";

/** How heads lie in the columns of a fused [queries | keys | values] projection, and sequences in its rows. */
export interface HeadLayout {
  readonly heads: number;
  /** Heads of keys and values: a divisor of `heads`, whose queries share them in order (grouped-query attention). */
  readonly keyHeads: number;
  /** Columns of one head: a multiple of 4. */
  readonly size: number;
  /** Rows of each sequence, end to end. */
  readonly lengths: readonly number[];
}

/** A normalised matrix and what the way back needs. */
export interface Normalised {
  readonly out: Float32Array;
  /** Before gain and bias. */
  readonly unit: Float32Array;
  /** 1 / sqrt(variance + epsilon), by row. */
  readonly inverse: Float32Array;
}

/**
 * What costs time beside products, in float32. Two implementations with the same bits: WebAssembly SIMD (the product's) and
 * JavaScript (the oracle, and what runs beside the scalar binary). Sums over a row add up lanes c mod 4 first.
 */
export interface Kernels {
  /** GELU in its tanh form, and its slope. */
  gelu(x: Float32Array): { readonly out: Float32Array; readonly slope: Float32Array };
  layerNorm(x: Matrix, gain: Float32Array, bias: Float32Array, epsilon: number): Normalised;
  layerNormBack(gradient: Float32Array, kept: Normalised, gain: Float32Array): Float32Array;
  /** Softmax of each row, with the row's largest value and the sum of exp(x - largest). */
  softmaxRows(x: Matrix): { readonly out: Float32Array; readonly largest: Float32Array; readonly sums: Float32Array };
  /** Causal attention; the weights of each sequence and head in turn (length x length rounded up to 4) when `keep`. */
  attend(qkv: Matrix, layout: HeadLayout, keep: boolean): { readonly out: Float32Array; readonly weights: readonly Float32Array[] };
  /** Gradient of the fused projection. */
  attendBack(qkv: Matrix, layout: HeadLayout, kept: { weights: readonly Float32Array[]; gradient: Float32Array }): Float32Array;
}

/** Columns of the heads' queries, keys and values. */
export function headColumns({ heads, keyHeads, size }: HeadLayout, head: number): { q: number; k: number; v: number } {
  const shared = Math.floor(head / (heads / keyHeads));
  return { q: head * size, k: (heads + shared) * size, v: (heads + keyHeads + shared) * size };
}

/** Rounded up to a multiple of 4. */
export function padded(n: number): number {
  return (n + 3) & ~3;
}
