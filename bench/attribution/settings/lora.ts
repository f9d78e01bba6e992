import { cpuMs } from "../../machine.js";
import { byOwner } from "../../../sidecar/attribution/replay.js";
import { lossGradient } from "../../../sidecar/lora/gradient.js";
import { replayTraining } from "../../../sidecar/lora/replay.js";
import type { Cache } from "../cache.js";
import { collect } from "../ground-truth.js";
import type { Job } from "../ground-truth.js";
import { judge, judgeContributors } from "../judge.js";
import type { Judged, Truth } from "../judge.js";
import { pearson } from "../metrics.js";
import { tangentScores } from "../methods/lora-ours.js";
import type { LoraMethod, Tangents } from "../methods/lora-ours.js";
import { progress } from "../progress.js";
import { drawSubsets, leaveOutContributors } from "../subsets.js";
import type { Row } from "../types.js";
import { NO_PAUSE, finalWeights, queryGradient, queryLosses, trainLora } from "./lora-setting.js";
import type { LoraSetting } from "./lora-setting.js";

export interface LoraPlan {
  readonly setting: LoraSetting;
  readonly halfSubsets: number;
  readonly mostSubsets: number;
  readonly seed: bigint;
}

/** Retrainings by the trainer of the product, same seed and order, left-out rows weighing nothing. */
export function loraJobs({ setting, halfSubsets, mostSubsets, seed }: LoraPlan): { jobs: Job[]; kept: { half: Uint8Array[]; most: Uint8Array[] } } {
  const { data } = setting;
  const n = data.sequences.length;
  const kept = {
    half: drawSubsets(n, halfSubsets, { share: 0.5, seed: seed + 2n }),
    most: drawSubsets(n, mostSubsets, { share: 0.95, seed: seed + 3n }),
  };
  const everyone = new Uint8Array(n).fill(1);
  const absent = leaveOutContributors(
    data.sequences.map((s) => s.contributor),
    data.contributors.length,
  );
  const name = loraName(setting);
  const jobs = [everyone, ...absent, ...kept.half, ...kept.most].map((w) => ({
    recipe: { ...name, weights: [...w].join("") },
    make: async () => queryLosses(setting, (await trainLora(setting, { weights: [...w] })).adapter.theta),
  }));
  return { jobs, kept };
}

export function loraName({ name, job, texts, queryTexts, context }: LoraSetting): object {
  return { name, job: { ...job, seed: job.seed.toString() }, rows: texts, queries: queryTexts, size: context.layout.size };
}

export async function loraTruth(plan: LoraPlan, cache: Cache): Promise<Truth> {
  const { jobs, kept } = loraJobs(plan);
  const [full, ...rest] = await collect(jobs, cache);
  const { data } = plan.setting;
  const count = data.contributors.length;
  const half = rest.slice(count, count + kept.half.length);
  const most = rest.slice(count + kept.half.length);
  return {
    contributor: data.sequences.map((s) => s.contributor),
    rises: rest.slice(0, count).map((own) => own.map((x, q) => x - (full?.[q] ?? 0))),
    ...(half.length === 0 ? {} : { half: { kept: kept.half, losses: half } }),
    ...(most.length === 0 ? {} : { most: { kept: kept.most, losses: most } }),
  };
}

/** Seconds of one batch gradient. */
export function loraGradientSeconds({ context, data, job }: LoraSetting): number {
  const theta = new Float32Array(context.layout.size).fill(0.001);
  const batch = data.sequences.slice(0, job.batchSize);
  const times = Array.from({ length: 7 }, () => {
    const start = cpuMs();
    lossGradient(context, theta, batch, 1 / batch.length);
    return cpuMs() - start;
  }).sort((a, b) => a - b);
  return (times[3] ?? 0) / 1000;
}

export interface LoraResult {
  readonly row: Row;
  readonly judged: Judged;
}

export async function assessLora(plan: LoraPlan, method: LoraMethod, truth: Truth): Promise<LoraResult> {
  const { setting, seed } = plan;
  progress(`${setting.name}: ${method.id}`);
  const unit = loraGradientSeconds(setting);
  await finalWeights(setting);
  const start = cpuMs();
  const prepared = await method.prepare(setting, seed);
  const middle = cpuMs();
  const asked = [...setting.queries.keys()];
  const influence = await prepared.scores(asked);
  const end = cpuMs();
  const judged = judge(influence, truth);
  const cost = (ms: number): Row["oneOff"] => ({ seconds: ms / 1000, gradients: ms / 1000 / unit });
  const row: Row = {
    setting: setting.name,
    method: method.id,
    ours: method.ours,
    ...judged.figures,
    oneOff: cost(middle - start),
    perQuery: cost((end - middle) / asked.length),
    ...(method.note === undefined ? {} : { note: method.note }),
  };
  return { row, judged };
}

export interface TangentResults {
  readonly rows: readonly Row[];
  /** Mean rank correlation with leave-one-out in floats minus that in int8. */
  readonly int8Drop: number;
  /** Correlation of forward tangents with one reverse pass over all queries: contributors. */
  readonly forwardReverse: number;
}

/** `tangent-v1`, and that it agrees with `replay-epoch-v1` of the product. */
export async function assessTangents(plan: LoraPlan, truth: Truth): Promise<TangentResults> {
  const { setting } = plan;
  progress(`${setting.name}: tangent-v1`);
  const unit = loraGradientSeconds(setting);
  const tangents = await tangentScores(setting);
  const rises = truth.rises ?? [];
  const [float, int8] = [judgeContributors(tangents.float, rises), judgeContributors(tangents.int8, rises)];
  const rowOf = (method: string, judged: Judged): Row => ({
    setting: setting.name,
    method,
    ours: true,
    ...judged.figures,
    oneOff: { seconds: tangents.seconds, gradients: tangents.seconds / unit },
    perQuery: { seconds: tangents.querySeconds, gradients: tangents.querySeconds / unit },
  });
  return {
    rows: [rowOf("tangent-v1", int8), rowOf("tangent-v1, unrounded", float)],
    int8Drop: (float.figures.leaveOneOut?.mean ?? Number.NaN) - (int8.figures.leaveOneOut?.mean ?? Number.NaN),
    forwardReverse: await forwardReverse(setting, tangents),
  };
}

/** The epoch of all queries, each paid alike: once backwards, once as the sum of forward scores. */
async function forwardReverse(setting: LoraSetting, { theta, float }: Tangents): Promise<number> {
  const total = new Float64Array(theta.length);
  setting.queries.forEach((_, q) => {
    queryGradient(setting, theta, q).gradient.forEach((x, i) => (total[i] = (total[i] as number) + x));
  });
  const { rows } = await replayTraining({ learner: setting.learner, data: setting.data, job: setting.job }, total, NO_PAUSE);
  const count = setting.data.contributors.length;
  const reverse = byOwner(rows, setting.data.sequences.map((s) => s.contributor), count);
  const forward = reverse.map((_, c) => float.reduce((sum, own) => sum + (own[c] ?? 0), 0));
  return pearson(forward, reverse);
}
