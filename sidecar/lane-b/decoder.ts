import * as tf from "@tensorflow/tfjs-core";
import type { LoraLayout } from "../lora/layout.js";
import type { DecoderConfig } from "../model/config.js";
import type { Tensors } from "../model/safetensors.js";
import { gpt2Block, layerNorm } from "./gpt2.js";
import { llamaBlock, rmsNorm, ropeTensors } from "./llama.js";
import { causalMask, weight } from "./parts.js";
import type { Adapted, KeyValues, LaneBModel, Padded } from "./parts.js";

/** Uploads the weights to the current backend. They count once, however many adapters and requests use them. */
export function createLaneB(config: DecoderConfig, tensors: Tensors): LaneBModel {
  const weights = new Map<string, tf.Tensor>(config.llama === undefined ? [] : ropeTensors(config, config.llama));
  for (const [name, { shape, data }] of tensors) weights.set(name, tf.tensor(data, [...shape], "float32"));
  const release = (): void => {
    for (const tensor of weights.values()) tensor.dispose();
    weights.clear();
  };
  return { config, weights, release };
}

export function adapterTensors(layout: LoraLayout, theta: Float32Array): tf.Tensor2D[] {
  const { rank } = layout;
  return layout.slots.flatMap(({ input, output, at }) => {
    const middle = at + input * rank;
    return [
      tf.tensor2d(theta.slice(at, middle), [input, rank]),
      tf.tensor2d(theta.slice(middle, middle + rank * output), [rank, output]),
    ];
  });
}

/** Cache of a generation: by layer. */
export interface Cache {
  readonly layers: readonly KeyValues[] | undefined;
  readonly keep: (layer: number, kept: KeyValues) => void;
}

const NO_CACHE: Cache = { layers: undefined, keep: () => undefined };

/** What stands before the first block and after the last. */
interface Frame {
  readonly tokens: tf.Tensor;
  readonly places: tf.Tensor | undefined;
  readonly norm: (x: tf.Tensor) => tf.Tensor;
  readonly head: tf.Tensor;
}

function frameOf(model: LaneBModel): Frame {
  const { llama } = model.config;
  if (llama === undefined) {
    const tokens = weight(model, "transformer.wte.weight");
    const places = weight(model, "transformer.wpe.weight");
    return { tokens, places, norm: (x) => layerNorm(model, x, "transformer.ln_f"), head: tokens };
  }
  const tokens = weight(model, "model.embed_tokens.weight");
  const head = llama.tied ? tokens : weight(model, "lm_head.weight");
  return { tokens, places: undefined, norm: (x) => rmsNorm(model, x, "model.norm.weight"), head };
}

/** Logits of every position: (batch * length) x vocabulary. Call inside tf.tidy. */
export function laneBLogits(adapted: Adapted, batch: Padded, cache: Cache = NO_CACHE): tf.Tensor2D {
  const { model } = adapted;
  const { tokens, places, norm, head } = frameOf(model);
  const positions = tf.tensor1d(Int32Array.from(batch.tokens, (_, i) => batch.start + (i % batch.length)), "int32");
  const embedded = tf.gather(tokens, tf.tensor1d(batch.tokens, "int32"));
  let x: tf.Tensor = places === undefined ? embedded : tf.add(embedded, tf.gather(places, positions));
  const mask = causalMask(batch);
  const runBlock = model.config.llama === undefined ? gpt2Block : llamaBlock;
  for (let layer = 0; layer < model.config.layers; layer++) {
    x = runBlock(adapted, x, { layer, batch, positions, mask, cached: cache.layers?.[layer], keep: cache.keep });
  }
  return tf.matMul<tf.Tensor2D>(norm(x), head, false, true);
}
