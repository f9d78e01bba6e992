/** Our methods on a classifier: what sidecar/attribution does to adapters, here on factored gradients. */
import type { Forward } from "../../../sidecar/classifier/network.js";
import { matrix } from "../../../sidecar/ops/matrix.js";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import { factorsOf, gram, meanSquare, solve } from "../models/dual.js";
import { replaySgd } from "../models/replay.js";
import { trainSgd } from "../models/sgd.js";
import { drawSubsets } from "../subsets.js";
import { everyRow, runOf, weightsAfter, weightsOnHalf } from "../settings/classifier-setting.js";
import type { ClassifierSetting } from "../settings/classifier-setting.js";
import type { Influence, Method } from "../types.js";
import { factorsAt, queryFactors, rowsOf, stackedQueries, sumOf } from "./classifier-baselines.js";

type ClassifierMethod = Method<ClassifierSetting>;

/** Damping of the product: this share of the mean eigenvalue of the Gram matrix (attribution.md §1.6). */
const DAMPING = 0.1;
const ITERATIONS = 60;

/** Influence by the empirical Fisher matrix, solved exactly among the rows (dual). */
export const efV1: ClassifierMethod = {
  id: "ef-v1",
  ours: true,
  prepare: (setting) => {
    const { backend } = setting.network;
    const theta = weightsAfter(setting);
    const rows = factorsAt(setting, theta);
    const among = gram(backend, rows, rows);
    const damping = DAMPING * meanSquare(rows);
    return {
      scores: (queries) => {
        const asked = gram(backend, queryFactors(setting, theta, queries), rows);
        return rowsOf(solve(backend, among, asked, { damping, iterations: ITERATIONS }));
      },
    };
  },
};

/**
 * `constant`: the product's share of the mean eigenvalue. `early-stopping`: 1 / (rate x steps), which is what a training that
 * ends before it has converged amounts to.
 */
type Damping = "constant" | "early-stopping";

/** To be added to the Gram matrix of `count` rows. */
function dampingOf({ recipe, train }: ClassifierSetting, kind: Damping, square: number): number {
  if (kind === "constant") return DAMPING * square;
  const steps = recipe.epochs * Math.ceil(train.count / recipe.batchSize);
  return (train.count * (1 - recipe.momentum)) / (recipe.rate * steps);
}

interface GnInput {
  readonly theta: Float32Array;
  readonly seed: bigint;
  readonly damping: Damping;
}

function gnScores(setting: ClassifierSetting, { theta, seed, damping: kind }: GnInput, queries: readonly number[]): Influence {
  const { backend } = setting.network;
  const random = new Xoshiro(seed);
  const rows = factorsAt(setting, theta);
  const at = { network: setting.network, theta, samples: setting.train };
  const drawn = factorsOf(at, everyRow(setting.train), (pass, k) => drawLabel(pass, k, random));
  const damping = dampingOf(setting, kind, meanSquare(drawn));
  const asked = queryFactors(setting, theta, queries);
  const solved = solve(backend, gram(backend, drawn, drawn), gram(backend, asked, drawn), { damping, iterations: ITERATIONS });
  const direct = gram(backend, asked, rows);
  const explained = backend.multiply(solved, gram(backend, drawn, rows));
  return rowsOf(matrix(direct.rows, direct.cols, direct.data.map((x, k) => (x - (explained.data[k] as number)) / damping)));
}

/** A label from the model's own distribution. */
function drawLabel({ probabilities }: Forward, k: number, random: Xoshiro): number {
  const { cols, data } = probabilities;
  let left = random.next() / 0x100000000;
  for (let c = 0; c + 1 < cols; c++) {
    left -= data[k * cols + c] as number;
    if (left < 0) return c;
  }
  return cols - 1;
}

/** Influence by the Gauss-Newton matrix, from gradients of labels that the model draws. Several models: the mean. */
export function gnV1(models = 1, damping: Damping = "constant"): ClassifierMethod {
  const notes = [
    ...(models === 1 ? [] : [`mean over ${models} trainings`]),
    ...(damping === "constant" ? [] : ["damping 1 / (rate x steps)"]),
  ];
  return {
    id: models === 1 ? "gn-v1" : `gn-v1 x${models}`,
    ours: true,
    ...(notes.length === 0 ? {} : { note: notes.join(", ") }),
    prepare: (setting, seed) => {
      const inputs = Array.from({ length: models }, (_, m) => ({ theta: weightsAfter(setting, m), seed: seed + BigInt(m) + 5n, damping }));
      return { scores: (queries) => sumOf(inputs.map((input) => gnScores(setting, input, queries))) };
    },
  };
}

/**
 * The same from models that were trained on random halves of the rows each, as TRAK's are: a model that has seen a row may fit it so
 * well that its gradient says nothing.
 */
export function gnHalves(models: number, damping: Damping = "constant"): ClassifierMethod {
  return {
    id: `gn-v1 x${models}, halves`,
    ours: true,
    note: `mean over ${models} trainings on halves${damping === "constant" ? "" : ", damping 1 / (rate x steps)"}`,
    prepare: (setting, seed) => {
      const halves = drawSubsets(setting.train.count, models, { share: 0.5, seed: seed + 77n });
      const inputs = halves.map((kept, m) => ({ theta: weightsOnHalf(setting, kept, m + 1), seed: seed + BigInt(m) + 5n, damping }));
      return { scores: (queries) => sumOf(inputs.map((input) => gnScores(setting, input, queries))) };
    },
  };
}

function replayed(setting: ClassifierSetting, queries: readonly number[], member: number, weight?: number): Influence {
  const weights = weight === undefined ? undefined : new Float64Array(setting.train.count).fill(weight);
  const run = runOf(setting, member, weights);
  const theta = weight === undefined ? weightsAfter(setting, member) : trainSgd(run);
  return replaySgd(run, stackedQueries(setting, theta, queries));
}

/** The exact derivative through training. `tangent-v1` is the same number carried forward, contributor by contributor. */
export function replayV1(models = 1): ClassifierMethod {
  return {
    id: models === 1 ? "replay-epoch-v1" : `replay-epoch-v1 x${models}`,
    ours: true,
    ...(models === 1 ? {} : { note: `mean over ${models} trainings` }),
    prepare: (setting) => {
      for (let m = 0; m < models; m++) weightsAfter(setting, m);
      return { scores: (queries) => sumOf(Array.from({ length: models }, (_, m) => replayed(setting, queries, m))) };
    },
  };
}

/** Mean of the derivatives at row weights 1 and 1/2: a two-point Aumann-Shapley rule (attribution.md §1.7). */
export const integratedV1: ClassifierMethod = {
  id: "integrated-v1",
  ours: true,
  prepare: (setting) => {
    weightsAfter(setting);
    return { scores: (queries) => sumOf([replayed(setting, queries, 0), replayed(setting, queries, 0, 0.5)]) };
  },
};
