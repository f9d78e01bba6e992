import { SidecarError } from "../errors.js";
import { powerOfTwo } from "../ops/arithmetic.js";
import type { Int8Vector } from "../../modules/attribution/rules/score.js";

/** Smallest exponent used, also for the zero vector. */
export const MIN_EXPONENT = -100;
const MAX_EXPONENT = 100;

/**
 * float32 to int8 with one power-of-two scale: the smallest 2^k for which every |x| / 2^k rounds to at most 127. Halves
 * round away from zero. Comparisons, exact scaling and floor only, so the result is the same everywhere.
 * @throws Reject sidecar/12 when a value is not finite or too large to scale.
 */
export function quantise(values: Float32Array): Int8Vector {
  let max = 0;
  for (const x of values) max = Math.max(max, Math.abs(x));
  if (!(max < powerOfTwo(MAX_EXPONENT))) throw SidecarError.NotFinite("value cannot be quantised");
  let exponent = MIN_EXPONENT;
  while (max * powerOfTwo(-exponent) >= 127.5) exponent++;
  const scale = powerOfTwo(-exponent);
  const out = new Int8Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const x = (values[i] as number) * scale;
    out[i] = x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5);
  }
  return { exponent, values: out };
}
