import type { Network } from "../../../sidecar/classifier/network.js";
import { pick } from "../data/samples.js";
import type { Samples } from "../data/samples.js";
import { trainSgd } from "../models/sgd.js";
import type { SgdRecipe, SgdRun } from "../models/sgd.js";

/** What a method may see: the data, the recipe, and trainings of its own. Never a retraining that judges it. */
export interface ClassifierSetting {
  readonly name: string;
  readonly network: Network;
  readonly train: Samples;
  /** Queries are rows of these. */
  readonly test: Samples;
  readonly recipe: SgdRecipe;
  /** Models trained so far, by member: 0 is the model that is asked, others are an ensemble's. */
  readonly trained: Map<number, Float32Array>;
}

/** Added to the seeds of models that methods train for themselves; those of the ground truth are far away. */
const METHOD_SEEDS = 1000;

/** Weights of a member after training on every row. */
export function weightsAfter(setting: ClassifierSetting, member = 0): Float32Array {
  const theta = setting.trained.get(member) ?? trainSgd(runOf(setting, member));
  setting.trained.set(member, theta);
  return theta;
}

/** The same setting with no model trained but the one that is asked: what a method trains besides is its own cost. */
export function alone(setting: ClassifierSetting): ClassifierSetting {
  return { ...setting, trained: new Map([[0, weightsAfter(setting)]]) };
}

export function runOf({ network, train, recipe }: ClassifierSetting, member = 0, weights?: ArrayLike<number>): SgdRun {
  const seed = member === 0 ? recipe.seed : recipe.seed + METHOD_SEEDS + member;
  return { network, samples: train, recipe: { ...recipe, seed }, ...(weights === undefined ? {} : { weights }) };
}

/** Weights of a member after training on the rows that are kept, the others left out altogether. */
export function weightsOnHalf(setting: ClassifierSetting, kept: Uint8Array, member: number): Float32Array {
  const rows = Array.from(kept.keys()).filter((i) => kept[i] !== 0);
  return trainSgd({ ...runOf(setting, member), samples: pick(setting.train, rows) });
}

export function everyRow(samples: Samples): number[] {
  return Array.from({ length: samples.count }, (_, i) => i);
}
