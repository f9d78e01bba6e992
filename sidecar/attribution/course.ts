import type { Moments } from "../lora/adam.js";
import { checkFinite } from "../lora/gradient.js";
import type { Optimizer } from "./optimizer.js";
import { addScaled, eachGradient } from "./trainable.js";
import type { Point, Trainable } from "./trainable.js";

/** Where a run is: parameters with their moments, and a tangent for each group of samples whose weight is asked about. */
export interface CourseState {
  readonly adapter: Moments;
  readonly tangents: readonly Moments[];
}

/** A batch as the optimizer sees it. */
export interface Batch {
  /** Those of weight zero are left out. */
  readonly samples: readonly number[];
  /** The sample's own weight divided by the loss terms of the whole batch, left-out samples included. */
  readonly weights: readonly number[];
  /** One over the loss terms of the whole batch. */
  readonly unit: number;
}

/** The batch of `samples`; `weights` are by sample number, 1 each by default. */
export function weigh(units: readonly number[], samples: readonly number[], weights?: readonly number[]): Batch {
  const total = samples.reduce((sum, n) => sum + (units[n] as number), 0);
  const kept = samples.filter((n) => weights?.[n] !== 0);
  return { samples: kept, weights: kept.map((n) => (weights?.[n] ?? 1) / total), unit: 1 / total };
}

export interface StepInput {
  readonly batch: Batch;
  /** Position of the tangent that a sample moves, by sample number; none where it is missing or negative. */
  readonly groups: ArrayLike<number>;
  readonly optimizer: Optimizer;
  /** Counting from 1. */
  readonly step: number;
}

/**
 * One step of training with its tangents, in place; returns the batch's loss. The state is only written once all gradients
 * are known, so that a pause which throws leaves it whole.
 * @throws Reject sidecar/12 when anything leaves the finite numbers.
 */
export async function takeStep(model: Trainable, state: CourseState, input: StepInput, pause: () => Promise<void>): Promise<number> {
  const { batch, groups, step } = input;
  const { theta } = state.adapter;
  const total = new Float64Array(model.size);
  const own = new Map<number, Float64Array>();
  const loss = await eachGradient(
    model,
    { theta, ...batch },
    (gradient, i) => {
      addScaled(total, gradient);
      const group = groups[batch.samples[i] as number] ?? -1;
      if (group < 0 || group >= state.tangents.length) return;
      const sum = own.get(group) ?? new Float64Array(model.size);
      own.set(group, sum);
      // The derivative by the sample's weight: its gradient as if that weight were 1.
      addScaled(sum, gradient, batch.unit / (batch.weights[i] as number));
    },
    pause,
  );
  const gradient = Float32Array.from(total);
  const changes = await curvatures(model, state, { theta, ...batch, gradient }, pause);
  changes.forEach((change, group) => {
    const part = own.get(group);
    if (part !== undefined) addScaled(change, part);
  });
  const rule = input.optimizer(step);
  state.tangents.forEach((tangent, group) => {
    rule.advanceTangent(tangent, state.adapter, gradient, changes[group] as Float32Array);
  });
  rule.advance(state.adapter, gradient);
  for (const moments of [state.adapter, ...state.tangents]) checkMoments(moments);
  return loss;
}

/** The Hessian times each tangent, in order. */
async function curvatures(model: Trainable, { tangents }: CourseState, at: Point, pause: () => Promise<void>): Promise<Float32Array[]> {
  if (model.hessianTimesEach !== undefined) {
    const all = await model.hessianTimesEach(tangents.map((t) => t.theta), at);
    await pause();
    return all;
  }
  const out: Float32Array[] = [];
  for (const tangent of tangents) {
    out.push(model.hessianTimes(tangent.theta, at));
    await pause();
  }
  return out;
}

function checkMoments({ theta, first, second }: Moments): void {
  checkFinite(theta);
  checkFinite(first);
  checkFinite(second);
}
