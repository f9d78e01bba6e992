import { like } from "./tape.js";
import type { Tape, Value } from "./tape.js";

/** GPT-2's. */
export const LAYER_NORM_EPSILON = 1e-5;

/** Each row to mean 0 and variance 1, then times gain plus bias (one row each). */
export function layerNorm(tape: Tape, x: Value, gain: Value, bias: Value): Value {
  const { kernels } = tape.backend;
  const kept = kernels.layerNorm(x, gain.data, bias.data, LAYER_NORM_EPSILON);
  return tape.result(like(x, kept.out), [x, gain, bias], (gradient) => {
    if (gain.wanted) accumulateAffine(gradient, kept.unit, gain, bias);
    if (x.wanted) x.accumulate(kernels.layerNormBack(gradient, kept, gain.data));
  });
}

/** Each row by its root mean square, then times gain (one row): Llama's norm. */
export function rmsNorm(tape: Tape, x: Value, gain: Value, epsilon: number): Value {
  const { kernels } = tape.backend;
  const kept = kernels.rmsNorm(x, gain.data, epsilon);
  return tape.result(like(x, kept.out), [x, gain], (gradient) => {
    if (gain.wanted) gain.accumulate(gainGradient(gradient, kept.unit, gain.cols));
    if (x.wanted) x.accumulate(kernels.rmsNormBack(gradient, kept, gain.data));
  });
}

function gainGradient(gradient: Float32Array, unit: Float32Array, cols: number): Float32Array {
  const sums = new Float64Array(cols);
  for (let at = 0; at < gradient.length; at += cols) {
    for (let c = 0; c < cols; c++) sums[c] = (sums[c] as number) + (gradient[at + c] as number) * (unit[at + c] as number);
  }
  return Float32Array.from(sums);
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
