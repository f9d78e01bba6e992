import { utf8 } from "../../chain/primitives/index.js";
import { TARGETS } from "../lora/targets.js";
import { encodeConfig } from "../model/config.js";
import type { DecoderConfig } from "../model/config.js";
import { initialParameters } from "../model/parameters.js";
import { encodeSafetensors } from "../model/safetensors.js";
import { Xoshiro } from "../random/xoshiro.js";
import type { BaseFiles, TrainJob } from "../types.js";
import { TINY, tinyBase, tinyJob } from "./tiny.js";

/** Four heads that share two of keys, with an untied head: the tiny model in Llama's shape. */
export const TINY_LLAMA: DecoderConfig = {
  ...TINY,
  heads: 4,
  llama: {
    keyHeads: 2,
    headSize: 8,
    epsilon: 1e-5,
    ropeBase: 10_000,
    scaling: undefined,
    tied: false,
    attentionBias: false,
    feedBias: false,
  },
};

export function tinyLlama(config: DecoderConfig = TINY_LLAMA): BaseFiles {
  const weights = [...initialParameters(config, new Xoshiro(13n))].map(([name, { shape, data }]) => {
    return [name, { shape, data: shape.length > 1 ? data.map((x) => 4 * x) : data }] as const;
  });
  return { config: utf8(encodeConfig(config, 0)), tokenizer: tinyBase().tokenizer, weights: encodeSafetensors(weights) };
}

/** The tiny job with an update of every projection. */
export function tinyLlamaJob(baseId: Uint8Array, overrides: Partial<TrainJob> = {}): TrainJob {
  return tinyJob(baseId, { lora: { rank: 2, alpha: 4, targets: TARGETS }, ...overrides });
}
