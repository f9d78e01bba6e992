import { addScaled, differenceTimes } from "../attribution/trainable.js";
import type { Point, Trainable } from "../attribution/trainable.js";
import { exp } from "../ops/arithmetic.js";
import { Xoshiro } from "../random/xoshiro.js";
import { predictedTokens } from "./gradient.js";
import type { LoraContext, Sequence } from "./gradient.js";
import { initialAdapter } from "./layout.js";
import type { Learner } from "./learner.js";
import { perSampleGradients } from "./per-sample.js";

/** The LoRA of a decoder, as jobs and methods know it. */
export function loraLearner(context: LoraContext): Learner {
  return {
    size: context.layout.size,
    first: (random) => initialAdapter(context.layout, random),
    samples: (sequences) => loraSamples(context, sequences),
  };
}

/** The language model with an adapter, over numbered sequences. */
export function loraSamples(context: LoraContext, sequences: readonly Sequence[]): Trainable {
  const pick = (samples: readonly number[]): Sequence[] => samples.map((n) => sequences[n] as Sequence);
  const { helpers } = context;
  return {
    size: context.layout.size,
    units: sequences.map(predictedTokens),
    perSample: (theta, samples, weights) => perSampleGradients(context, theta, pick(samples), { weight: weights }),
    perSampleDrawn: (theta, samples, seed) => {
      const random = new Xoshiro(seed);
      return perSampleGradients(context, theta, pick(samples), { label: (logits) => drawToken(logits, random) }).gradients;
    },
    hessianTimes: (direction, at) => differenceTimes(direction, at, (theta) => summed(context, pick(at.samples), { ...at, theta })),
    ...(helpers && { hessianTimesEach: (directions, at) => helpers.hessianTimes(directions, pick(at.samples), at) }),
  };
}

/** Sequence by sequence and then summed, which has the bits of the sum that the trainer made at the point itself. */
function summed(context: LoraContext, sequences: readonly Sequence[], { theta, weights }: Point): Float64Array {
  const sum = new Float64Array(theta.length);
  for (const gradient of perSampleGradients(context, theta, sequences, { weight: weights }).gradients) addScaled(sum, gradient);
  return sum;
}

/** A token from the softmax of `logits`, by inversion of its distribution function with 32 random bits. */
export function drawToken(logits: Float32Array, random: Xoshiro): number {
  let top = -Infinity;
  for (const x of logits) top = Math.max(top, x);
  let total = 0;
  const until = Float64Array.from(logits, (x) => (total += exp(x - top)));
  const mark = (random.next() / 0x100000000) * total;
  const chosen = until.findIndex((u) => mark < u);
  return chosen < 0 ? logits.length - 1 : chosen;
}
