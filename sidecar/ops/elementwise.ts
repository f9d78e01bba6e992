import { exp } from "./arithmetic.js";
import { like } from "./tape.js";
import type { Tape, Value } from "./tape.js";

const CUBIC = 0.044715;
/** sqrt(2 / pi). */
const SLOPE = 0.7978845608028654;

/** GELU in its tanh form (GPT-2): x (1 + tanh(u)) / 2 with u = sqrt(2/pi) (x + 0.044715 x^3). */
export function gelu(tape: Tape, x: Value): Value {
  const n = x.data.length;
  const out = new Float32Array(n);
  const slope = x.wanted ? new Float32Array(n) : undefined;
  for (let i = 0; i < n; i++) {
    const v = x.data[i] as number;
    const square = v * v;
    const u = SLOPE * v * (1 + CUBIC * square);
    const t = u > 20 ? 1 : 1 - 2 / (exp(2 * u) + 1);
    out[i] = 0.5 * v * (1 + t);
    if (slope !== undefined) slope[i] = 0.5 * (1 + t) + 0.5 * v * (1 - t * t) * SLOPE * (1 + 3 * CUBIC * square);
  }
  return tape.result(like(x, out), [x], (gradient) => {
    if (slope === undefined) return;
    for (let i = 0; i < n; i++) slope[i] = (slope[i] as number) * (gradient[i] as number);
    x.accumulate(slope);
  });
}
