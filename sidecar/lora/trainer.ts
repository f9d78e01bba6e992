import { takeStep, weigh } from "../attribution/course.js";
import { adam } from "../attribution/optimizer.js";
import { addScaled } from "../attribution/trainable.js";
import { SidecarError } from "../errors.js";
import { Xoshiro } from "../random/xoshiro.js";
import type { AdamOptions } from "../types.js";
import { zeroMoments } from "./adam.js";
import type { Moments } from "./adam.js";
import type { TrainState } from "./checkpoint.js";
import { encodePartition, isShared, partitionOf, readPartition, unionOf } from "./cohorts.js";
import type { Partition } from "./cohorts.js";
import { batchAt } from "./data.js";
import type { TrainingData } from "./data.js";
import type { Learner } from "./learner.js";

/**
 * Training that also carries the derivative of the parameters with respect to the weight of a contributor's rows in the
 * loss (`tangent-v1`, attribution.md §1.6 and §8.1). Cost per step: one gradient, plus one per tangent.
 */
export interface Recipe {
  readonly adam: AdamOptions;
  readonly batchSize: number;
  readonly seed: bigint;
  readonly tangents: boolean;
  /** Tangents carried at most (cohorts.ts); 0, the default, for one per contributor. */
  readonly maxTangents?: number;
  /** Those of the parent's tangents, in ASCII order. */
  readonly parentContributors?: readonly string[];
  /** What each sequence weighs in the loss (1 by default): the counterfactual that tangents predict. */
  readonly weights?: readonly number[];
}

/** The last state of the job that this one goes on from. */
export interface Parent {
  readonly state: TrainState;
  /** Those of its tangents, in ASCII order. */
  readonly contributors: readonly string[];
}

/** Of a job with this data: everyone its tangents know, with those of its parent. */
export function contributorsOf(data: TrainingData, recipe: Pick<Recipe, "parentContributors">): string[] {
  return unionOf(recipe.parentContributors ?? [], data.contributors);
}

/** The partition of the tangents that a state of this job carries. */
export function carriedBy(state: TrainState, data: TrainingData, recipe: Pick<Recipe, "parentContributors">): Partition {
  return readPartition(contributorsOf(data, recipe), state.tangents);
}

/** Sequences of each contributor, by position in `contributors`. */
export function sizesOf(data: TrainingData, contributors: readonly string[]): number[] {
  const at = new Map(contributors.map((name, i) => [name, i]));
  const sizes = contributors.map(() => 0);
  for (const { contributor } of data.sequences) {
    const position = at.get(data.contributors[contributor] ?? "") ?? 0;
    sizes[position] = (sizes[position] ?? 0) + 1;
  }
  return sizes;
}

/** Group of each sequence. */
export function groupsOf(data: TrainingData, partition: Partition): Int32Array {
  const at = new Map(partition.contributors.map((name, i) => [name, partition.groupOf[i] ?? -1]));
  const groups = data.contributors.map((name) => at.get(name) ?? -1);
  return Int32Array.from(data.sequences, (s) => groups[s.contributor] ?? -1);
}

/**
 * Where a job starts. With a parent: its weights and its tangents, which are derivatives of those weights; contributors are
 * the union, new ones start at zero. The optimizer starts anew, its moments and their derivatives at zero, since how many
 * steps stand behind them is not part of a state (docs/adr/0072).
 * @throws Reject sidecar/6 when the parent's tangents are not those of its contributors.
 */
export function initialState(learner: Learner, data: TrainingData, recipe: Recipe, parent?: Parent): TrainState {
  const { size } = learner;
  const first = parent === undefined ? learner.first(new Xoshiro(recipe.seed)) : parent.state.adapter.theta.slice();
  const adapter = { ...zeroMoments(size), theta: first };
  return { step: 0, cursor: 0n, adapter, tangents: recipe.tangents ? initialTangents(size, data, recipe, parent) : [] };
}

function initialTangents(size: number, data: TrainingData, recipe: Recipe, parent: Parent | undefined): Moments[] {
  const before = parent === undefined ? undefined : parentPartition(parent);
  const contributors = unionOf(before?.contributors ?? [], data.contributors);
  const heads = { contributors, sizes: sizesOf(data, contributors) };
  const partition = partitionOf(heads, recipe.maxTangents ?? 0, before);
  const tangents = Array.from({ length: partition.groups }, () => zeroMoments(size));
  before?.contributors.forEach((name, i) => {
    const group = before.groupOf[i] ?? 0;
    if (before.groupOf.indexOf(group) !== i) return;
    const carried = parent?.state.tangents[group];
    const into = tangents[partition.groupOf[contributors.indexOf(name)] ?? 0];
    if (carried !== undefined && into !== undefined) addScaled(into.theta, carried.theta);
  });
  return isShared(partition) ? [...tangents, encodePartition(partition, size)] : tangents;
}

function parentPartition({ state, contributors }: Parent): Partition {
  if (contributors.length === 0 && state.tangents.length > 0) {
    throw SidecarError.BadCheckpoint("the contributors of the parent's tangents are not named");
  }
  return readPartition(contributors, state.tangents);
}

/**
 * One step, in place; returns the batch's mean loss per token. `pause` is awaited between gradients, so that a long step
 * does not starve the process, and may throw to cancel: the state is only written once all gradients are known.
 * @throws Reject sidecar/12 when anything leaves the finite numbers.
 */
export async function trainStep(
  learner: Learner,
  data: TrainingData,
  state: TrainState,
  run: { readonly recipe: Recipe; readonly pause: () => Promise<void> },
): Promise<number> {
  const { recipe, pause } = run;
  const partition = recipe.tangents ? carriedBy(state, data, recipe) : undefined;
  const groups = partition === undefined ? [] : groupsOf(data, partition);
  const course = { ...state, tangents: state.tangents.slice(0, partition?.groups ?? 0) };
  const loss = await trainGroups(learner, data, course, { recipe, groups, pause });
  state.step = course.step;
  state.cursor = course.cursor;
  return loss;
}

/** `trainStep` with tangents of any groups of sequences; `groups` are by sequence, negative for none. */
export async function trainGroups(
  learner: Learner,
  data: TrainingData,
  state: TrainState,
  run: { readonly recipe: Recipe; readonly groups: ArrayLike<number>; readonly pause: () => Promise<void> },
): Promise<number> {
  const { recipe, groups, pause } = run;
  const model = learner.samples(data.sequences);
  const batch = weigh(model.units, batchAt(recipe, data.sequences.length, state.cursor), recipe.weights);
  const loss = await takeStep(model, state, { batch, groups, optimizer: adam(recipe.adam), step: state.step + 1 }, pause);
  state.step += 1;
  state.cursor += BigInt(recipe.batchSize);
  return loss;
}
