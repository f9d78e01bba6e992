import { backward, forward } from "../../../sidecar/classifier/network.js";
import type { Forward, Network } from "../../../sidecar/classifier/network.js";
import type { MatmulBackend } from "../../../sidecar/ops/backend.js";
import { matrix, transpose } from "../../../sidecar/ops/matrix.js";
import type { Matrix } from "../../../sidecar/ops/matrix.js";
import { batchOf } from "../data/samples.js";
import type { Samples } from "../data/samples.js";

/**
 * Per-sample gradients in factors: the gradient at layer l is outer(input with a 1 for the bias, slopes), so inner products
 * of gradients are products of inner products, and no gradient is ever written out or projected.
 */
export interface Factors {
  readonly count: number;
  readonly inputs: readonly Matrix[];
  readonly slopes: readonly Matrix[];
  /** Probability of the sample's own label. */
  readonly confidence: Float64Array;
  readonly losses: Float64Array;
}

const PIECE = 500;

/** `label(pass, k)` in place of the true label of the pass's k-th sample. */
export function factorsOf(
  at: { readonly network: Network; readonly theta: Float32Array; readonly samples: Samples },
  rows: readonly number[],
  label?: (pass: Forward, k: number) => number,
): Factors {
  const { network, theta, samples } = at;
  const inputs = network.layers.map((l) => new Float32Array(rows.length * (l.inputs + 1)));
  const slopes = network.layers.map((l) => new Float32Array(rows.length * l.outputs));
  const losses = new Float64Array(rows.length);
  for (let first = 0; first < rows.length; first += PIECE) {
    const pass = forward(network, theta, batchOf(samples, rows.slice(first, first + PIECE)));
    const labels = label === undefined ? pass.labels : Array.from(pass.labels, (_, k) => label(pass, k));
    losses.set(pass.losses, first);
    backward(network, theta, pass, labels).forEach((own, l) => slopes[l]?.set(own.data, first * own.cols));
    pass.inputs.forEach((own, l) => copyWithOne(inputs[l] as Float32Array, own, first));
  }
  return {
    count: rows.length,
    inputs: inputs.map((data, l) => matrix(rows.length, (network.layers[l]?.inputs ?? 0) + 1, data)),
    slopes: slopes.map((data, l) => matrix(rows.length, network.layers[l]?.outputs ?? 0, data)),
    confidence: losses.map((x) => Math.exp(-x)),
    losses,
  };
}

function copyWithOne(to: Float32Array, { rows, cols, data }: Matrix, first: number): void {
  for (let r = 0; r < rows; r++) {
    const at = (first + r) * (cols + 1);
    to.set(data.subarray(r * cols, (r + 1) * cols), at);
    to[at + cols] = 1;
  }
}

/** Inner products of all gradients of `a` with all of `b`, at one layer. */
export function layerGram(backend: MatmulBackend, a: Factors, b: Factors, l: number): Float32Array {
  const out = new Float32Array(a.count * b.count);
  const right = { inputs: transpose(b.inputs[l] as Matrix), slopes: transpose(b.slopes[l] as Matrix) };
  for (let first = 0; first < a.count; first += PIECE) {
    const x = backend.multiply(pieceOf(a.inputs[l] as Matrix, first), right.inputs).data;
    const d = backend.multiply(pieceOf(a.slopes[l] as Matrix, first), right.slopes).data;
    const at = first * b.count;
    for (let k = 0; k < x.length; k++) out[at + k] = (x[k] as number) * (d[k] as number);
  }
  return out;
}

function pieceOf({ rows, cols, data }: Matrix, first: number): Matrix {
  const last = Math.min(rows, first + PIECE);
  return matrix(last - first, cols, data.subarray(first * cols, last * cols));
}

/** Inner products over all layers: `a.count` x `b.count`. */
export function gram(backend: MatmulBackend, a: Factors, b: Factors): Matrix {
  const out = new Float32Array(a.count * b.count);
  a.inputs.forEach((_, l) => {
    const own = layerGram(backend, a, b, l);
    for (let k = 0; k < out.length; k++) out[k] = (out[k] as number) + (own[k] as number);
  });
  return matrix(a.count, b.count, out);
}

/** Squared length of each gradient at one layer. */
export function layerNorms(f: Factors, l: number): Float64Array {
  const square = ({ cols, data }: Matrix, r: number): number => {
    let sum = 0;
    for (let k = r * cols; k < (r + 1) * cols; k++) sum += (data[k] as number) ** 2;
    return sum;
  };
  return Float64Array.from({ length: f.count }, (_, r) => square(f.inputs[l] as Matrix, r) * square(f.slopes[l] as Matrix, r));
}

/** Mean squared length over samples: the mean eigenvalue of the Gram matrix, to which damping is relative. */
export function meanSquare(f: Factors): number {
  return f.inputs.reduce((sum, _, l) => sum + layerNorms(f, l).reduce((a, b) => a + b, 0), 0) / f.count;
}

/**
 * Solves (K + damping) x = b for every row b of `right` by conjugate gradients, all rows together. K is symmetric and
 * positive semi-definite.
 */
export function solve(backend: MatmulBackend, k: Matrix, right: Matrix, options: { damping: number; iterations: number }): Matrix {
  const held = backend.hold(k);
  const apply = (p: Float32Array): Float32Array => {
    const out = backend.multiply(matrix(right.rows, right.cols, p), held).data;
    for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) + options.damping * (p[i] as number);
    return out;
  };
  const x = conjugateGradients(apply, right, options.iterations);
  held.release();
  return x;
}

/** `apply` multiplies every row by one symmetric positive definite matrix. A row ends where it is solved to 1e-5, or the curvature is not positive. */
export function conjugateGradients(apply: (rows: Float32Array) => Float32Array, right: Matrix, iterations: number): Matrix {
  const { rows, cols } = right;
  const x = new Float32Array(rows * cols);
  const r = right.data.slice();
  const p = r.slice();
  const begin = Array.from({ length: rows }, (_, q) => dotRow(r, r, q, cols));
  let rr = begin.slice();
  for (let it = 0; it < iterations && rr.some((v, q) => v > 1e-10 * (begin[q] as number)); it++) {
    const kp = apply(p);
    for (let q = 0; q < rows; q++) {
      const curvature = dotRow(p, kp, q, cols);
      if (curvature <= 0) {
        rr[q] = 0;
        p.fill(0, q * cols, (q + 1) * cols);
        r.fill(0, q * cols, (q + 1) * cols);
        continue;
      }
      const alpha = (rr[q] as number) / curvature;
      for (let i = q * cols; i < (q + 1) * cols; i++) {
        x[i] = (x[i] as number) + alpha * (p[i] as number);
        r[i] = (r[i] as number) - alpha * (kp[i] as number);
      }
    }
    const next = rr.map((_, q) => dotRow(r, r, q, cols));
    for (let q = 0; q < rows; q++) {
      const beta = (rr[q] as number) > 0 ? (next[q] as number) / (rr[q] as number) : 0;
      for (let i = q * cols; i < (q + 1) * cols; i++) p[i] = (r[i] as number) + beta * (p[i] as number);
    }
    rr = next;
  }
  return matrix(rows, cols, x);
}

function dotRow(a: Float32Array, b: Float32Array, row: number, cols: number): number {
  let sum = 0;
  for (let i = row * cols; i < (row + 1) * cols; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
