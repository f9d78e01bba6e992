import { influenceVectors } from "../attribution/influence.js";
import type { CurvatureMethod } from "../attribution/influence.js";
import { INTEGRATED_NODES, integratedVectors } from "../attribution/integrated.js";
import type { Node } from "../attribution/integrated.js";
import { droppedGroups, predictionSpearman, probeSamples } from "../attribution/metasmoothness.js";
import type { Retrained } from "../attribution/metasmoothness.js";
import { addScaled, eachGradient } from "../attribution/trainable.js";
import type { Trainable } from "../attribution/trainable.js";
import { quantiseVectors } from "../attribution/vectors.js";
import type { InfluenceVectors } from "../attribution/vectors.js";
import { divideTangent } from "../attribution/within.js";
import type { Metasmoothness } from "../types.js";
import { zeroMoments } from "./adam.js";
import type { TrainState } from "./checkpoint.js";
import type { Partition } from "./cohorts.js";
import type { TrainingData } from "./data.js";
import type { Learner } from "./learner.js";
import { carriedBy, contributorsOf, groupsOf, initialState, sizesOf, trainGroups, trainStep } from "./trainer.js";
import type { Parent, Recipe } from "./trainer.js";

/** What follows from the last state of a job that carried tangents. */
export interface FinishInput {
  readonly learner: Learner;
  readonly data: TrainingData;
  /** After the last step. */
  readonly state: TrainState;
  readonly job: Recipe & { readonly steps: number; readonly metasmoothSubsets?: number };
  readonly adapterId: Uint8Array;
  /** As given to `initialState`. */
  readonly parent?: Parent | undefined;
}

export interface Finished {
  /** `tangent-v1`, one per contributor. */
  readonly vectors: InfluenceVectors;
  /** `ef-v1`, priced where the tangents do not predict well enough. */
  readonly fallback: InfluenceVectors;
  /** Where the job asks for it. */
  readonly metasmoothness?: Metasmoothness;
}

/**
 * The influence vectors of a finished job, and how well they predict: a pure function of job, data and last state, so that a
 * dispute about the result starts from the last checkpoint. Costs one gradient of every sequence; metasmoothness, as many
 * trainings as it retrains subsets, and three times as many where the job has a parent.
 */
export async function finishTraining(input: FinishInput, pause: () => Promise<void>): Promise<Finished> {
  const { data, state, job, adapterId } = input;
  const partition = carriedBy(state, data, job);
  const { contributors } = partition;
  const estimates = await estimate(input, "ef-v1", pause);
  const tangents = perContributor(partition, state, { estimates, sizes: sizesOf(data, contributors) });
  const asked = job.metasmoothSubsets ?? 0;
  return {
    vectors: quantiseVectors({ method: "tangent-v1", adapterId }, contributors, tangents),
    fallback: quantiseVectors({ method: "ef-v1", adapterId }, contributors, estimates),
    ...(asked > 0 ? { metasmoothness: await metasmoothness(input, partition, pause) } : {}),
  };
}

/** Methods that leave influence vectors of a finished job. `replay-epoch-v1` (replay.ts) leaves scores instead. */
export type VectorMethod = "tangent-v1" | "integrated-v1" | CurvatureMethod;

/**
 * The vectors of one method. `integrated-v1` trains again at every weight below 1, with tangents; the others cost one gradient of
 * every sequence, `gn-v1` up to three.
 */
export async function vectorsBy(method: VectorMethod, input: FinishInput, pause: () => Promise<void>): Promise<InfluenceVectors> {
  const { data, job, adapterId } = input;
  const contributors = contributorsOf(data, job);
  const name = { method, adapterId };
  if (method === "ef-v1" || method === "gn-v1") return quantiseVectors(name, contributors, await estimate(input, method, pause));
  const nodes: readonly Node[] = method === "integrated-v1" ? INTEGRATED_NODES : [{ weight: 1, share: 1 }];
  const runs: Float32Array[][] = [];
  for (const { weight } of nodes) {
    const state = weight === 1 ? input.state : await weighted(input, weight, pause);
    const estimates = await estimate({ ...input, state }, "ef-v1", pause);
    runs.push(perContributor(carriedBy(state, data, job), state, { estimates, sizes: sizesOf(data, contributors) }));
  }
  return quantiseVectors(name, contributors, integratedVectors(nodes, runs));
}

/** The job again, every sequence weighing `weight`. */
async function weighted({ learner, data, job, parent }: FinishInput, weight: number, pause: () => Promise<void>): Promise<TrainState> {
  const recipe = { ...job, weights: data.sequences.map(() => weight) };
  const state = initialState(learner, data, recipe, parent);
  while (state.step < job.steps) await trainStep(learner, data, state, { recipe, pause });
  return state;
}

/** Influence of every contributor at the adapter of the state; zero for those without rows in the data. */
async function estimate({ learner, data, state, job }: FinishInput, method: CurvatureMethod, pause: () => Promise<void>): Promise<Float32Array[]> {
  const contributors = contributorsOf(data, job);
  const at = new Map(contributors.map((name, i) => [name, i]));
  const positions = data.contributors.map((name) => at.get(name) ?? -1);
  const owners = Int32Array.from(data.sequences, (s) => positions[s.contributor] ?? -1);
  const input = { theta: state.adapter.theta, owners, count: contributors.length, seed: job.seed };
  return await influenceVectors(learner.samples(data.sequences), method, input, pause);
}

/** What is known of each contributor, in their order. */
interface Known {
  readonly estimates: readonly Float32Array[];
  readonly sizes: readonly number[];
}

/** A tangent of one's own as it is; a shared one divided among its members. */
function perContributor({ contributors, groupOf, groups }: Partition, { tangents }: TrainState, { estimates, sizes }: Known): Float32Array[] {
  const members: number[][] = Array.from({ length: groups }, () => []);
  groupOf.forEach((group, c) => members[group]?.push(c));
  const out: Float32Array[] = contributors.map(() => new Float32Array(0));
  members.forEach((list, group) => {
    const tangent = tangents[group]?.theta ?? new Float32Array(0);
    const empty: Float32Array = new Float32Array(tangent.length);
    const cohort = { tangent, estimates: list.map((c) => estimates[c] ?? empty), sizes: list.map((c) => sizes[c] ?? 0) };
    const parts = list.length === 1 ? [tangent] : divideTangent(cohort);
    list.forEach((c, i) => {
      out[c] = parts[i] ?? empty;
    });
  });
  return out;
}

/** With one tangent nothing is divided, so there is nothing that could be predicted wrongly. */
async function metasmoothness(input: FinishInput, partition: Partition, pause: () => Promise<void>): Promise<Metasmoothness> {
  const { learner, data, state, job } = input;
  const subsets = job.metasmoothSubsets ?? 0;
  if (partition.groups < 2) return { subsets, probes: 0, spearmanPpm: 1_000_000 };
  const model = learner.samples(data.sequences);
  const samples = probeSamples(data.sequences.length, job.seed);
  const probes = await probe(model, state.adapter.theta, samples, pause);
  const retrained: Retrained[] = [];
  for (const without of droppedGroups(partition.groups, subsets, job.seed)) {
    const theta = await retrain(input, partition, without, pause);
    const losses = (await probe(model, theta, samples, pause)).map((p) => p.loss);
    retrained.push({ tangent: await tangentOf(input, partition, without, pause), losses });
  }
  return { subsets, probes: samples.length, spearmanPpm: predictionSpearman(probes, retrained) };
}

/** The mean loss of each sample and its gradient. */
async function probe(
  model: Trainable,
  theta: Float32Array,
  samples: readonly number[],
  pause: () => Promise<void>,
): Promise<{ loss: number; gradient: Float32Array }[]> {
  const out: { loss: number; gradient: Float32Array }[] = [];
  for (const sample of samples) {
    const point = { theta, samples: [sample], weights: [1 / (model.units[sample] ?? 1)] };
    const found: Float32Array[] = [];
    const loss = await eachGradient(model, point, (gradient) => found.push(gradient), pause);
    out.push({ loss, gradient: found[0] ?? new Float32Array(0) });
  }
  return out;
}

/** Same seed, same order, the groups' sequences weighing nothing. */
async function retrain(
  { learner, data, job, parent }: FinishInput,
  partition: Partition,
  without: readonly number[],
  pause: () => Promise<void>,
): Promise<Float32Array> {
  const weights = Array.from(groupsOf(data, partition), (group) => (without.includes(group) ? 0 : 1));
  const recipe = { ...job, tangents: false, weights };
  const state = initialState(learner, data, recipe, parent);
  while (state.step < job.steps) await trainStep(learner, data, state, { recipe, pause });
  return state.adapter.theta;
}

/**
 * The tangent of this job's own rows in some groups, which is what a retraining leaves out: the sum of those carried. With a parent
 * these also hold what the parent's rows did, so one is carried again, from zero.
 */
async function tangentOf(
  { learner, data, state, job, parent }: FinishInput,
  partition: Partition,
  without: readonly number[],
  pause: () => Promise<void>,
): Promise<Float32Array> {
  if (parent === undefined) {
    const sum = new Float64Array(learner.size);
    for (const group of without) addScaled(sum, state.tangents[group]?.theta ?? []);
    return Float32Array.from(sum);
  }
  const groups = groupsOf(data, partition).map((group) => (without.includes(group) ? 0 : -1));
  const start = initialState(learner, data, { ...job, tangents: false }, parent);
  const course = { ...start, tangents: [zeroMoments(learner.size)] };
  while (course.step < job.steps) await trainGroups(learner, data, course, { recipe: job, groups, pause });
  return course.tangents[0]?.theta ?? new Float32Array(0);
}
