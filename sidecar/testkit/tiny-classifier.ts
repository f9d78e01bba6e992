import { utf8 } from "../../chain/primitives/index.js";
import { readClassifier } from "../classifier/classifier.js";
import type { Classifier } from "../classifier/classifier.js";
import { encodeClassifierConfig, layerSizes } from "../classifier/config.js";
import type { ClassifierConfig } from "../classifier/config.js";
import { createNetwork, initialWeights } from "../classifier/network.js";
import { encodeWeights } from "../classifier/weights.js";
import { SidecarError } from "../errors.js";
import type { MatmulBackend } from "../ops/backend.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { Xoshiro } from "../random/xoshiro.js";
import { encodeTokenizer, parseTokenizer } from "../tokenizer/file.js";
import { Tokenizer } from "../tokenizer/tokenizer.js";
import { trainTokenizer } from "../tokenizer/train.js";
import type { BaseFiles, CorpusRow, TrainJob } from "../types.js";

/** Classifiers with weights from a seed, for tests: one on words, one on numbers. */
export const TINY_TEXT: ClassifierConfig = {
  features: { kind: "text", unit: "word", longest: 2, buckets: 64 },
  hidden: [6],
  activation: "silu",
  labels: ["farm", "ship", "bank"],
  context: 96,
};

export const TINY_NUMERIC: ClassifierConfig = {
  features: { kind: "numeric", size: 3, limit: 100 },
  hidden: [],
  activation: "relu",
  labels: ["inside", "outside"],
  context: 96,
};

/** Every byte is a token. */
const TOKENIZER = utf8(encodeTokenizer(trainTokenizer([], 257, "<|endoftext|>")));

/** Files of a classifier; `weights` instead of those drawn from a seed. */
export async function classifierFiles(config: ClassifierConfig, weights?: ArrayLike<number>): Promise<BaseFiles> {
  const network = createNetwork(await tfjsBackend(), layerSizes(config), config.activation);
  const theta = weights === undefined ? initialWeights(network, 9n) : Float32Array.from(weights);
  return { config: encodeClassifierConfig(config), tokenizer: TOKENIZER, weights: encodeWeights(network, theta) };
}

export async function tinyClassifier(config: ClassifierConfig, weights?: ArrayLike<number>): Promise<Classifier> {
  const tokenizer = new Tokenizer(parseTokenizer(TOKENIZER, SidecarError.BadModel));
  const backend: MatmulBackend = await tfjsBackend();
  return readClassifier(await classifierFiles(config, weights), tokenizer, backend);
}

const WORDS = ["wheat corn mill field cow", "whale sail sea harbor mast", "coin debt loan credit gold"];
const LABELS = TINY_TEXT.labels;

/** Rows of `contributors` people: person i writes mostly of subject i, and sometimes names it wrongly. */
export function textRows(count: number, contributors: number): CorpusRow[] {
  const random = new Xoshiro(21n);
  return Array.from({ length: count }, (_, i) => {
    const who = i % contributors;
    const subject = random.below(3) === 0 ? random.below(3) : who % 3;
    const words = [0, 1, 2, 3].map(() => (WORDS[subject] ?? "").split(" ")[random.below(5)] ?? "");
    const label = LABELS[random.below(8) === 0 ? random.below(3) : subject] ?? "";
    return { rowId: `row-${i}`, contributor: `contributor-${who}`, text: `the ${words.join(" ")}\t${label}` };
  });
}

/** Points around two centres, with the side they are on; person i sees a part of the space of their own. */
export function numericRows(count: number, contributors: number): CorpusRow[] {
  const random = new Xoshiro(22n);
  return Array.from({ length: count }, (_, i) => {
    const who = i % contributors;
    const point = [0, 1, 2].map((axis) => (random.normal() + (axis === who % 3 ? 1 : 0)).toFixed(3));
    const isOutside = point.reduce((sum, x) => sum + Number(x), 0) + 0.5 * random.normal() > 1;
    return { rowId: `row-${i}`, contributor: `contributor-${who}`, text: `${point.join(",")}\t${isOutside ? "outside" : "inside"}` };
  });
}

export function classifierJob(baseId: Uint8Array, rows: readonly CorpusRow[], overrides: Partial<TrainJob> = {}): TrainJob {
  return {
    baseId,
    rows,
    lora: { rank: 1, alpha: 1, targets: ["q"] },
    adam: { rateNano: 20_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 1_000_000 },
    batchSize: 16,
    steps: 8,
    sequenceLength: 8,
    seed: 5n,
    checkpointEvery: 4,
    tangents: true,
    ...overrides,
  };
}
