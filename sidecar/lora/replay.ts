import { weigh } from "../attribution/course.js";
import { adam } from "../attribution/optimizer.js";
import { byOwner, checkStored, copyMoments, replayEpoch } from "../attribution/replay.js";
import type { ReplayStep } from "../attribution/replay.js";
import { batchAt } from "./data.js";
import type { TrainingData } from "./data.js";
import type { Learner } from "./learner.js";
import { initialState, trainStep } from "./trainer.js";
import type { Parent, Recipe } from "./trainer.js";

/** A finished job, given by what it depends on. */
export interface ReplayableJob {
  readonly learner: Learner;
  readonly data: TrainingData;
  readonly job: Recipe & { readonly steps: number };
  readonly parent?: Parent | undefined;
}

export interface EpochScores {
  /** By sequence: positive where its presence lowered the loss. */
  readonly rows: Float64Array;
  /** By contributor of the data, signed sums. */
  readonly contributors: Float64Array;
  /** The gradient by the weights that the job started from: the epoch's gradient for a replay of the parent. */
  readonly start: Float64Array;
}

/** Trains again, without tangents, and keeps every state. */
export async function recordTraining(
  { learner, data, job, parent }: ReplayableJob,
  pause: () => Promise<void>,
): Promise<{ readonly steps: readonly ReplayStep[]; readonly theta: Float32Array }> {
  const recipe = { ...job, tangents: false };
  const { units, size } = learner.samples(data.sequences);
  checkStored(job.steps, size);
  const steps: ReplayStep[] = [];
  const state = initialState(learner, data, recipe, parent);
  while (state.step < job.steps) {
    const batch = weigh(units, batchAt(job, data.sequences.length, state.cursor), job.weights);
    steps.push({ state: copyMoments(state.adapter), batch, step: state.step + 1 });
    await trainStep(learner, data, state, { recipe, pause });
  }
  return { steps, theta: state.adapter.theta };
}

/**
 * `replay-epoch-v1` of a job: back once with `gradient`, the fee-weighted sum of the epoch's query gradients. Costs about three
 * trainings without tangents, recording included, whatever the number of contributors or queries.
 */
export async function replayTraining(job: ReplayableJob, gradient: ArrayLike<number>, pause: () => Promise<void>): Promise<EpochScores> {
  const { learner, data } = job;
  const { steps } = await recordTraining(job, pause);
  const model = learner.samples(data.sequences);
  const { rows, start } = await replayEpoch(model, { steps, optimizer: adam(job.job.adam), gradient }, pause);
  const owners = data.sequences.map((s) => s.contributor);
  return { rows, contributors: byOwner(rows, owners, data.contributors.length), start };
}
