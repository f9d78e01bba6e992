import type { Matrix } from "../matrix.js";
import { headColumns, padded } from "./kernels.js";
import type { HeadLayout, Kernels, LowRank, LowRankGradients, LowRankKept, Normalised } from "./kernels.js";

/**
 * The kernels in JavaScript, rounded to float32 after every operation: the same arithmetic as kernels.as, operation by
 * operation, lane by lane. IEEE 754 fixes + - * / sqrt, and `Math.fround` after the float64 operation is exactly the float32
 * one, so that two independent programs agree bit by bit.
 */
const round = Math.fround;

const LOG2E = round(1.44269504);
const LN2_HIGH = round(0.693359375);
const LN2_LOW = round(-2.1219444e-4);
const POLYNOMIAL = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1].map(round);

/** 2^n for -126 <= n <= 127. */
const POWERS = Float64Array.from({ length: 254 }, (_, i) => 2 ** (i - 126));

/** e^x in float32 (Cephes' polynomial): zero below -87, e^88 above 88. */
export function exp32(x: number): number {
  if (x < -87) return 0;
  if (Number.isNaN(x)) return x;
  const bounded = x > 88 ? 88 : x;
  const n = Math.floor(round(round(bounded * LOG2E) + 0.5));
  const r = round(round(bounded - round(n * LN2_HIGH)) - round(n * LN2_LOW));
  let p = POLYNOMIAL[0] as number;
  for (let i = 1; i < 6; i++) p = round(round(p * r) + (POLYNOMIAL[i] as number));
  const y = round(round(round(round(p * r) * r) + r) + 1);
  return round(y * (POWERS[n + 126] as number));
}

/** Sum of term(0..n-1), lanes first. */
function laneSum(n: number, term: (c: number) => number): number {
  const lanes = [0, 0, 0, 0];
  for (let c = 0; c < n; c++) lanes[c & 3] = round((lanes[c & 3] as number) + term(c));
  const [a = 0, b = 0, c = 0, d = 0] = lanes;
  return round(round(a + b) + round(c + d));
}

const SLOPE = round(1.5957691216);
const CUBIC = round(0.044715);
const CUBIC_3 = round(0.134145);

function gelu(x: Float32Array): { out: Float32Array; slope: Float32Array } {
  const out = new Float32Array(x.length);
  const slope = new Float32Array(x.length);
  x.forEach((v, i) => {
    const square = round(v * v);
    const e = exp32(round(round(v * SLOPE) * round(round(square * CUBIC) + 1)));
    const rest = round(1 / round(e + 1));
    const s = round(e * rest);
    const bend = round(SLOPE * round(round(square * CUBIC_3) + 1));
    out[i] = round(v * s);
    slope[i] = round(s + round(round(round(v * s) * rest) * bend));
  });
  return { out, slope };
}

function gated(x: Float32Array, by: Float32Array): { out: Float32Array; slope: Float32Array; silu: Float32Array } {
  const out = new Float32Array(x.length);
  const slope = new Float32Array(x.length);
  const silu = new Float32Array(x.length);
  x.forEach((v, i) => {
    const b = by[i] as number;
    const s = round(1 / round(exp32(-v) + 1));
    const product = round(v * s);
    silu[i] = product;
    out[i] = round(product * b);
    slope[i] = round(round(s + round(product * round(1 - s))) * b);
  });
  return { out, slope, silu };
}

/** The affine part of a norm, and whether rows are centred before they are scaled. */
interface Affine {
  readonly gain: Float32Array;
  readonly bias: Float32Array;
  readonly centred: boolean;
}

function normalise({ rows, cols, data }: Matrix, { gain, bias, centred }: Affine, epsilon: number): Normalised {
  const out = new Float32Array(data.length);
  const unit = new Float32Array(data.length);
  const inverse = new Float32Array(rows);
  for (let r = 0, at = 0; r < rows; r++, at += cols) {
    const mean = centred ? round(laneSum(cols, (c) => data[at + c] as number) / cols) : 0;
    const squares = laneSum(cols, (c) => {
      const d = round((data[at + c] as number) - mean);
      return round(d * d);
    });
    const scale = round(1 / round(Math.sqrt(round(round(squares / cols) + round(epsilon)))));
    inverse[r] = scale;
    for (let c = 0; c < cols; c++) {
      const u = round(round((data[at + c] as number) - mean) * scale);
      unit[at + c] = u;
      out[at + c] = round(round(u * (gain[c] as number)) + (bias[c] as number));
    }
  }
  return { out, unit, inverse };
}

function normaliseBack(gradient: Float32Array, { unit, inverse }: Normalised, { gain, centred }: Omit<Affine, "bias">): Float32Array {
  const cols = gain.length;
  const out = new Float32Array(gradient.length);
  inverse.forEach((scale, r) => {
    const at = r * cols;
    const slopeAt = (c: number): number => round((gradient[at + c] as number) * (gain[c] as number));
    const mean = centred ? round(laneSum(cols, slopeAt) / cols) : 0;
    const along = round(laneSum(cols, (c) => round(slopeAt(c) * (unit[at + c] as number))) / cols);
    for (let c = 0; c < cols; c++) {
      out[at + c] = round(scale * round(round(slopeAt(c) - mean) - round((unit[at + c] as number) * along)));
    }
  });
  return out;
}

/** In place, over the first n from `at`; returns the largest and the sum. */
function softmax(a: Float32Array, at: number, n: number): { max: number; sum: number } {
  let max = a[at] as number;
  for (let c = 1; c < n; c++) if ((a[at + c] as number) > max) max = a[at + c] as number;
  for (let c = 0; c < n; c++) a[at + c] = exp32(round((a[at + c] as number) - max));
  const sum = laneSum(n, (c) => a[at + c] as number);
  const inverse = round(1 / sum);
  for (let c = 0; c < n; c++) a[at + c] = round((a[at + c] as number) * inverse);
  return { max, sum };
}

function softmaxRows({ rows, cols, data }: Matrix): { out: Float32Array; largest: Float32Array; sums: Float32Array } {
  const out = data.slice();
  const largest = new Float32Array(rows);
  const sums = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    const { max, sum } = softmax(out, r * cols, cols);
    largest[r] = max;
    sums[r] = sum;
  }
  return { out, largest, sums };
}

/** Sequential dot products and mixtures of one head; rows of `a` begin at `first`, columns at the given ones. */
interface Rows {
  readonly data: Float32Array;
  readonly stride: number;
  readonly first: number;
  readonly column: number;
}

function entry({ data, stride, first, column }: Rows, row: number, c: number): number {
  return data[(first + row) * stride + column + c] as number;
}

/** out[i, j] = sum over c of (a[i, c] scale) b[j, c], for j <= i. */
function lowerDots(a: Rows, b: Rows, shape: { length: number; size: number; scale: number }): Float32Array {
  const span = padded(shape.length);
  const out = new Float32Array(shape.length * span);
  for (let i = 0; i < shape.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0; c < shape.size; c++) sum = round(sum + round(round(entry(a, i, c) * shape.scale) * entry(b, j, c)));
      out[i * span + j] = sum;
    }
  }
  return out;
}

/** to[row] (+)= scale * sum over from <= t < to of coefficient(t) rows[t]. */
function mix(to: Rows, row: number, of: { rows: Rows; from: number; to: number; scale: number; more: boolean; size: number; coefficient: (t: number) => number }): void {
  for (let c = 0; c < of.size; c++) {
    let sum = 0;
    for (let t = of.from; t < of.to; t++) sum = round(sum + round(of.coefficient(t) * entry(of.rows, t, c)));
    const value = round(sum * of.scale);
    const at = (to.first + row) * to.stride + to.column + c;
    to.data[at] = of.more ? round((to.data[at] as number) + value) : value;
  }
}

function eachHead(layout: HeadLayout, visit: (at: { first: number; length: number; head: number }) => void): void {
  let first = 0;
  for (const length of layout.lengths) {
    for (let head = 0; head < layout.heads; head++) visit({ first, length, head });
    first += length;
  }
}

function attend(qkv: Matrix, layout: HeadLayout, keep: boolean): { out: Float32Array; weights: Float32Array[] } {
  const { heads, size } = layout;
  const scale = round(1 / Math.sqrt(size));
  const out = new Float32Array(qkv.rows * heads * size);
  const weights: Float32Array[] = [];
  eachHead(layout, ({ first, length, head }) => {
    const columns = headColumns(layout, head);
    const rows = (column: number): Rows => ({ data: qkv.data, stride: qkv.cols, first, column });
    const span = padded(length);
    const own = lowerDots(rows(columns.q), rows(columns.k), { length, size, scale });
    const to = { data: out, stride: heads * size, first, column: head * size };
    for (let i = 0; i < length; i++) {
      softmax(own, i * span, i + 1);
      const coefficient = (t: number): number => own[i * span + t] as number;
      mix(to, i, { rows: rows(columns.v), from: 0, to: i + 1, scale: 1, more: false, size, coefficient });
    }
    if (keep) weights.push(own);
  });
  return { out, weights };
}

function attendBack(
  qkv: Matrix,
  layout: HeadLayout,
  { weights, gradient }: { weights: readonly Float32Array[]; gradient: Float32Array },
): Float32Array {
  const { heads, size } = layout;
  const scale = round(1 / Math.sqrt(size));
  const delta = new Float32Array(qkv.data.length);
  let kept = 0;
  eachHead(layout, ({ first, length, head }) => {
    const columns = headColumns(layout, head);
    const rows = (column: number): Rows => ({ data: qkv.data, stride: qkv.cols, first, column });
    const back = (column: number): Rows => ({ data: delta, stride: qkv.cols, first, column });
    const g = { data: gradient, stride: heads * size, first, column: head * size };
    const w = weights[kept++] as Float32Array;
    const span = padded(length);
    const slopes = lowerDots(g, rows(columns.v), { length, size, scale: 1 });
    for (let i = 0; i < length; i++) {
      const at = i * span;
      const along = laneSum(i + 1, (j) => round((slopes[at + j] as number) * (w[at + j] as number)));
      for (let j = 0; j <= i; j++) slopes[at + j] = round((w[at + j] as number) * round((slopes[at + j] as number) - along));
    }
    for (let i = 0; i < length; i++) {
      const after = { from: i, to: length, more: true, size };
      const slopeOf = (t: number): number => slopes[t * span + i] as number;
      const own = (t: number): number => slopes[i * span + t] as number;
      const weightOf = (t: number): number => w[t * span + i] as number;
      mix(back(columns.q), i, { rows: rows(columns.k), from: 0, to: i + 1, scale, more: false, size, coefficient: own });
      mix(back(columns.k), i, { ...after, rows: rows(columns.q), scale, coefficient: slopeOf });
      mix(back(columns.v), i, { ...after, rows: g, scale: 1, coefficient: weightOf });
    }
  });
  return delta;
}

/** Sum of term(0..n-1), one after the other. */
function sequence(n: number, term: (t: number) => number): number {
  let sum = 0;
  for (let t = 0; t < n; t++) sum = round(sum + term(t));
  return sum;
}

function lowRank({ x, down, up, from, scale }: LowRank, y: Matrix): Float32Array {
  const wide = padded(down.cols);
  const z = new Float32Array(x.rows * wide);
  const factor = round(scale);
  for (let i = 0; i < x.rows; i++) {
    for (let r = 0; r < down.cols; r++) {
      const term = (k: number): number => round((x.data[i * x.cols + k] as number) * (down.data[k * down.cols + r] as number));
      z[i * wide + r] = sequence(x.cols, term);
    }
    for (let c = 0; c < up.cols; c++) {
      const at = i * y.cols + from + c;
      const sum = sequence(up.rows, (r) => round((z[i * wide + r] as number) * (up.data[r * up.cols + c] as number)));
      y.data[at] = round((y.data[at] as number) + round(sum * factor));
    }
  }
  return z;
}

function lowRankBack({ x, down, up, from, scale }: LowRank, { z, gradient, parts, wantX }: LowRankKept): LowRankGradients {
  const rank = down.cols;
  const wide = padded(rank);
  const factor = round(scale);
  const g = (i: number, c: number): number => gradient.data[i * gradient.cols + from + c] as number;
  const dz = new Float32Array(x.rows * rank);
  dz.forEach((_, at) => {
    const i = Math.floor(at / rank);
    const r = at % rank;
    dz[at] = round(sequence(up.cols, (c) => round(g(i, c) * (up.data[r * up.cols + c] as number))) * factor);
  });
  const out: LowRankGradients = { down: [], up: [], x: wantX ? new Float32Array(x.data.length) : undefined };
  let first = 0;
  for (const rows of parts) {
    const start = first;
    const dUp = new Float32Array(up.data.length).map((_, at) => {
      const r = Math.floor(at / up.cols);
      return round(sequence(rows, (i) => round((z[(start + i) * wide + r] as number) * g(start + i, at % up.cols))) * factor);
    });
    const dDown = new Float32Array(down.data.length).map((_, at) => {
      const k = Math.floor(at / rank);
      return sequence(rows, (i) => round((dz[(start + i) * rank + (at % rank)] as number) * (x.data[(start + i) * x.cols + k] as number)));
    });
    out.up.push(dUp);
    out.down.push(dDown);
    first += rows;
  }
  out.x?.forEach((_, at, dx) => {
    const i = Math.floor(at / x.cols);
    dx[at] = sequence(rank, (r) => round((dz[i * rank + r] as number) * (down.data[(at % x.cols) * rank + r] as number)));
  });
  return out;
}

export const plainKernels: Kernels = {
  gelu,
  gated,
  layerNorm: (x, gain, bias, epsilon) => normalise(x, { gain, bias, centred: true }, epsilon),
  layerNormBack: (gradient, kept, gain) => normaliseBack(gradient, kept, { gain, centred: true }),
  rmsNorm: (x, gain, epsilon) => normalise(x, { gain, bias: new Float32Array(gain.length), centred: false }, epsilon),
  rmsNormBack: (gradient, kept, gain) => normaliseBack(gradient, kept, { gain, centred: false }),
  softmaxRows,
  attend,
  attendBack,
  lowRank,
  lowRankBack,
};
