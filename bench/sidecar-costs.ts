/**
 * What a training step, a batch and an answer cost on the shipped model, measured in turns, in milliseconds of CPU; and the
 * memory of a sidecar over loads and trainings: `npx tsx bench/sidecar-costs.ts [ROUNDS]`.
 */
import { readBase } from "../sidecar/base/read.js";
import { SidecarError } from "../sidecar/errors.js";
import { lossGradient } from "../sidecar/lora/gradient.js";
import type { LoraContext, Sequence } from "../sidecar/lora/gradient.js";
import { startHelpers } from "../sidecar/lora/helpers.js";
import { initialAdapter, layoutOf } from "../sidecar/lora/layout.js";
import { perSampleGradients } from "../sidecar/lora/per-sample.js";
import { frozenDecoder } from "../sidecar/model/assemble.js";
import { parseConfig } from "../sidecar/model/config.js";
import { parseSafetensors } from "../sidecar/model/safetensors.js";
import { greedy } from "../sidecar/model/sampling.js";
import { Session } from "../sidecar/model/session.js";
import { tfjsBackend } from "../sidecar/ops/tfjs-backend.js";
import { Xoshiro } from "../sidecar/random/xoshiro.js";
import { createRuntime } from "../sidecar/runtime.js";
import { tinyBase, tinyJob, tinyRows } from "../sidecar/testkit/tiny.js";
import { cpuMs, median, printMachine, printTable, spread } from "./machine.js";

const ROUNDS = Number(process.argv[2] ?? 7);
const LORA = { rank: 8, alpha: 16, targets: ["q", "v", "up"] } as const;
const BATCH = 16;
const NEW_TOKENS = 64;
const LOADS = 200;
const TRAININGS = 20;

type Work = () => unknown;

/** Milliseconds of CPU of each piece of work, one after the other in every round, after one round to warm up. */
async function inTurns(works: Readonly<Record<string, Work>>): Promise<Map<string, number[]>> {
  const times = new Map(Object.keys(works).map((name) => [name, [] as number[]]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, work] of Object.entries(works)) {
      const start = cpuMs();
      await work();
      if (round >= 0) times.get(name)?.push(cpuMs() - start);
    }
  }
  return times;
}

async function printTurns(unit: string, works: Readonly<Record<string, Work>>): Promise<void> {
  const times = await inTurns(works);
  const first = median([...times.values()][0] ?? []);
  const rows = [...times].map(([name, all]) => [name, median(all).toFixed(1), spread(all), (median(all) / first).toFixed(2)]);
  printTable(["ms of CPU", "median", `range of ${ROUNDS}`, unit], rows);
  console.log("");
}

const files = readBase();
const config = parseConfig(files.config);
const backend = await tfjsBackend();
const { model: base } = frozenDecoder(config, parseSafetensors(files.weights, SidecarError.BadModel), backend);
const layout = layoutOf(config, LORA);
const random = new Xoshiro(1n);
const theta = initialAdapter(layout, random);
const context: LoraContext = { backend, base, layout };
const drawn = (length: number): Sequence => ({ tokens: Array.from({ length: length + 1 }, () => random.below(config.vocabulary)), from: 0 });
const batch = Array.from({ length: BATCH }, () => drawn(44));

async function gradients(): Promise<void> {
  await printTurns("of a batch", {
    [`gradient of a batch of ${BATCH}`]: () => lossGradient(context, theta, batch, 1e-3),
    [`${BATCH} gradients of their own, one pass`]: () => perSampleGradients(context, theta, batch, 1e-3),
    [`${BATCH} gradients of their own, one by one`]: () => batch.map((s) => lossGradient(context, theta, [s], 1e-3)),
    "gradient of one sequence": () => lossGradient(context, theta, batch.slice(0, 1), 1e-3),
  });
}

async function tangents(): Promise<void> {
  const { gradient } = lossGradient(context, theta, batch, 1e-3);
  const directions = Array.from({ length: 4 }, (_, i) => gradient.map((g, j) => (j % 4 === i ? g : 0)));
  const at = { theta, gradient, samples: batch.map((_, i) => i), weights: batch.map(() => 1e-3) };
  const pools = [1, 2].map((threads) => [threads, startHelpers(threads, { files, lora: LORA })] as const);
  const wall = new Map(pools.map(([threads]) => [threads, [] as number[]]));
  await printTurns("of the first", {
    ...Object.fromEntries(
      pools.map(([threads, pool]) => [
        `4 tangents of a step, ${threads} helper thread${threads === 1 ? "" : "s"}`,
        async () => {
          const start = performance.now();
          await pool.hessianTimes(directions, batch, at);
          wall.get(threads)?.push(performance.now() - start);
        },
      ]),
    ),
    "gradient of the batch, this thread": () => lossGradient(context, theta, batch, 1e-3),
  });
  for (const [threads, all] of wall) console.log(`${threads} helper threads: ${median(all.slice(1)).toFixed(0)} ms of wall time`);
  console.log("");
  for (const [, pool] of pools) await pool.close();
}

async function answers(): Promise<void> {
  const prompt = drawn(7).tokens;
  const generate = (count: number): void => {
    const session = new Session(base, backend);
    let logits = session.extend(prompt);
    for (let i = 1; i < count; i++) logits = session.extend([greedy(logits)]);
  };
  const times = await inTurns({ short: () => generate(1), long: () => generate(NEW_TOKENS + 1) });
  const token = (median(times.get("long") ?? []) - median(times.get("short") ?? [])) / NEW_TOKENS;
  console.log(`generation, one request: ${token.toFixed(2)} ms of CPU a token, ${(1000 / token).toFixed(0)} tokens/s of one core\n`);
}

async function memory(): Promise<void> {
  const runtime = await createRuntime({ adapters: 8, tangents: 8, corpora: 2 });
  const { baseId } = await runtime.loadBase(tinyBase());
  const trained = await runtime.train(tinyJob(baseId), {});
  const curve: string[][] = [];
  const note = (what: string): void => {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    curve.push([what, ...[rss, heapUsed, external].map((n) => (n / 2 ** 20).toFixed(0)), String(runtime.info().tensors)]);
  };
  note("before");
  for (let i = 1; i <= LOADS; i++) {
    const other = tinyBase();
    const another = Buffer.concat([other.config, Buffer.alloc(i, " ")]);
    const loaded = await runtime.loadBase({ ...other, config: another });
    await runtime.loadAdapter(loaded.baseId, trained.adapter);
    await runtime.loadTangents(trained.tangents);
    await runtime.loadCorpus(loaded.baseId, tinyRows(40 + i, 4), []);
    if (i % (LOADS / 5) === 0) note(`${i} bases, adapters, tangents, corpora`);
  }
  await runtime.loadBase(tinyBase());
  for (let i = 1; i <= TRAININGS; i++) {
    await runtime.train(tinyJob(baseId, { seed: BigInt(i) }), {});
    if (i % (TRAININGS / 4) === 0) note(`${i} trainings`);
  }
  printTable(["after", "RSS MiB", "heap", "external", "tensors"], curve);
  runtime.dispose();
}

printMachine();
await gradients();
await tangents();
await answers();
await memory();
