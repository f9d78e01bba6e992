/** Our methods on a language model's adapter: the code of the product (sidecar/attribution), row by row. */
import { cpuMs } from "../../machine.js";
import { dot } from "../../../modules/attribution/rules/score.js";
import { influenceVectors } from "../../../sidecar/attribution/influence.js";
import type { CurvatureMethod } from "../../../sidecar/attribution/influence.js";
import { adam } from "../../../sidecar/attribution/optimizer.js";
import { quantise } from "../../../sidecar/attribution/quantise.js";
import { replayEach } from "../../../sidecar/attribution/replay.js";
import type { ReplayStep } from "../../../sidecar/attribution/replay.js";
import { innerProduct } from "../../../sidecar/attribution/trainable.js";
import { recordTraining } from "../../../sidecar/lora/replay.js";
import { NO_PAUSE, finalWeights, queryGradient, trainLora } from "../settings/lora-setting.js";
import type { LoraSetting } from "../settings/lora-setting.js";
import type { Influence, Method } from "../types.js";

export type LoraMethod = Method<LoraSetting>;

export interface Trajectory {
  readonly theta: Float32Array;
  readonly steps: readonly ReplayStep[];
}

/** A training with every state kept, each row weighing `weight`. */
export function trajectoryOf({ learner, data, job }: LoraSetting, weight = 1): Promise<Trajectory> {
  return recordTraining({ learner, data, job: { ...job, weights: data.sequences.map(() => weight) } }, NO_PAUSE);
}

/** Of every query, minus the derivative of its loss by the weight of each row: one pass back for all of them. */
async function replayQueries({ learner, data, job }: LoraSetting, { steps }: Trajectory, gradients: readonly Float32Array[]): Promise<Influence> {
  const results = await replayEach(learner.samples(data.sequences), { steps, optimizer: adam(job.adam), gradients }, NO_PAUSE);
  return results.map((r) => r.rows);
}

function replayMethod(id: string, weights: readonly number[]): LoraMethod {
  return {
    id,
    ours: true,
    prepare: async (setting) => {
      const runs = new Map<number, Trajectory>();
      for (const weight of weights) runs.set(weight, await trajectoryOf(setting, weight));
      return {
        scores: async (queries) => {
          const parts: Influence[] = [];
          for (const run of runs.values()) {
            const gradients = queries.map((q) => queryGradient(setting, run.theta, q).gradient);
            parts.push(await replayQueries(setting, run, gradients));
          }
          return queries.map((_, q) => meanOf(parts.map((p) => p[q] as Float64Array)));
        },
      };
    },
  };
}

function meanOf(all: readonly Float64Array[]): Float64Array {
  return (all[0] as Float64Array).map((_, i) => all.reduce((sum, one) => sum + (one[i] as number), 0) / all.length);
}

export const replayLora = replayMethod("replay-epoch-v1", [1]);
/** Half and full weight of all rows: the nodes of the product. */
export const integratedLora = replayMethod("integrated-v1", [0.5, 1]);

/** `ef-v1` and `gn-v1` of the product, with a vector for every row. */
export function curvatureLora(id: CurvatureMethod): LoraMethod {
  return {
    id,
    ours: true,
    prepare: async (setting, seed) => {
      const { learner, data } = setting;
      const theta = await finalWeights(setting);
      const count = data.sequences.length;
      const owners = data.sequences.map((_, i) => i);
      const vectors = await influenceVectors(learner.samples(data.sequences), id, { theta, owners, count, seed }, NO_PAUSE);
      return { scores: (queries) => queries.map((q) => negativeDots(queryGradient(setting, theta, q).gradient, vectors)) };
    },
  };
}

export function negativeDots(gradient: Float32Array, vectors: readonly Float32Array[]): Float64Array {
  return Float64Array.from(vectors, (v) => -innerProduct(gradient, v));
}

/** `tangent-v1`: contributor by contributor, in floats and as the integers that are paid by. */
export interface Tangents {
  readonly theta: Float32Array;
  readonly float: readonly Float64Array[];
  readonly int8: readonly Float64Array[];
  readonly seconds: number;
  readonly querySeconds: number;
}

export async function tangentScores(setting: LoraSetting): Promise<Tangents> {
  const start = cpuMs();
  const state = await trainLora(setting, { tangents: true });
  const seconds = (cpuMs() - start) / 1000;
  const { theta } = state.adapter;
  const vectors = state.tangents.map((t) => t.theta);
  const quantised = vectors.map(quantise);
  const began = cpuMs();
  const float: Float64Array[] = [];
  const int8: Float64Array[] = [];
  setting.queries.forEach((_, q) => {
    const { gradient } = queryGradient(setting, theta, q);
    const asked = quantise(gradient);
    float.push(negativeDots(gradient, vectors));
    int8.push(Float64Array.from(quantised, (u) => -Number(dot(asked.values, u.values)) * 2 ** (asked.exponent + u.exponent)));
  });
  return { theta, float, int8, seconds, querySeconds: (cpuMs() - began) / 1000 / setting.queries.length };
}
