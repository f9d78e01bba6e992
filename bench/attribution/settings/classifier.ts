import { createHash } from "node:crypto";
import { forward, gradientOf } from "../../../sidecar/classifier/network.js";
import { cpuMs } from "../../machine.js";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import type { Cache } from "../cache.js";
import { batchOf, pick } from "../data/samples.js";
import type { Samples } from "../data/samples.js";
import { collect } from "../ground-truth.js";
import type { Job } from "../ground-truth.js";
import { judge } from "../judge.js";
import type { Judged, Subsets, Truth } from "../judge.js";
import { lossesOf, trainSgd } from "../models/sgd.js";
import { auc, mean, spearman } from "../metrics.js";
import { progress } from "../progress.js";
import { drawSubsets, leaveOutContributors } from "../subsets.js";
import type { Method, Row } from "../types.js";
import { alone, everyRow, runOf } from "./classifier-setting.js";
import type { ClassifierSetting } from "./classifier-setting.js";

/** A setting with everything that is asked of it. Counts of 0 leave a figure out. */
export interface ClassifierPlan {
  readonly setting: ClassifierSetting;
  /** Of each training row. */
  readonly contributor: readonly number[];
  readonly contributors: number;
  readonly queries: number;
  /** Further test rows on which a baseline may search its damping. */
  readonly validation: number;
  readonly standardSubsets: number;
  /** Trainings per subset, averaged. */
  readonly runs: number;
  readonly halfSubsets: number;
  readonly mostSubsets: number;
  readonly seed: bigint;
}

interface Jobs {
  readonly standard: readonly Job[];
  readonly half: readonly Job[];
  readonly most: readonly Job[];
  readonly loo: readonly Job[];
  readonly kept: { readonly standard: Uint8Array[]; readonly half: Uint8Array[]; readonly most: Uint8Array[] };
}

/** Every retraining of a plan. */
export function jobsOf(plan: ClassifierPlan): Jobs {
  const { setting, seed } = plan;
  const n = setting.train.count;
  const kept = {
    standard: drawSubsets(n, plan.standardSubsets, { share: 0.5, seed: seed + 1n }),
    half: drawSubsets(n, plan.halfSubsets, { share: 0.5, seed: seed + 2n }),
    most: drawSubsets(n, plan.mostSubsets, { share: 0.95, seed: seed + 3n }),
  };
  const asked = everyRow(setting.test).slice(0, plan.queries + plan.validation);
  const name = { ...recipeName(setting), seed: seed.toString(), asked: asked.length };
  const deterministic = (kind: string, weights: readonly Uint8Array[]): Job[] =>
    weights.map((w, s) => ({
      recipe: { ...name, kind, s },
      make: () => lossesOf(setting.network, trainSgd(runOf(setting, 0, w)), setting.test, asked),
    }));
  const standard = kept.standard.flatMap((w, s) =>
    Array.from({ length: plan.runs }, (_, run) => ({
      recipe: { ...name, kind: "standard", s, run },
      make: () => lossesOf(setting.network, retrain(setting, w, 1_000_000 + s * 100 + run), setting.test, asked),
    })),
  );
  const everyone = new Uint8Array(n).fill(1);
  const leaveOut = plan.contributors === 0 ? [] : [everyone, ...leaveOutContributors(plan.contributor, plan.contributors)];
  return { standard, half: deterministic("half", kept.half), most: deterministic("most", kept.most), loo: deterministic("loo", leaveOut), kept };
}

export function recipeName({ name, network, train, test, recipe }: ClassifierSetting): object {
  const data = [train, test].map(({ features, label }) => [hashOf(features), hashOf(label)]);
  return { name, layers: network.layers, activation: network.activation, data, recipe };
}

function hashOf({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): string {
  return createHash("sha256").update(new Uint8Array(buffer, byteOffset, byteLength)).digest("hex");
}

/** The standard convention: only the kept rows exist, and initial weights and order are new. */
function retrain({ network, train, recipe }: ClassifierSetting, kept: Uint8Array, seed: number): Float32Array {
  const rows = everyRow(train).filter((i) => kept[i] !== 0);
  return trainSgd({ network, samples: pick(train, rows), recipe: { ...recipe, seed } });
}

/** Losses of the queries from all jobs; of the validation rows in `validation`. */
export async function truthOf(plan: ClassifierPlan, cache: Cache): Promise<{ readonly truth: Truth; readonly validation: Truth }> {
  const jobs = jobsOf(plan);
  const single = await collect(jobs.standard, cache);
  const standard = averageRuns(single, plan.runs);
  const [half, most, loo] = [await collect(jobs.half, cache), await collect(jobs.most, cache), await collect(jobs.loo, cache)];
  const [full, ...absent] = loo;
  const rises = full === undefined ? [] : absent.map((own) => own.map((x, q) => x - (full[q] ?? 0)));
  const cut = (from: number, to: number): Truth => {
    const some = (kept: Uint8Array[], losses: readonly Float64Array[]): Subsets | undefined =>
      kept.length === 0 ? undefined : { kept, losses: losses.map((own) => own.slice(from, to)) };
    const parts = { standard: some(jobs.kept.standard, standard), half: some(jobs.kept.half, half), most: some(jobs.kept.most, most) };
    return {
      contributor: plan.contributor,
      ...(plan.runs < 2 || single.length === 0 ? {} : { runs: { count: plan.runs, agreement: runAgreement(single, plan) } }),
      ...(parts.standard === undefined ? {} : { standard: parts.standard }),
      ...(parts.half === undefined ? {} : { half: parts.half }),
      ...(parts.most === undefined ? {} : { most: parts.most }),
      ...(rises.length === 0 ? {} : { rises: rises.map((own) => own.slice(from, to)) }),
    };
  };
  return { truth: cut(0, plan.queries), validation: cut(plan.queries, plan.queries + plan.validation) };
}

/** Rank correlation over subsets between the first runs and the second, averaged over queries. */
function runAgreement(all: readonly Float64Array[], { runs, queries }: ClassifierPlan): number {
  const [first, second] = [0, 1].map((r) => all.filter((_, i) => i % runs === r));
  const of = (losses: readonly Float64Array[] | undefined, q: number): number[] => (losses ?? []).map((own) => own[q] ?? 0);
  return mean(Array.from({ length: queries }, (_, q) => spearman(of(first, q), of(second, q))).filter((x) => !Number.isNaN(x)));
}

function averageRuns(all: readonly Float64Array[], runs: number): Float64Array[] {
  const out: Float64Array[] = [];
  for (let at = 0; at < all.length; at += runs) {
    const own = all.slice(at, at + runs);
    out.push((own[0] as Float64Array).map((_, q) => own.reduce((sum, one) => sum + (one[q] ?? 0), 0) / runs));
  }
  return out;
}

/** Seconds of one batch gradient: the unit of cost. */
export function gradientSeconds({ network, train, recipe }: ClassifierSetting): number {
  const theta = new Float32Array(network.parameters).fill(0.01);
  const rows = everyRow(train).slice(0, recipe.batchSize);
  const once = (): number => {
    const start = cpuMs();
    gradientOf(network, theta, forward(network, theta, batchOf(train, rows)), rows.map(() => 1 / rows.length));
    return cpuMs() - start;
  };
  const times = Array.from({ length: 41 }, once).sort((a, b) => a - b);
  return (times[20] ?? 0) / 1000;
}

export interface MethodResult {
  readonly row: Row;
  readonly judged: Judged;
}

/** Runs a method on all queries of a plan and judges it. `noisy`: a setting with flipped labels, for the AUC. */
export async function assess(
  plan: ClassifierPlan,
  method: Method<ClassifierSetting>,
  truth: Truth,
  noisy?: NoisyLabels,
): Promise<MethodResult> {
  progress(`${plan.setting.name}: ${method.id}`);
  const unit = gradientSeconds(plan.setting);
  const own = alone(plan.setting);
  const prepared = await timed(() => method.prepare(own, plan.seed));
  const queries = everyRow(own.test).slice(0, plan.queries);
  const answered = await timed(() => (prepared.value).scores(queries));
  const judged = judge(answered.value, truth);
  const noise = noisy === undefined ? undefined : await labelNoiseAuc(method, noisy, plan.seed);
  const cost = (seconds: number): Row["oneOff"] => ({ seconds, gradients: seconds / unit });
  const row: Row = {
    setting: plan.setting.name,
    method: method.id,
    ours: method.ours,
    ...judged.figures,
    ...(noise === undefined ? {} : { labelNoiseAuc: noise }),
    oneOff: cost(prepared.seconds),
    perQuery: cost(answered.seconds / plan.queries),
    ...(method.note === undefined ? {} : { note: method.note }),
  };
  return { row, judged };
}

async function timed<T>(work: () => T | Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const start = cpuMs();
  const value = await work();
  return { value, seconds: (cpuMs() - start) / 1000 };
}

/** A setting whose labels were flipped, and rows to ask about: all the flipped among them, so many of the others. */
export interface NoisyLabels {
  readonly setting: ClassifierSetting;
  readonly flipped: readonly boolean[];
  readonly asked: readonly number[];
}

export function flipLabels(setting: ClassifierSetting, options: { readonly share: number; readonly asked: number; readonly seed: bigint }): NoisyLabels {
  const random = new Xoshiro(options.seed);
  const { train } = setting;
  const flipped = Array.from({ length: train.count }, () => random.next() / 0x100000000 < options.share);
  const label = train.label.map((own, i) => (flipped[i] === true ? (own + 1 + random.below(train.classes - 1)) % train.classes : own));
  const noisy: Samples = { ...train, label };
  const asked = [...random.permutation(train.count).subarray(0, options.asked)];
  return { setting: { ...setting, name: `${setting.name}, flipped labels`, train: noisy, test: noisy, trained: new Map() }, flipped, asked };
}

/** A row's influence on its own loss finds wrong labels: nothing else explains them. */
async function labelNoiseAuc(method: Method<ClassifierSetting>, noisy: NoisyLabels, seed: bigint): Promise<number> {
  const own = alone(noisy.setting);
  const prepared = await method.prepare(own, seed);
  const influence = await prepared.scores(noisy.asked);
  return auc(
    noisy.asked.map((row, q) => influence[q]?.[row] ?? 0),
    noisy.asked.map((row) => noisy.flipped[row] === true),
  );
}
