import { readBase } from "../../../sidecar/base/read.js";
import { SidecarError } from "../../../sidecar/errors.js";
import { rowSequences } from "../../../sidecar/lora/data.js";
import type { TrainingData, TrainingSequence } from "../../../sidecar/lora/data.js";
import { lossGradient, predictedTokens } from "../../../sidecar/lora/gradient.js";
import type { LoraContext, Sequence } from "../../../sidecar/lora/gradient.js";
import { layoutOf } from "../../../sidecar/lora/layout.js";
import type { Learner } from "../../../sidecar/lora/learner.js";
import { loraLearner } from "../../../sidecar/lora/samples.js";
import { initialState, trainStep } from "../../../sidecar/lora/trainer.js";
import type { Recipe } from "../../../sidecar/lora/trainer.js";
import type { TrainState } from "../../../sidecar/lora/checkpoint.js";
import { frozenDecoder } from "../../../sidecar/model/assemble.js";
import { parseConfig } from "../../../sidecar/model/config.js";
import { parseSafetensors } from "../../../sidecar/model/safetensors.js";
import type { MatmulBackend } from "../../../sidecar/ops/backend.js";
import { parseTokenizer } from "../../../sidecar/tokenizer/file.js";
import { Tokenizer } from "../../../sidecar/tokenizer/tokenizer.js";
import { readAddresses, sentencesOf, spread } from "../data/sotu.js";

/** Rows come from these, in this order; the base model saw those of all but three, and none often enough to know it. */
export const PRESIDENTS = [
  "abraham_lincoln",
  "theodore_roosevelt",
  "franklin_d_roosevelt",
  "thomas_jefferson",
  "james_polk",
  "grover_cleveland",
  "woodrow_wilson",
  "harry_s_truman",
  "andrew_jackson",
  "ulysses_s_grant",
  "dwight_d_eisenhower",
  "william_h_taft",
] as const;

export interface LoraShape {
  readonly contributors: number;
  readonly rowsEach: number;
  readonly queriesEach: number;
  readonly steps: number;
  /** Tokens of a row at least and at most. */
  readonly tokens: readonly [number, number];
  readonly rank: number;
}

/** The shipped language model, rows of real contributors, held-out sentences of the same people as queries. */
export interface LoraSetting {
  readonly name: string;
  readonly context: LoraContext;
  readonly learner: Learner;
  readonly data: TrainingData;
  readonly texts: readonly string[];
  readonly queries: readonly Sequence[];
  readonly queryTexts: readonly string[];
  readonly tokenizer: Tokenizer;
  readonly job: Recipe & { readonly steps: number };
}

/** Metasmooth as §8.1 of attribution.md asks: batches of 16, epsilon inside the root, GELU, no dropout. */
const ADAM = { rateNano: 5_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 100_000 };

export function loraSetting(name: string, backend: MatmulBackend, shape: LoraShape, seed: bigint): LoraSetting {
  const files = readBase();
  const config = parseConfig(files.config);
  const { model: base } = frozenDecoder(config, parseSafetensors(files.weights, SidecarError.BadModel), backend);
  const tokenizer = new Tokenizer(parseTokenizer(files.tokenizer, SidecarError.BadModel));
  const layout = layoutOf(config, { rank: shape.rank, alpha: 2 * shape.rank, targets: ["q", "v", "up"] });
  const contributors = [...PRESIDENTS].slice(0, shape.contributors).sort();
  const sequences: TrainingSequence[] = [];
  const queries: Sequence[] = [];
  const texts: string[] = [];
  const queryTexts: string[] = [];
  contributors.forEach((name, contributor) => {
    const found = spread(fitting(name, tokenizer, shape), shape.rowsEach + shape.queriesEach);
    const every = Math.floor(found.length / shape.queriesEach);
    found.forEach((text, i) => {
      const [sequence] = rowSequences(tokenizer.encode(text), tokenizer, config.context);
      if (sequence === undefined) return;
      const isQuery = i % every === every - 1 && Math.floor(i / every) < shape.queriesEach;
      (isQuery ? queryTexts : texts).push(text);
      if (isQuery) queries.push(sequence);
      else sequences.push({ ...sequence, contributor });
    });
  });
  const tokens = sequences.reduce((sum, s) => sum + predictedTokens(s), 0);
  const job = { adam: ADAM, batchSize: 16, seed: seed + 11n, tangents: false, steps: shape.steps };
  const context = { backend, base, layout };
  return { name, context, learner: loraLearner(context), data: { contributors, sequences, tokens }, texts, queries, queryTexts, tokenizer, job };
}

function fitting(president: string, tokenizer: Tokenizer, { tokens: [least, most] }: LoraShape): string[] {
  return readAddresses()
    .filter((a) => a.president === president)
    .flatMap((a) => sentencesOf(a.text))
    .filter((s) => s.length < 400)
    .filter((s) => {
      const { length } = tokenizer.encode(s);
      return length >= least && length <= most;
    });
}

export const NO_PAUSE = (): Promise<void> => Promise.resolve();

/** The trainer of the product, to the end of the job. `weights` are by row. */
export async function trainLora(
  { learner, data, job }: LoraSetting,
  change: { readonly weights?: readonly number[]; readonly tangents?: boolean; readonly seed?: bigint } = {},
  before?: (state: TrainState) => void,
): Promise<TrainState> {
  const recipe = { ...job, ...change };
  const state = initialState(learner, data, recipe);
  while (state.step < job.steps) {
    before?.(state);
    await trainStep(learner, data, state, { recipe, pause: NO_PAUSE });
  }
  return state;
}

const trained = new WeakMap<LoraSetting, Promise<Float32Array>>();

/** The weights that are asked; trained once, and nobody's cost. */
export function finalWeights(setting: LoraSetting): Promise<Float32Array> {
  const known = trained.get(setting) ?? trainLora(setting).then((state) => state.adapter.theta);
  trained.set(setting, known);
  return known;
}

export function queryGradient({ context, queries }: LoraSetting, theta: Float32Array, q: number): { readonly loss: number; readonly gradient: Float32Array } {
  const sequence = queries[q] as Sequence;
  return lossGradient(context, theta, [sequence], 1 / predictedTokens(sequence));
}

/** Mean loss per token of every query. */
export function queryLosses(setting: LoraSetting, theta: Float32Array): Float64Array {
  return Float64Array.from(setting.queries, (_, q) => queryGradient(setting, theta, q).loss);
}
