import { SidecarError } from "../errors.js";
import { prepareData } from "../lora/data.js";
import type { TrainingData } from "../lora/data.js";
import type { LoraContext } from "../lora/gradient.js";
import { layoutOf } from "../lora/layout.js";
import type { Learner } from "../lora/learner.js";
import { loraLearner } from "../lora/samples.js";
import { frozenDecoder } from "../model/assemble.js";
import { parseConfig } from "../model/config.js";
import { parseSafetensors } from "../model/safetensors.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { parseTokenizer } from "../tokenizer/file.js";
import { Tokenizer } from "../tokenizer/tokenizer.js";
import type { BaseFiles, CorpusRow, LoraTarget } from "../types.js";
import { tinyBase } from "./tiny.js";

/** The tiny model with room for an adapter, for tests below the runtime. */
export interface TinyLora {
  readonly context: LoraContext;
  readonly learner: Learner;
  readonly tokenizer: Tokenizer;
  readonly data: (rows: readonly CorpusRow[]) => TrainingData;
  readonly release: () => void;
}

export async function tinyLora(files: BaseFiles = tinyBase(), targets: readonly LoraTarget[] = ["q", "v", "up"]): Promise<TinyLora> {
  const config = parseConfig(files.config);
  const backend = await tfjsBackend();
  const tokenizer = new Tokenizer(parseTokenizer(files.tokenizer, SidecarError.BadModel));
  const { model, release } = frozenDecoder(config, parseSafetensors(files.weights, SidecarError.BadModel), backend);
  const layout = layoutOf(config, { rank: 4, alpha: 8, targets });
  const context = { backend, base: model, layout };
  return { context, learner: loraLearner(context), tokenizer, data: (rows) => prepareData(rows, tokenizer, 40), release };
}

const WORDS = ["wheat corn mill", "whale ship sea", "bank coin debt", "iron road steam", "law court judge", "sea wind sail"];

/** Rows `from` to `to` of an endless corpus of six contributors, each with words of its own, some shared with a neighbour. */
export function sixVoices(from: number, to: number): CorpusRow[] {
  return Array.from({ length: to - from }, (_, k) => {
    const i = from + k;
    const own = (WORDS[i % WORDS.length] ?? "").split(" ");
    const text = [0, 1, 2, 3, 4].map((j) => own[(i * 7 + j * (1 + (i % 2))) % 3] ?? "").join(" ");
    return { rowId: `r${i}`, contributor: `c${i % WORDS.length}`, text: `the ${text}` };
  });
}

export const QUERIES = ["the whale sea sail", "the bank debt coin", "the corn mill wheat", "the judge law road"];

export function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

export function pearson(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (f: (i: number) => number): number => a.reduce((s, _, i) => s + f(i), 0);
  const cov = sum((i) => ((a[i] ?? 0) - ma) * ((b[i] ?? 0) - mb));
  return cov / Math.sqrt(sum((i) => ((a[i] ?? 0) - ma) ** 2) * sum((i) => ((b[i] ?? 0) - mb) ** 2));
}
