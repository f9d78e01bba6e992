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

/** scale * x down up, which is added to the columns of another matrix that begin at `from`. */
export interface LowRank {
  readonly x: Matrix;
  /** Columns of x by rank. */
  readonly down: Matrix;
  /** Rank by columns of the update. */
  readonly up: Matrix;
  readonly from: number;
  readonly scale: number;
}

/** What the way back of a low-rank update is given. */
export interface LowRankKept {
  /** x down: rows by the rank rounded up to 4. */
  readonly z: Float32Array;
  /** Gradient of the matrix that was added to. */
  readonly gradient: Matrix;
  /** Rows of each part whose weights have a gradient of their own. */
  readonly parts: readonly number[];
  /** Whether the gradient of x is wanted. */
  readonly wantX: boolean;
}

/** By part for the weights; of all rows for x. */
export interface LowRankGradients {
  readonly down: Float32Array[];
  readonly up: Float32Array[];
  readonly x: Float32Array | undefined;
}

/**
 * What costs time beside products, in float32. Two implementations with the same bits: WebAssembly SIMD (the product's) and
 * JavaScript (the oracle, and what runs beside the scalar binary). Sums over a row add up lanes c mod 4 first.
 */
export interface Kernels {
  /** GELU in its tanh form, and its slope. */
  gelu(x: Float32Array): { readonly out: Float32Array; readonly slope: Float32Array };
  /** x s(x) times `by`, s the logistic function (SwiGLU's inside); the slopes by x and by `by`. */
  gated(x: Float32Array, by: Float32Array): { readonly out: Float32Array; readonly slope: Float32Array; readonly silu: Float32Array };
  layerNorm(x: Matrix, gain: Float32Array, bias: Float32Array, epsilon: number): Normalised;
  layerNormBack(gradient: Float32Array, kept: Normalised, gain: Float32Array): Float32Array;
  /** Each row by its root mean square, then times gain. */
  rmsNorm(x: Matrix, gain: Float32Array, epsilon: number): Normalised;
  rmsNormBack(gradient: Float32Array, kept: Normalised, gain: Float32Array): Float32Array;
  /** Softmax of each row, with the row's largest value and the sum of exp(x - largest). */
  softmaxRows(x: Matrix): { readonly out: Float32Array; readonly largest: Float32Array; readonly sums: Float32Array };
  /** Causal attention; the weights of each sequence and head in turn (length x length rounded up to 4) when `keep`. */
  attend(qkv: Matrix, layout: HeadLayout, keep: boolean): { readonly out: Float32Array; readonly weights: readonly Float32Array[] };
  /** Gradient of the fused projection, from that of the result. */
  attendBack(qkv: Matrix, layout: HeadLayout, kept: { weights: readonly Float32Array[]; gradient: Float32Array }): Float32Array;
  /** Adds the update to `y` in place; returns x down. */
  lowRank(update: LowRank, y: Matrix): Float32Array;
  lowRankBack(update: LowRank, kept: LowRankKept): LowRankGradients;
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
