import type { Trainable } from "../attribution/trainable.js";
import type { Xoshiro } from "../random/xoshiro.js";
import type { LossGradient, Sequence } from "./gradient.js";

/**
 * What a job trains: a vector of parameters beside a base model. A LoRA of a decoder is one (samples.ts), what is added to the
 * weights of a classifier another (classifier/learner.ts); trainer, checkpoints, methods and replays know no more than this.
 */
export interface Learner {
  /** Parameters. */
  readonly size: number;
  /** Where a job without a parent starts. */
  first(random: Xoshiro): Float32Array;
  /** The losses of numbered sequences. @throws Reject sidecar/2 for a sequence the model cannot learn from. */
  samples(sequences: readonly Sequence[]): Trainable;
}

/** The mean loss of one sequence's terms, and its gradient. @throws Reject sidecar/2 or sidecar/12. */
export function meanLoss(learner: Learner, theta: Float32Array, sequence: Sequence): LossGradient {
  const model = learner.samples([sequence]);
  const { losses, gradients } = model.perSample(theta, [0], [1 / (model.units[0] ?? 1)]);
  return { loss: losses[0] as number, gradient: gradients[0] as Float32Array };
}
