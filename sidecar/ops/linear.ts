import { Fault } from "../../chain/primitives/index.js";
import { like } from "./tape.js";
import type { FrozenWeight, Tape, Value } from "./tape.js";
import { transpose } from "./matrix.js";
import type { Matrix } from "./matrix.js";

/** x W for a frozen W: no gradient of W, and its transpose is at hand for the gradient of x. */
export function projectFrozen(tape: Tape, x: Value, weight: FrozenWeight): Value {
  const y = tape.backend.multiply(x, weight.forward);
  return tape.result(y, [x], (gradient) => {
    x.accumulate(tape.backend.multiply({ rows: y.rows, cols: y.cols, data: gradient }, weight.backward).data);
  });
}

/** a b, both of which may be trained. */
export function matmul(tape: Tape, a: Value, b: Value): Value {
  const y = tape.backend.multiply(a, b);
  return tape.result(y, [a, b], (gradient) => {
    const dy = { rows: y.rows, cols: y.cols, data: gradient };
    if (b.wanted) weightGradient(tape, a, dy, b);
    if (a.wanted) a.accumulate(tape.backend.multiply(dy, transpose(b)).data);
  });
}

/** a^T dy, or one such product per part of the batch: the row-wise factors are there once for all parts. */
function weightGradient(tape: Tape, a: Matrix, dy: Matrix, b: Value): void {
  const { backend, parts } = tape;
  if (parts === undefined) {
    b.accumulate(backend.multiply(transpose(a), dy).data);
    return;
  }
  let first = 0;
  const products = parts.map((rows) => {
    const product = backend.multiply(transpose(rowsOf(a, first, rows)), rowsOf(dy, first, rows));
    first += rows;
    return product.data;
  });
  if (first !== a.rows) throw new Fault("parts of a batch", { rows: a.rows, parts: first });
  b.accumulateParts(products);
}

/** A view of `count` rows. */
function rowsOf({ cols, data }: Matrix, first: number, count: number): Matrix {
  return { rows: count, cols, data: data.subarray(first * cols, (first + count) * cols) };
}

export function transposed(tape: Tape, a: Value): Value {
  return tape.result(transpose(a), [a], (gradient) => {
    a.accumulate(transpose({ rows: a.cols, cols: a.rows, data: gradient }).data);
  });
}

/** x + bias, the bias (one row) repeated over the rows. Takes over the data of `x`, which nothing else may read. */
export function addBias(tape: Tape, x: Value, bias: Value): Value {
  const { cols, data: out } = x;
  for (let at = 0; at < out.length; at += cols) {
    for (let c = 0; c < cols; c++) out[at + c] = (out[at + c] as number) + (bias.data[c] as number);
  }
  return tape.result(like(x, out), [x, bias], (gradient) => {
    if (bias.wanted) bias.accumulate(columnSums(gradient, cols));
    if (x.wanted) x.accumulate(gradient);
  });
}

function columnSums(a: Float32Array, cols: number): Float32Array {
  const sums = new Float64Array(cols);
  for (let at = 0; at < a.length; at += cols) {
    for (let c = 0; c < cols; c++) sums[c] = (sums[c] as number) + (a[at + c] as number);
  }
  return Float32Array.from(sums);
}

/** a + s b. The gradient buffer of the result goes to `a`; `b` gets its own. */
export function addScaled(tape: Tape, a: Value, b: Value, s: number): Value {
  const out = new Float32Array(a.data.length);
  for (let i = 0; i < out.length; i++) out[i] = (a.data[i] as number) + s * (b.data[i] as number);
  return tape.result(like(a, out), [a, b], (gradient) => {
    if (b.wanted) b.accumulate(scaled(gradient, s));
    if (a.wanted) a.accumulate(gradient);
  });
}

function scaled(a: Float32Array, s: number): Float32Array {
  if (s === 1) return a.slice();
  const out = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = s * (a[i] as number);
  return out;
}

export function add(tape: Tape, a: Value, b: Value): Value {
  return addScaled(tape, a, b, 1);
}

/** Rows `index` of x, each at most once. */
export function selectRows(tape: Tape, x: Value, index: readonly number[]): Value {
  const { cols } = x;
  const out = new Float32Array(index.length * cols);
  index.forEach((r, i) => out.set(x.data.subarray(r * cols, (r + 1) * cols), i * cols));
  return tape.result({ rows: index.length, cols, data: out }, [x], (gradient) => {
    const spread = new Float32Array(x.data.length);
    index.forEach((r, i) => spread.set(gradient.subarray(i * cols, (i + 1) * cols), r * cols));
    x.accumulate(spread);
  });
}
