import * as tf from "@tensorflow/tfjs-core";
import { Fault } from "../../chain/primitives/index.js";
import type { LoraLayout } from "../lora/layout.js";
import type { SlotTarget } from "../lora/targets.js";
import { headShape } from "../model/config.js";
import type { DecoderConfig } from "../model/config.js";

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

/** The adapter's matrices in vector order: `down` and `up` of each slot. */
export type AdapterTensors = readonly tf.Tensor[];

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

/** Where attention stands, what it is given, and what it leaves. */
export interface Given {
  readonly layer: number;
  readonly batch: Padded;
  /** Of every row of the batch. */
  readonly positions: tf.Tensor1D;
  /** 0 where a query may look and a large negative number elsewhere: length x (cached + length). */
  readonly mask: tf.Tensor;
  readonly cached: KeyValues | undefined;
  readonly keep: (layer: number, kept: KeyValues) => void;
}

/** A block of either architecture: the hidden states after it. */
export type RunBlock = (adapted: Adapted, x: tf.Tensor, given: Given) => tf.Tensor;

const HIDDEN = -1e9;

export function weight({ weights }: LaneBModel, name: string): tf.Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Fault("missing weight", { name });
  return tensor;
}

/** `y` plus the low-rank update of one target, where the adapter has one. */
export function updated({ adapter }: Adapted, y: tf.Tensor, x: tf.Tensor, at: { layer: number; target: SlotTarget }): tf.Tensor {
  const slot = adapter?.layout.slots.findIndex((s) => s.layer === at.layer && s.target === at.target) ?? -1;
  const [down, up] = adapter?.tensors.slice(2 * slot, 2 * slot + 2) ?? [];
  if (slot < 0 || adapter === undefined || down === undefined || up === undefined) return y;
  const { alpha, rank } = adapter.layout;
  return tf.add(y, tf.mul(tf.matMul(tf.matMul(x, down), up), alpha / rank));
}

export function causalMask({ length, start }: Padded): tf.Tensor {
  const cols = start + length;
  const mask = new Float32Array(length * cols);
  for (let r = 0; r < length; r++) mask.fill(HIDDEN, r * cols + start + r + 1, (r + 1) * cols);
  return tf.tensor2d(mask, [length, cols]);
}

/** (batch * length) x width to batch x heads x length x size. */
function split(x: tf.Tensor, { batch, length }: Padded, size: number): tf.Tensor {
  return tf.transpose(tf.reshape(x, [batch, length, (x.shape[1] ?? 0) / size, size]), [0, 2, 1, 3]);
}

/** Each head of keys or values as often as queries share it. In three dimensions: tfjs has no gradient of tiling five. */
function shared(x: tf.Tensor, times: number): tf.Tensor {
  if (times === 1) return x;
  const [batch = 0, heads = 0, length = 0, size = 0] = x.shape;
  const tiled = tf.tile(tf.reshape(x, [batch * heads, 1, length * size]), [1, times, 1]);
  return tf.reshape(tiled, [batch, heads * times, length, size]);
}

/** Queries, keys and values, each (batch * length) x (its heads * size). */
export interface Projected {
  readonly q: tf.Tensor;
  readonly k: tf.Tensor;
  readonly v: tf.Tensor;
}

/** What attention mixes of them and of the cache: (batch * length) x (heads * size). */
export function attend({ config }: LaneBModel, { q, k, v }: Projected, { layer, batch, mask, cached, keep }: Given): tf.Tensor {
  const { heads, keyHeads, size } = headShape(config);
  const own = { key: split(k, batch, size), value: split(v, batch, size) };
  const key = cached === undefined ? own.key : tf.concat([cached.key, own.key], 2);
  const value = cached === undefined ? own.value : tf.concat([cached.value, own.value], 2);
  keep(layer, { key, value });
  const times = heads / keyHeads;
  const scores = tf.mul(tf.matMul(split(q, batch, size), shared(key, times), false, true), 1 / Math.sqrt(size));
  const mixed = tf.matMul(tf.softmax(tf.add(scores, mask)), shared(value, times));
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch.batch * batch.length, heads * size]);
}
