import { like } from "./tape.js";
import type { Tape, Value } from "./tape.js";

/** GELU in its tanh form (GPT-2): x s(2u), s the logistic function and u = sqrt(2/pi) (x + 0.044715 x^3). */
export function gelu(tape: Tape, x: Value): Value {
  const { out, slope } = tape.backend.kernels.gelu(x.data);
  return tape.result(like(x, out), [x], (gradient) => {
    for (let i = 0; i < slope.length; i++) slope[i] = (slope[i] as number) * (gradient[i] as number);
    x.accumulate(slope);
  });
}
