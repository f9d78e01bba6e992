/** Cost of our methods against contributors, rows and parameters; CPU time of this process, which a loaded machine does not stretch. */
import { dot } from "../../modules/attribution/rules/score.js";
import { influenceVectors } from "../../sidecar/attribution/influence.js";
import { quantise } from "../../sidecar/attribution/quantise.js";
import { recordTraining, replayTraining } from "../../sidecar/lora/replay.js";
import { initialState, trainStep } from "../../sidecar/lora/trainer.js";
import { meanLoss } from "../../sidecar/lora/learner.js";
import type { MatmulBackend } from "../../sidecar/ops/backend.js";
import { Xoshiro } from "../../sidecar/random/xoshiro.js";
import { createSpanIndex } from "../../sidecar/spans/span-index.js";
import { sixVoices, tinyLora } from "../../sidecar/testkit/tiny-lora.js";
import { cpuMs, median } from "../machine.js";
import type { Cache } from "./cache.js";
import { progress } from "./progress.js";
import { NO_PAUSE, loraSetting } from "./settings/lora-setting.js";
import type { LoraSetting } from "./settings/lora-setting.js";
import type { SettingResult } from "./types.js";

const CONTRIBUTORS = [3, 10, 30, 100, 300];
const ROWS = [100, 1000, 10_000];
const RANKS = [1, 4, 16, 64];

type Figures = Record<string, number>;

export async function curves(backend: MatmulBackend, cache: Cache): Promise<SettingResult> {
  const figures = await cache.json({ curves: [CONTRIBUTORS, ROWS, RANKS] }, async () => ({
    ...(await overContributors(backend)),
    ...(await overRows()),
    ...(await overParameters(backend)),
  }));
  return { setting: "curves (CPU seconds)", rows: [], gates: [], figures };
}

async function cpuSeconds(work: () => unknown): Promise<number> {
  const start = cpuMs();
  await work();
  return (cpuMs() - start) / 1000;
}

function story(backend: MatmulBackend, rank: number): LoraSetting {
  const shape = { contributors: 12, rowsEach: 25, queriesEach: 1, steps: 1, tokens: [10, 24], rank } as const;
  return loraSetting("curves", backend, shape, 1n);
}

/** Tangents of a run that is under way: none is zero, so none is free. */
async function stepSeconds({ learner, data, job }: LoraSetting, contributors: number): Promise<number> {
  const names = Array.from({ length: contributors }, (_, c) => `c${String(c).padStart(3, "0")}`);
  const sequences = data.sequences.map((s, i) => ({ ...s, contributor: i % contributors }));
  const own = { ...data, contributors: names, sequences };
  const recipe = { ...job, tangents: contributors > 0 };
  const state = initialState(learner, own, recipe);
  const random = new Xoshiro(5n);
  for (const { theta } of state.tangents) theta.forEach((_, i) => (theta[i] = 1e-3 * random.normal()));
  return cpuSeconds(() => trainStep(learner, own, state, { recipe, pause: NO_PAUSE }));
}

async function overContributors(backend: MatmulBackend): Promise<Figures> {
  const setting = story(backend, 4);
  await stepSeconds(setting, 3);
  const plain = median([await plainStep(setting), await plainStep(setting), await plainStep(setting)]);
  const out: Figures = { "step without tangents": plain };
  for (const count of CONTRIBUTORS) {
    progress(`curves: ${count} contributors`);
    const step = await stepSeconds(setting, count);
    out[`${count} contributors: step of tangent-v1`] = step;
    out[`${count} contributors: steps without tangents that this is`] = step / plain;
    out[`${count} contributors: scores of a query, without its gradient`] = await dotSeconds(setting, count);
  }
  return out;
}

async function plainStep({ learner, data, job }: LoraSetting): Promise<number> {
  const state = initialState(learner, data, job);
  return cpuSeconds(() => trainStep(learner, data, state, { recipe: job, pause: NO_PAUSE }));
}

async function dotSeconds({ learner, context }: LoraSetting, count: number): Promise<number> {
  const random = new Xoshiro(6n);
  const vector = quantise(learner.first(random).map((x) => x + random.normal()));
  const vectors = Array.from({ length: count }, () => vector.values.slice());
  const times = 10;
  let sum = 0n;
  const seconds = await cpuSeconds(() => {
    for (let t = 0; t < times; t++) for (const own of vectors) sum += dot(vector.values, own);
  });
  if (context.layout.size !== vector.values.length || sum === 0n) throw new RangeError("nothing was measured");
  return seconds / times;
}

/** The tiny model of the tests, one epoch: what grows with rows does so alike in a larger one. */
async function overRows(): Promise<Figures> {
  const tiny = await tinyLora();
  const out: Figures = {};
  for (const count of ROWS) {
    progress(`curves: ${count} rows`);
    const rows = sixVoices(0, count);
    const data = tiny.data(rows);
    const adam = { rateNano: 5_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 100_000 };
    const job = { adam, batchSize: 16, seed: 3n, tangents: false, steps: Math.ceil(count / 16) };
    const { learner } = tiny;
    const run = { learner, data, job };
    let theta = new Float32Array(learner.size);
    out[`${count} rows: training without tangents`] = await cpuSeconds(async () => {
      theta = Float32Array.from((await recordTraining(run, NO_PAUSE)).theta);
    });
    const { gradient } = meanLoss(learner, theta, data.sequences[0] ?? { tokens: [], from: 0 });
    out[`${count} rows: replay-epoch-v1, training included`] = await cpuSeconds(() => replayTraining(run, gradient, NO_PAUSE));
    out[`${count} rows: tangent-v1 of six, training included`] = await cpuSeconds(() => tangentRun(run));
    const owners = data.sequences.map((s) => s.contributor);
    const input = { theta, owners, count: data.contributors.length, seed: 1n };
    out[`${count} rows: ef-v1`] = await cpuSeconds(() => influenceVectors(learner.samples(data.sequences), "ef-v1", input, NO_PAUSE));
    const index = createSpanIndex(tiny.context.base.config.vocabulary);
    out[`${count} rows: span index and its root`] = await cpuSeconds(() => {
      index.append(data.sequences.map((s, i) => ({ rowId: `${i}`, contributor: `c${s.contributor}`, tokens: s.tokens.slice(1, -1) })));
      return index.root();
    });
  }
  tiny.release();
  return out;
}

async function tangentRun({ learner, data, job }: Parameters<typeof recordTraining>[0]): Promise<void> {
  const recipe = { ...job, tangents: true };
  const state = initialState(learner, data, recipe);
  while (state.step < job.steps) await trainStep(learner, data, state, { recipe, pause: NO_PAUSE });
}

async function overParameters(backend: MatmulBackend): Promise<Figures> {
  const out: Figures = {};
  for (const rank of RANKS) {
    const setting = story(backend, rank);
    const { learner, data } = setting;
    progress(`curves: ${learner.size} parameters`);
    const name = `${learner.size} parameters`;
    await plainStep(setting);
    out[`${name}: step without tangents`] = await plainStep(setting);
    out[`${name}: step of tangent-v1 with ten contributors`] = await stepSeconds(setting, 10);
    const theta = learner.first(new Xoshiro(2n));
    const [first = { tokens: [], from: 0 }] = data.sequences;
    out[`${name}: gradient of a query`] = await cpuSeconds(() => meanLoss(learner, theta, first));
    out[`${name}: scores of a query by ten contributors`] = await dotSeconds(setting, 10);
    const some = data.sequences.slice(0, 64);
    const input = { theta, owners: some.map((_, i) => i % 10), count: 10, seed: 1n };
    out[`${name}: ef-v1 of 64 rows`] = await cpuSeconds(() => influenceVectors(learner.samples(some), "ef-v1", input, NO_PAUSE));
  }
  return out;
}
