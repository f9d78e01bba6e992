import { exp } from "../ops/arithmetic.js";
import { compareNumbers } from "../../chain/primitives/index.js";
import type { Xoshiro } from "../random/xoshiro.js";

/** The largest logit; ties to the lower token id. */
export function greedy(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] as number) > (logits[best] as number)) best = i;
  return best;
}

const SCALE = 0x100000000;

/**
 * Draws among the `topK` largest logits (ties to lower ids) at a temperature in thousandths. Probabilities become whole
 * parts of 2^32 before the draw, so that the choice is one integer comparison per candidate.
 */
export function sample(logits: Float32Array, options: { temperatureMilli: number; topK: number }, random: Xoshiro): number {
  const order = Array.from(logits.keys()).sort((a, b) => compareNumbers(logits[b] as number, logits[a] as number) || a - b);
  const kept = order.slice(0, options.topK);
  const top = logits[kept[0] as number] as number;
  const weights = kept.map((id) => {
    return Math.floor(SCALE * exp((((logits[id] as number) - top) * 1000) / options.temperatureMilli));
  });
  const total = weights.reduce((sum, w) => sum + w, 0);
  let draw = Number((BigInt(random.next()) * BigInt(total)) >> 32n);
  for (const [i, w] of weights.entries()) {
    if (draw < w) return kept[i] as number;
    draw -= w;
  }
  return kept[0] as number;
}
