import * as tf from "@tensorflow/tfjs-core";
import { SidecarError } from "../errors.js";
import { createLaneB } from "../lane-b/decoder.js";
import { laneBGenerate } from "../lane-b/generate.js";
import { laneBGradient } from "../lane-b/gradient.js";
import { advance, ratesAt, zeroMoments } from "../lora/adam.js";
import { lossGradient } from "../lora/gradient.js";
import type { Sequence } from "../lora/gradient.js";
import { initialAdapter, layoutOf } from "../lora/layout.js";
import type { LoraLayout } from "../lora/layout.js";
import { frozenDecoder } from "../model/assemble.js";
import { parseConfig } from "../model/config.js";
import type { DecoderConfig } from "../model/config.js";
import { ownNames } from "../model/names.js";
import { greedy } from "../model/sampling.js";
import { parseSafetensors } from "../model/safetensors.js";
import type { Tensors } from "../model/safetensors.js";
import { Session } from "../model/session.js";
import { matrix } from "../ops/matrix.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { Xoshiro } from "../random/xoshiro.js";
import type { BaseFiles } from "../types.js";

/** How fast a lane is on a base model, medians of wall time. */
export interface Figures {
  /** Product of two 512 x 512 matrices, the right one resident. */
  readonly matmulGflops: number;
  /** One LoRA step without tangents: rank 8 on q, v and up, 16 sequences of 40 tokens. */
  readonly stepMs: number;
  /** The gradient of one sequence of 40 tokens: what attributing an answer costs. */
  readonly gradientMs: number;
  /** Greedy generation of 48 tokens through the key/value cache, one request. */
  readonly tokensPerSecond: number;
}

const SIDE = 512;
const LORA = { rank: 8, alpha: 16, targets: ["q", "v", "up"] } as const;
const ADAM = { rateNano: 1_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 100_000 };
const NEW_TOKENS = 48;
/** Repetitions stop at this many, or once this long has passed. */
const ROUNDS = 7;
const PATIENCE_MS = 4_000;

/** What one lane does, given the same work. */
interface Lane {
  readonly multiply: () => Promise<unknown>;
  readonly gradient: (sequences: readonly Sequence[]) => Promise<Float32Array>;
  readonly generate: (prompt: readonly number[], count: number) => Promise<unknown>;
  readonly release: () => void;
}

interface Work {
  readonly config: DecoderConfig;
  readonly tensors: Tensors;
  readonly layout: LoraLayout;
  readonly theta: Float32Array;
}

async function laneA({ config, tensors, layout, theta }: Work): Promise<Lane> {
  const backend = await tfjsBackend();
  const { model, release } = frozenDecoder(config, tensors, backend);
  const a = matrix(SIDE, SIDE, new Float32Array(SIDE * SIDE).fill(0.5));
  const held = backend.hold(a);
  return {
    multiply: () => Promise.resolve(backend.multiply(a, held)),
    gradient: (sequences) => Promise.resolve(lossGradient({ backend, base: model, layout }, theta, sequences, 1e-3).gradient),
    generate: (prompt, count) => {
      const session = new Session(model, backend);
      let logits = session.extend(prompt);
      for (let i = 1; i < count; i++) logits = session.extend([greedy(logits)]);
      return Promise.resolve(logits);
    },
    release: () => {
      held.release();
      release();
    },
  };
}

function laneB({ config, tensors, layout, theta }: Work): Lane {
  const model = createLaneB(config, tensors);
  const a = tf.fill([SIDE, SIDE], 0.5);
  return {
    multiply: async () => {
      const product = tf.matMul(a, a);
      await product.data();
      product.dispose();
    },
    gradient: async (sequences) => (await laneBGradient(model, { layout, theta }, sequences, 1e-3)).gradient,
    generate: (prompt, count) => laneBGenerate({ model, adapter: undefined }, prompt, { count, end: -1, choose: greedy }),
    release: () => {
      a.dispose();
      model.release();
    },
  };
}

/** Whether the lanes can be measured on a base: on decoders. */
export function isMeasured(architecture: string): boolean {
  return architecture === "gpt2" || architecture === "llama";
}

/** Median milliseconds, after one round to warm up. */
async function median(work: () => Promise<unknown>): Promise<number> {
  await work();
  const times: number[] = [];
  const start = performance.now();
  while (times.length < ROUNDS && (times.length === 0 || performance.now() - start < PATIENCE_MS)) {
    const from = performance.now();
    await work();
    times.push(performance.now() - from);
  }
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

/** Measures lane A, or lane B on this process's current tfjs backend, on the weights of a base model. */
export async function measure(lane: "A" | "B", files: BaseFiles): Promise<Figures> {
  const config = parseConfig(files.config);
  const layout = layoutOf(config, LORA);
  const random = new Xoshiro(1n);
  const theta = initialAdapter(layout, random);
  const work = { config, tensors: ownNames(config, parseSafetensors(files.weights, SidecarError.BadModel)), layout, theta };
  const length = Math.min(41, config.context);
  const sequences = Array.from({ length: 16 }, () => {
    return { tokens: Array.from({ length }, () => random.below(config.vocabulary)), from: 0 };
  });
  const chosen = lane === "A" ? await laneA(work) : laneB(work);
  const state = { ...zeroMoments(layout.size), theta };
  const count = Math.min(NEW_TOKENS, config.context - 8);
  const multiplyMs = await median(chosen.multiply);
  const stepMs = await median(async () => advance(state, ratesAt(ADAM, 1), await chosen.gradient(sequences)));
  const gradientMs = await median(() => chosen.gradient(sequences.slice(0, 1)));
  const generateMs = await median(() => chosen.generate(sequences[0]?.tokens.slice(0, 8) ?? [], count));
  chosen.release();
  return {
    matmulGflops: (2 * SIDE ** 3) / (multiplyMs * 1e6),
    stepMs,
    gradientMs,
    tokensPerSecond: (1000 * count) / generateMs,
  };
}
