import { exp, ln, sinCos } from "./arithmetic.js";
import { like } from "./tape.js";
import type { Tape, Value } from "./tape.js";

/** cos and sin of every position's angles: positions x half the size of a head. */
export interface RotaryTable {
  readonly half: number;
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** base^(-2c / size) for c below half the size (RoPE, arXiv 2104.09864), from our own exp and ln. */
export function rotaryFrequencies(base: number, size: number): Float64Array {
  return Float64Array.from({ length: size / 2 }, (_, c) => exp((-2 * c * ln(base)) / size));
}

/** Angles are position times frequency, for positions below `context`. */
export function rotaryTable(frequencies: Float64Array, context: number): RotaryTable {
  const half = frequencies.length;
  const table = { half, cos: new Float32Array(context * half), sin: new Float32Array(context * half) };
  for (let at = 0; at < context * half; at++) {
    const { sin, cos } = sinCos(Math.floor(at / half) * (frequencies[at % half] as number));
    table.sin[at] = sin;
    table.cos[at] = cos;
  }
  return table;
}

/** What is turned: the first `heads` heads of a fused projection (queries, then keys), each by its row's position. */
export interface Rotation {
  readonly heads: number;
  readonly positions: Int32Array;
  readonly table: RotaryTable;
}

/** Turns each pair (c, c + half) of a head by the angle of its position: the layout of Hugging Face's Llama. */
export function rotate(tape: Tape, x: Value, rotation: Rotation): Value {
  const out = x.data.slice();
  turn(out, x.cols, rotation, 1);
  return tape.result(like(x, out), [x], (gradient) => {
    // The way back turns the other way; the buffer of the result is ours.
    turn(gradient, x.cols, rotation, -1);
    x.accumulate(gradient);
  });
}

function turn(data: Float32Array, stride: number, { heads, positions, table }: Rotation, sign: 1 | -1): void {
  const { half, cos, sin } = table;
  positions.forEach((position, row) => {
    for (let head = 0; head < heads; head++) turnHead(data, row * stride + 2 * half * head, { half, cos, sin, sign, from: position * half });
  });
}

function turnHead(
  data: Float32Array,
  at: number,
  { half, cos, sin, sign, from }: RotaryTable & { readonly sign: 1 | -1; readonly from: number },
): void {
  for (let c = 0; c < half; c++) {
    const a = data[at + c] as number;
    const b = data[at + half + c] as number;
    const x = cos[from + c] as number;
    const y = sign * (sin[from + c] as number);
    data[at + c] = a * x - b * y;
    data[at + half + c] = b * x + a * y;
  }
}
