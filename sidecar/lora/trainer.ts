import { Xoshiro } from "../random/xoshiro.js";
import type { AdamOptions } from "../types.js";
import { advance, advanceTangent, ratesAt, zeroMoments } from "./adam.js";
import type { Moments } from "./adam.js";
import type { TrainState } from "./checkpoint.js";
import { batchAt } from "./data.js";
import type { TrainingData, TrainingSequence } from "./data.js";
import { checkFinite, lossGradient, predictedTokens } from "./gradient.js";
import type { LoraContext } from "./gradient.js";
import { initialAdapter } from "./layout.js";

/**
 * LoRA training that also carries, for every contributor c, the derivative of the adapter with respect to the weight of
 * c's rows in the loss (`tangent-v1`, attribution.md §1.6 and §8.1). Cost per step: one gradient, plus one per contributor.
 */
export interface Recipe {
  readonly adam: AdamOptions;
  readonly batchSize: number;
  readonly seed: bigint;
  readonly tangents: boolean;
  /** What each contributor's rows weigh in the loss (1 each by default): the counterfactual that tangents predict. */
  readonly weights?: readonly number[];
}

/** Step of the one-sided difference, relative to the adapter's norm. */
const DIFFERENCE = 3e-3;

export function initialState(context: LoraContext, data: TrainingData, recipe: Recipe): TrainState {
  const { size } = context.layout;
  return {
    step: 0,
    cursor: 0n,
    adapter: { ...zeroMoments(size), theta: initialAdapter(context.layout, new Xoshiro(recipe.seed)) },
    tangents: recipe.tangents ? data.contributors.map(() => zeroMoments(size)) : [],
  };
}

/**
 * One step, in place; returns the batch's mean loss per token. `pause` is awaited between gradients, so that a long step
 * does not starve the process, and may throw to cancel: the state is only written once all gradients are known.
 */
export async function trainStep(
  context: LoraContext,
  data: TrainingData,
  state: TrainState,
  run: { readonly recipe: Recipe; readonly pause: () => Promise<void> },
): Promise<number> {
  const { recipe, pause } = run;
  const numbers = batchAt(recipe, data.sequences.length, state.cursor);
  const batch = numbers.map((n) => data.sequences[n] as TrainingSequence);
  const weight = 1 / batch.reduce((sum, s) => sum + predictedTokens(s), 0);
  const total = new Float64Array(context.layout.size);
  const own = new Map<number, Float32Array>();
  let loss = 0;
  for (const [contributor, sequences] of grouped(batch)) {
    const part = lossGradient(context, state.adapter.theta, sequences, weight * (recipe.weights?.[contributor] ?? 1));
    own.set(contributor, part.gradient);
    loss += part.loss;
    for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (part.gradient[i] as number);
    await pause();
  }
  const gradient = Float32Array.from(total);
  const changes: Float32Array[] = [];
  for (const [c, tangent] of state.tangents.entries()) {
    const curvature = hessianTimes(tangent.theta, { context, theta: state.adapter.theta, batch, weight, gradient });
    changes.push(plus(curvature, own.get(c)));
    await pause();
  }
  const rates = ratesAt(recipe.adam, state.step + 1);
  state.tangents.forEach((tangent, c) => {
    advanceTangent(tangent, state.adapter, { rates, gradient, change: changes[c] as Float32Array });
  });
  advance(state.adapter, rates, gradient);
  for (const moments of [state.adapter, ...state.tangents]) checkMoments(moments);
  state.step += 1;
  state.cursor += BigInt(recipe.batchSize);
  return loss;
}

/** Contributors in ascending order, each with its sequences in batch order: the order of summation is fixed. */
function grouped(batch: readonly TrainingSequence[]): [number, TrainingSequence[]][] {
  const groups = new Map<number, TrainingSequence[]>();
  for (const s of batch) groups.set(s.contributor, [...(groups.get(s.contributor) ?? []), s]);
  return [...groups].sort((a, b) => a[0] - b[0]);
}

interface Point {
  readonly context: LoraContext;
  readonly theta: Float32Array;
  readonly batch: readonly TrainingSequence[];
  readonly weight: number;
  readonly gradient: Float32Array;
}

/** Hessian times `direction` by a one-sided difference of gradients; zero for a zero direction. */
function hessianTimes(direction: Float32Array, { context, theta, batch, weight, gradient }: Point): Float32Array {
  const out = new Float32Array(theta.length);
  const length = norm(direction);
  if (length === 0) return out;
  const h = (DIFFERENCE * norm(theta)) / length;
  const moved = new Float32Array(theta.length);
  for (let i = 0; i < moved.length; i++) moved[i] = (theta[i] as number) + h * (direction[i] as number);
  const there = lossGradient(context, moved, batch, weight).gradient;
  for (let i = 0; i < out.length; i++) out[i] = ((there[i] as number) - (gradient[i] as number)) / h;
  return out;
}

function norm(a: Float32Array): number {
  let sum = 0;
  for (const x of a) sum += x * x;
  return Math.sqrt(sum);
}

function plus(a: Float32Array, b: Float32Array | undefined): Float32Array {
  if (b !== undefined) for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) + (b[i] as number);
  return a;
}

function checkMoments({ theta, first, second }: Moments): void {
  checkFinite(theta);
  checkFinite(first);
  checkFinite(second);
}
