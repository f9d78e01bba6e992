import { exp } from "./arithmetic.js";
import type { Tape, Value } from "./tape.js";

/**
 * Causal self-attention over sequences laid end to end (no padding), from a fused [q | k | v] projection.
 *
 * Per sequence and head everything is small, so this is plain loops in float64 over head-local copies: faster than the
 * backend's batched product, with no transposes of its own, and half the work because the future is never computed.
 */
export interface Heads {
  readonly heads: number;
  /** Length of each sequence; they sum to the rows of `qkv`. */
  readonly lengths: readonly number[];
}

interface Head {
  readonly length: number;
  readonly size: number;
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  /** length x length, lower triangle. */
  readonly weights: Float64Array;
}

export function attention(tape: Tape, qkv: Value, { heads, lengths }: Heads): Value {
  const width = qkv.cols / 3;
  const size = width / heads;
  const out = new Float32Array(qkv.rows * width);
  const kept: Head[] = [];
  let first = 0;
  for (const length of lengths) {
    for (let h = 0; h < heads; h++) {
      const head = readHead(qkv, { first, length, column: h * size, size });
      weigh(head);
      mixRows(out, { first, stride: width, column: h * size }, head);
      if (qkv.wanted) kept.push(head);
    }
    first += length;
  }
  return tape.result({ rows: qkv.rows, cols: width, data: out }, [qkv], (gradient) => {
    const delta = new Float32Array(qkv.data.length);
    let row = 0;
    let i = 0;
    for (const length of lengths) {
      for (let h = 0; h < heads; h++) headBackward(kept[i++] as Head, gradient, delta, { first: row, column: h * size, width });
      row += length;
    }
    qkv.accumulate(delta);
  });
}

interface Block {
  readonly first: number;
  readonly length: number;
  readonly column: number;
  readonly size: number;
}

function copyBlock(from: Float32Array, stride: number, block: Block, scale: number): Float64Array {
  const { first, length, column, size } = block;
  const out = new Float64Array(length * size);
  for (let r = 0, o = 0; r < length; r++) {
    for (let c = 0, i = (first + r) * stride + column; c < size; c++) out[o++] = (from[i++] as number) * scale;
  }
  return out;
}

function readHead(qkv: Value, block: Block): Head {
  const { length, size, column } = block;
  const width = qkv.cols / 3;
  return {
    length,
    size,
    q: copyBlock(qkv.data, qkv.cols, block, 1 / Math.sqrt(size)),
    k: copyBlock(qkv.data, qkv.cols, { ...block, column: width + column }, 1),
    v: copyBlock(qkv.data, qkv.cols, { ...block, column: 2 * width + column }, 1),
    weights: new Float64Array(length * length),
  };
}

/** out[i, j] = a_i . b_j for j <= i. Four columns at a time keep the sums in registers. */
function lowerDots(out: Float64Array, a: Float64Array, b: Float64Array, size: number): void {
  const length = a.length / size;
  for (let i = 0; i < length; i++) {
    for (let j = 0; j <= i; j += 4) {
      const b0 = j * size;
      const b1 = Math.min(j + 1, i) * size;
      const b2 = Math.min(j + 2, i) * size;
      const b3 = Math.min(j + 3, i) * size;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let c = 0, x = i * size; c < size; c++, x++) {
        const v = a[x] as number;
        s0 += v * (b[b0 + c] as number);
        s1 += v * (b[b1 + c] as number);
        s2 += v * (b[b2 + c] as number);
        s3 += v * (b[b3 + c] as number);
      }
      const o = i * length + j;
      out[o] = s0;
      if (j + 1 <= i) out[o + 1] = s1;
      if (j + 2 <= i) out[o + 2] = s2;
      if (j + 3 <= i) out[o + 3] = s3;
    }
  }
}

/** Scores, then a softmax per row of the lower triangle. */
function weigh({ weights, q, k, size, length }: Head): void {
  lowerDots(weights, q, k, size);
  for (let i = 0; i < length; i++) {
    const at = i * length;
    let max = weights[at] as number;
    for (let j = 1; j <= i; j++) if ((weights[at + j] as number) > max) max = weights[at + j] as number;
    let sum = 0;
    for (let j = 0; j <= i; j++) {
      const e = exp((weights[at + j] as number) - max);
      weights[at + j] = e;
      sum += e;
    }
    const inverse = 1 / sum;
    for (let j = 0; j <= i; j++) weights[at + j] = (weights[at + j] as number) * inverse;
  }
}

/** One product of a triangle of coefficients with rows: sum over `from <= t < to` of coefficient(t) * rows[t]. */
interface Mix {
  readonly coefficients: Float64Array;
  readonly start: number;
  readonly rows: Float64Array;
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

/** Head sizes are multiples of 8 (config.ts), so eight sums at a time stay in registers. */
function mixInto(out: Float32Array, at: number, mix: Mix): void {
  const { coefficients, start, rows, from, to, size } = mix;
  for (let c = 0; c < size; c += 8) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let s4 = 0;
    let s5 = 0;
    let s6 = 0;
    let s7 = 0;
    for (let t = from, w = start, r = from * size + c; t < to; t++, w++, r += size) {
      const p = coefficients[w] as number;
      s0 += p * (rows[r] as number);
      s1 += p * (rows[r + 1] as number);
      s2 += p * (rows[r + 2] as number);
      s3 += p * (rows[r + 3] as number);
      s4 += p * (rows[r + 4] as number);
      s5 += p * (rows[r + 5] as number);
      s6 += p * (rows[r + 6] as number);
      s7 += p * (rows[r + 7] as number);
    }
    out[at + c] = s0;
    out[at + c + 1] = s1;
    out[at + c + 2] = s2;
    out[at + c + 3] = s3;
    out[at + c + 4] = s4;
    out[at + c + 5] = s5;
    out[at + c + 6] = s6;
    out[at + c + 7] = s7;
  }
}

interface Place {
  readonly first: number;
  readonly stride: number;
  readonly column: number;
}

function mixRows(out: Float32Array, place: Place, { length, size, weights, v }: Head): void {
  for (let i = 0; i < length; i++) {
    const at = (place.first + i) * place.stride + place.column;
    mixInto(out, at, { coefficients: weights, start: i * length, rows: v, from: 0, to: i + 1, size });
  }
}

function headBackward(
  head: Head,
  gradient: Float32Array,
  delta: Float32Array,
  place: { first: number; column: number; width: number },
): void {
  const { length, size, weights, q, k, v } = head;
  const { first, column, width } = place;
  const g = copyBlock(gradient, width, { first, length, column, size }, 1);
  const slopes = new Float64Array(length * length);
  lowerDots(slopes, g, v, size);
  softmaxSlopes(slopes, weights, length);
  const scaledKeys = scaled(k, 1 / Math.sqrt(size));
  // Columns become rows: walking down a column misses the cache at every step.
  const slopesByKey = flipTriangle(slopes, length);
  const weightsByKey = flipTriangle(weights, length);
  for (let i = 0; i < length; i++) {
    const at = (first + i) * 3 * width + column;
    const after = { start: i * length + i, from: i, to: length, size };
    mixInto(delta, at, { coefficients: slopes, start: i * length, rows: scaledKeys, from: 0, to: i + 1, size });
    mixInto(delta, at + width, { ...after, coefficients: slopesByKey, rows: q });
    mixInto(delta, at + 2 * width, { ...after, coefficients: weightsByKey, rows: g });
  }
}

function scaled(a: Float64Array, s: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = (a[i] as number) * s;
  return out;
}

function flipTriangle(a: Float64Array, length: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < length; i++) {
    for (let j = 0; j <= i; j++) out[j * length + i] = a[i * length + j] as number;
  }
  return out;
}

/** In place: the gradient of each weight becomes the gradient of its score. */
function softmaxSlopes(slopes: Float64Array, weights: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) {
    let along = 0;
    for (let j = 0, o = i * length; j <= i; j++, o++) along += (slopes[o] as number) * (weights[o] as number);
    for (let j = 0, o = i * length; j <= i; j++, o++) {
      slopes[o] = (weights[o] as number) * ((slopes[o] as number) - along);
    }
  }
}
