import { like } from "./tape.js";
import type { Tape, Value } from "./tape.js";

/** GPT-2's. */
export const LAYER_NORM_EPSILON = 1e-5;

/** Each row to mean 0 and variance 1, then times gain plus bias (one row each). */
export function layerNorm(tape: Tape, x: Value, gain: Value, bias: Value): Value {
  const { rows, cols } = x;
  const out = new Float32Array(rows * cols);
  const unit = new Float32Array(rows * cols);
  const inverse = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    inverse[r] = normaliseRow(x.data.subarray(r * cols, (r + 1) * cols), unit.subarray(r * cols, (r + 1) * cols));
    for (let c = 0, i = r * cols; c < cols; c++, i++) {
      out[i] = (unit[i] as number) * (gain.data[c] as number) + (bias.data[c] as number);
    }
  }
  return tape.result(like(x, out), [x, gain, bias], (gradient) => {
    if (gain.wanted) accumulateAffine(gradient, unit, gain, bias);
    if (x.wanted) x.accumulate(rowGradients(gradient, unit, gain.data, inverse));
  });
}

/** Writes the normalised row to `unit`; returns 1 / sqrt(variance + epsilon). */
function normaliseRow(row: Float32Array, unit: Float32Array): number {
  const n = row.length;
  let sum = 0;
  for (let c = 0; c < n; c++) sum += row[c] as number;
  const mean = sum / n;
  let squares = 0;
  for (let c = 0; c < n; c++) {
    const d = (row[c] as number) - mean;
    squares += d * d;
  }
  const inverse = 1 / Math.sqrt(squares / n + LAYER_NORM_EPSILON);
  for (let c = 0; c < n; c++) unit[c] = ((row[c] as number) - mean) * inverse;
  return inverse;
}

function accumulateAffine(gradient: Float32Array, unit: Float32Array, gain: Value, bias: Value): void {
  const cols = gain.cols;
  const dGain = new Float64Array(cols);
  const dBias = new Float64Array(cols);
  for (let at = 0; at < gradient.length; at += cols) {
    for (let c = 0; c < cols; c++) {
      const g = gradient[at + c] as number;
      dGain[c] = (dGain[c] as number) + g * (unit[at + c] as number);
      dBias[c] = (dBias[c] as number) + g;
    }
  }
  gain.accumulate(Float32Array.from(dGain));
  bias.accumulate(Float32Array.from(dBias));
}

function rowGradients(gradient: Float32Array, unit: Float32Array, gain: Float32Array, inverse: Float64Array): Float32Array {
  const cols = gain.length;
  const out = new Float32Array(gradient.length);
  for (let r = 0, at = 0; at < gradient.length; r++, at += cols) {
    let sum = 0;
    let along = 0;
    for (let c = 0; c < cols; c++) {
      const d = (gradient[at + c] as number) * (gain[c] as number);
      sum += d;
      along += d * (unit[at + c] as number);
    }
    const mean = sum / cols;
    const slope = along / cols;
    const scale = inverse[r] as number;
    for (let c = 0; c < cols; c++) {
      const d = (gradient[at + c] as number) * (gain[c] as number);
      out[at + c] = scale * (d - mean - (unit[at + c] as number) * slope);
    }
  }
  return out;
}
