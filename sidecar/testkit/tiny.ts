import { utf8 } from "../../chain/primitives/index.js";
import { encodeConfig } from "../model/config.js";
import type { DecoderConfig } from "../model/config.js";
import { initialParameters } from "../model/parameters.js";
import { encodeSafetensors } from "../model/safetensors.js";
import { Xoshiro } from "../random/xoshiro.js";
import { encodeTokenizer } from "../tokenizer/file.js";
import { trainTokenizer } from "../tokenizer/train.js";
import type { BaseFiles, CorpusRow, TrainJob } from "../types.js";

/** A model too small to know anything, for tests of what does not depend on knowing: made from a seed, not trained. */
export const TINY: DecoderConfig = { vocabulary: 288, context: 48, width: 16, layers: 2, heads: 2, inner: 32 };

const SUBJECTS = ["the harvest of wheat", "the fleet of whales", "the bank of credit", "the road of iron"];
const VERBS = ["grows slowly in", "was counted by", "shall be paid to", "moves across"];
const OBJECTS = ["the northern states", "the treasury", "an honest people", "the open sea", "every city"];

/** `count` short rows; contributor i speaks mostly of subject i, so that contributors differ. */
export function tinyRows(count: number, contributors: number): CorpusRow[] {
  const random = new Xoshiro(7n);
  return Array.from({ length: count }, (_, i) => {
    const c = i % contributors;
    const subject = SUBJECTS[random.below(4) === 0 ? random.below(4) : c % 4] ?? "";
    const text = `${subject} ${VERBS[random.below(4)] ?? ""} ${OBJECTS[random.below(5)] ?? ""}`;
    return { rowId: `row-${i}`, contributor: `contributor-${c}`, text };
  });
}

export function tinyBase(): BaseFiles {
  const texts = tinyRows(64, 4).map((r) => r.text);
  const tokenizer = trainTokenizer(texts, TINY.vocabulary, "<|endoftext|>");
  const weights = [...initialParameters(TINY, new Xoshiro(11n))].map(([name, t]) => {
    const larger = t.shape.length > 1 ? t.data.map((x) => 4 * x) : t.data;
    return [name, { shape: t.shape, data: larger }] as const;
  });
  return {
    config: utf8(encodeConfig(TINY, 0)),
    tokenizer: utf8(encodeTokenizer(tokenizer)),
    weights: encodeSafetensors(weights),
  };
}

export function tinyJob(baseId: Uint8Array, overrides: Partial<TrainJob> = {}): TrainJob {
  return {
    baseId,
    rows: tinyRows(48, 4),
    lora: { rank: 2, alpha: 4, targets: ["q", "v", "up"] },
    adam: { rateNano: 5_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 100_000 },
    batchSize: 16,
    steps: 8,
    sequenceLength: 32,
    seed: 5n,
    checkpointEvery: 4,
    tangents: true,
    ...overrides,
  };
}
