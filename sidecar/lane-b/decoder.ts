import * as tf from "@tensorflow/tfjs-core";
import { Fault } from "../../chain/primitives/index.js";
import type { LoraLayout } from "../lora/layout.js";
import type { DecoderConfig } from "../model/config.js";
import type { Tensors } from "../model/safetensors.js";
import { LAYER_NORM_EPSILON } from "../ops/normalise.js";

/**
 * Lane B (design §7): the decoder in plain tfjs operations, for whatever tfjs backend is current (webgpu, tensorflow,
 * wasm). Fast where there is a GPU, tolerant in its last bits, and therefore never what money moves on. It is also the
 * baseline that lane A's own operations are measured against.
 */
export interface LaneBModel {
  readonly config: DecoderConfig;
  readonly weights: ReadonlyMap<string, tf.Tensor>;
  /** Frees the weights. */
  readonly release: () => void;
}

/** Uploads the weights to the current backend. They count once, however many adapters and requests use them. */
export function createLaneB(config: DecoderConfig, tensors: Tensors): LaneBModel {
  const weights = new Map<string, tf.Tensor>();
  for (const [name, { shape, data }] of tensors) weights.set(name, tf.tensor(data, [...shape], "float32"));
  const release = (): void => {
    for (const tensor of weights.values()) tensor.dispose();
    weights.clear();
  };
  return { config, weights, release };
}

/** The adapter's matrices in vector order: `down` and `up` of each slot. */
export type AdapterTensors = readonly tf.Tensor[];

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

/** A decoder as the operations below see it, with the adapter it runs under, if any. */
export interface Adapted {
  readonly model: LaneBModel;
  readonly adapter: { readonly layout: LoraLayout; readonly tensors: AdapterTensors } | undefined;
}

/** Padded token ids, batch x length, row-major. */
export interface Padded {
  readonly tokens: Int32Array;
  readonly batch: number;
  readonly length: number;
  /** Position of the first token of each row: 0, or the length of the cache. */
  readonly start: number;
}

/** Keys and values of earlier positions, by layer: batch x heads x length x size. */
export interface KeyValues {
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
}

/** What a block's attention is given, and what it leaves. */
interface Attend {
  readonly batch: Padded;
  /** 0 where a query may look and a large negative number elsewhere: length x (cached + length). */
  readonly mask: tf.Tensor;
  readonly cached: KeyValues | undefined;
  readonly keep: (layer: number, kept: KeyValues) => void;
}

const HIDDEN = -1e9;

function weight({ weights }: LaneBModel, name: string): tf.Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Fault("missing weight", { name });
  return tensor;
}

function layerNorm(model: LaneBModel, x: tf.Tensor, name: string): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  const unit = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, LAYER_NORM_EPSILON)));
  return tf.add(tf.mul(unit, weight(model, `${name}.weight`)), weight(model, `${name}.bias`));
}

/** GPT-2's tanh form. */
function gelu(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(tf.mul(x, 0.7978845608028654), tf.add(tf.mul(tf.square(x), 0.044715), 1));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}

function project(model: LaneBModel, x: tf.Tensor, name: string): tf.Tensor {
  return tf.add(tf.matMul(x, weight(model, `${name}.weight`)), weight(model, `${name}.bias`));
}

/** `y` plus the low-rank update of one target, where the adapter has one. */
function updated({ adapter }: Adapted, y: tf.Tensor, x: tf.Tensor, at: { layer: number; target: string }): tf.Tensor {
  const slot = adapter?.layout.slots.findIndex((s) => s.layer === at.layer && s.target === at.target) ?? -1;
  const [down, up] = adapter?.tensors.slice(2 * slot, 2 * slot + 2) ?? [];
  if (slot < 0 || adapter === undefined || down === undefined || up === undefined) return y;
  const { alpha, rank } = adapter.layout;
  return tf.add(y, tf.mul(tf.matMul(tf.matMul(x, down), up), alpha / rank));
}

/** (batch * length) x width to batch x heads x length x size. */
function split(x: tf.Tensor, { batch, length }: Padded, heads: number): tf.Tensor {
  return tf.transpose(tf.reshape(x, [batch, length, heads, (x.shape[1] ?? 0) / heads]), [0, 2, 1, 3]);
}

function attend(adapted: Adapted, x: tf.Tensor, layer: number, given: Attend): tf.Tensor {
  const { model } = adapted;
  const { heads, width } = model.config;
  const at = `transformer.h.${layer}`;
  const [q, k, v] = tf.split(project(model, x, `${at}.attn.c_attn`), 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const query = split(updated(adapted, q, x, { layer, target: "q" }), given.batch, heads);
  const ownKey = split(updated(adapted, k, x, { layer, target: "k" }), given.batch, heads);
  const ownValue = split(updated(adapted, v, x, { layer, target: "v" }), given.batch, heads);
  const key = given.cached === undefined ? ownKey : tf.concat([given.cached.key, ownKey], 2);
  const value = given.cached === undefined ? ownValue : tf.concat([given.cached.value, ownValue], 2);
  given.keep(layer, { key, value });
  const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(width / heads));
  const mixed = tf.matMul(tf.softmax(tf.add(scores, given.mask)), value);
  const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [given.batch.batch * given.batch.length, width]);
  return project(model, joined, `${at}.attn.c_proj`);
}

function feedForward(adapted: Adapted, x: tf.Tensor, layer: number): tf.Tensor {
  const { model } = adapted;
  const at = `transformer.h.${layer}.mlp`;
  const inner = updated(adapted, project(model, x, `${at}.c_fc`), x, { layer, target: "up" });
  return project(model, gelu(inner), `${at}.c_proj`);
}

function causalMask({ length, start }: Padded): tf.Tensor {
  const cols = start + length;
  const mask = new Float32Array(length * cols);
  for (let r = 0; r < length; r++) mask.fill(HIDDEN, r * cols + start + r + 1, (r + 1) * cols);
  return tf.tensor2d(mask, [length, cols]);
}

/** Cache of a generation: by layer. */
export interface Cache {
  readonly layers: readonly KeyValues[] | undefined;
  readonly keep: (layer: number, kept: KeyValues) => void;
}

const NO_CACHE: Cache = { layers: undefined, keep: () => undefined };

/** Logits of every position: (batch * length) x vocabulary. Call inside tf.tidy. */
export function laneBLogits(adapted: Adapted, batch: Padded, cache: Cache = NO_CACHE): tf.Tensor2D {
  const { model } = adapted;
  const { layers } = model.config;
  const table = weight(model, "transformer.wte.weight");
  const positions = Int32Array.from(batch.tokens, (_, i) => batch.start + (i % batch.length));
  let x: tf.Tensor = tf.add(
    tf.gather(table, tf.tensor1d(batch.tokens, "int32")),
    tf.gather(weight(model, "transformer.wpe.weight"), tf.tensor1d(positions, "int32")),
  );
  const mask = causalMask(batch);
  for (let layer = 0; layer < layers; layer++) {
    const at = `transformer.h.${layer}`;
    const given = { batch, mask, cached: cache.layers?.[layer], keep: cache.keep };
    x = tf.add(x, attend(adapted, layerNorm(model, x, `${at}.ln_1`), layer, given));
    x = tf.add(x, feedForward(adapted, layerNorm(model, x, `${at}.ln_2`), layer));
  }
  return tf.matMul<tf.Tensor2D>(layerNorm(model, x, "transformer.ln_f"), table, false, true);
}
