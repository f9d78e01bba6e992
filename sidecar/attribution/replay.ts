import type { Moments } from "../lora/adam.js";
import { checkFinite } from "../lora/gradient.js";
import { powerOfTwo } from "../ops/arithmetic.js";
import type { Int8Vector } from "../../modules/attribution/rules/score.js";
import { SidecarError } from "../errors.js";
import type { Batch } from "./course.js";
import type { Adjoint, Optimizer } from "./optimizer.js";
import { addScaled, eachGradient, innerProduct } from "./trainable.js";
import type { Trainable } from "./trainable.js";

/**
 * `replay-epoch-v1` (attribution.md §8.1): one pass back through a training run takes the gradient of a loss at its end to
 * the derivative of that loss by the weight of every row. The result is linear in that gradient, so the fee-weighted sum
 * of an epoch's query gradients settles the epoch in one pass: two gradients and the memory of three vectors per step.
 */
export interface ReplayStep {
  /** Before the step. */
  readonly state: Moments;
  readonly batch: Batch;
  /** Counting from 1. */
  readonly step: number;
}

export interface ReplayInput {
  /** In the order in which they were taken. */
  readonly steps: readonly ReplayStep[];
  readonly optimizer: Optimizer;
  /** Of the losses at the end of the run. */
  readonly gradient: ArrayLike<number>;
}

export interface ReplayResult {
  /** By sample number: minus the derivative of the loss by its weight. Positive: its presence lowered the loss. */
  readonly rows: Float64Array;
  /** The same by the parameters that the run started from: what a parent's replay goes on from. */
  readonly start: Float64Array;
}

/** Numbers that a stored run may take: 1 GiB of float32. */
const MAX_STORED_NUMBERS = 1 << 28;

/** What a replay needs of the state before a step. @throws Reject sidecar/2 when the run would not fit. */
export function checkStored(steps: number, size: number): void {
  if (steps * size * 3 > MAX_STORED_NUMBERS) throw SidecarError.InvalidRequest("the run is too long to be replayed backwards at this size");
}

export function copyMoments({ theta, first, second }: Moments): Moments {
  return { theta: theta.slice(), first: first.slice(), second: second.slice() };
}

/** One pass. @throws Reject sidecar/12 when anything leaves the finite numbers. */
export async function replayEpoch(model: Trainable, input: ReplayInput, pause: () => Promise<void>): Promise<ReplayResult> {
  const [result] = await replayEach(model, { ...input, gradients: [input.gradient] }, pause);
  return result ?? { rows: new Float64Array(0), start: new Float64Array(0) };
}

interface Pass {
  readonly adjoint: Adjoint;
  readonly rows: Float64Array;
}

/**
 * A pass for each of several gradients, side by side: those of the rows are made once for all, so that Q passes cost 1 + Q
 * gradients a step.
 * @throws Reject sidecar/12 when anything leaves the finite numbers.
 */
export async function replayEach(
  model: Trainable,
  input: Omit<ReplayInput, "gradient"> & { readonly gradients: readonly ArrayLike<number>[] },
  pause: () => Promise<void>,
): Promise<ReplayResult[]> {
  const { steps, optimizer, gradients } = input;
  checkStored(steps.length, model.size);
  const passes: Pass[] = gradients.map((g) => ({
    adjoint: { theta: Float64Array.from(g), first: new Float64Array(model.size), second: new Float64Array(model.size) },
    rows: new Float64Array(model.units.length),
  }));
  for (const taken of steps.toReversed()) {
    const total = new Float64Array(model.size);
    const own: Float32Array[] = [];
    const take = (gradient: Float32Array): void => {
      own.push(gradient);
      addScaled(total, gradient);
    };
    await eachGradient(model, { theta: taken.state.theta, ...taken.batch }, take, pause);
    const gradient = Float32Array.from(total);
    for (const pass of passes) {
      stepBack(model, pass, { ...taken, gradient, own, optimizer });
      await pause();
    }
  }
  return passes.map(({ adjoint, rows }) => ({ rows, start: adjoint.theta }));
}

interface StepBack extends ReplayStep {
  readonly gradient: Float32Array;
  /** Weighted gradient of each sample of the batch. */
  readonly own: readonly Float32Array[];
  readonly optimizer: Optimizer;
}

function stepBack(model: Trainable, { adjoint, rows }: Pass, { state, batch, step, gradient, own, optimizer }: StepBack): void {
  const through = optimizer(step).retreat(adjoint, state, gradient);
  checkFinite(through);
  batch.samples.forEach((n, i) => {
    const scale = batch.unit / (batch.weights[i] as number);
    rows[n] = (rows[n] as number) - scale * innerProduct(own[i] as Float32Array, through);
  });
  addScaled(adjoint.theta, model.hessianTimes(through, { theta: state.theta, ...batch, gradient }));
}

/** A paid query of an epoch: its int8 gradient, as published, and the fee that its scores divide. */
export interface PaidQuery {
  readonly gradient: Int8Vector;
  readonly fee: bigint;
}

/** The sum of the query gradients, each by its part of all fees; zero when nothing was paid. */
export function epochGradient(queries: readonly PaidQuery[], size: number): Float64Array {
  const sum = new Float64Array(size);
  const fees = Number(queries.reduce((total, q) => total + q.fee, 0n));
  if (fees === 0) return sum;
  for (const { gradient, fee } of queries) addScaled(sum, gradient.values, (Number(fee) / fees) * powerOfTwo(gradient.exponent));
  return sum;
}

/** Row results summed by owner, signed; rows without an owner are left out. */
export function byOwner(rows: Float64Array, owners: ArrayLike<number>, count: number): Float64Array {
  const out = new Float64Array(count);
  rows.forEach((x, n) => {
    const owner = owners[n] ?? -1;
    if (owner >= 0 && owner < count) out[owner] = (out[owner] as number) + x;
  });
  return out;
}

/** Bits of the largest score. */
const SCORE_BITS = 40;
const MIN_EXPONENT = -100;
const MAX_EXPONENT = 100;

/**
 * Scores as integers with one power-of-two unit, the largest just below 2^40; halves round up.
 * @throws Reject sidecar/12 when a score is not finite or too large to scale.
 */
export function integerScores(scores: ArrayLike<number>): { readonly scores: readonly bigint[]; readonly exponent: number } {
  let top = 0;
  for (let i = 0; i < scores.length; i++) top = Math.max(top, Math.abs(scores[i] as number));
  if (!(top < powerOfTwo(MAX_EXPONENT))) throw SidecarError.NotFinite("score cannot be scaled");
  let exponent = MIN_EXPONENT;
  while (top * powerOfTwo(-exponent) >= powerOfTwo(SCORE_BITS)) exponent++;
  const scale = powerOfTwo(-exponent);
  return { scores: Array.from(scores, (x) => BigInt(Math.floor(x * scale + 0.5))), exponent };
}
