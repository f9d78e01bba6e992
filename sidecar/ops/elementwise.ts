import { like } from "./tape.js";
import type { Tape, Value } from "./tape.js";

/** GELU in its tanh form (GPT-2): x s(2u), s the logistic function and u = sqrt(2/pi) (x + 0.044715 x^3). */
export function gelu(tape: Tape, x: Value): Value {
  const { out, slope } = tape.backend.kernels.gelu(x.data);
  return tape.result(like(x, out), [x], (gradient) => {
    x.accumulate(timesInto(slope, gradient));
  });
}

/** silu(x) times `by` (SwiGLU without its projections), silu(x) = x s(x). */
export function gatedSilu(tape: Tape, x: Value, by: Value): Value {
  const { out, slope, silu } = tape.backend.kernels.gated(x.data, by.data);
  return tape.result(like(x, out), [x, by], (gradient) => {
    if (by.wanted) by.accumulate(timesInto(silu, gradient));
    if (x.wanted) x.accumulate(timesInto(slope, gradient));
  });
}

/** `to *= by`, elementwise. */
function timesInto(to: Float32Array, by: Float32Array): Float32Array {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) * (by[i] as number);
  return to;
}
