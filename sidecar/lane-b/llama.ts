import * as tf from "@tensorflow/tfjs-core";
import { headShape } from "../model/config.js";
import type { DecoderConfig } from "../model/config.js";
import type { LlamaOptions } from "../model/llama-config.js";
import { ropeTable } from "../model/rope.js";
import type { LoraTarget } from "../types.js";
import { attend, updated, weight } from "./parts.js";
import type { Adapted, LaneBModel, RunBlock } from "./parts.js";

/** Names of the tables that stand among the weights, positions x half a head: lane A's own. */
const COS = "rope.cos";
const SIN = "rope.sin";

export function ropeTensors({ context }: DecoderConfig, options: LlamaOptions): (readonly [string, tf.Tensor])[] {
  const { half, cos, sin } = ropeTable({ ...options, context });
  return [[COS, tf.tensor2d(cos, [context, half])], [SIN, tf.tensor2d(sin, [context, half])]];
}

export function rmsNorm(model: LaneBModel, x: tf.Tensor, name: string): tf.Tensor {
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), model.config.llama?.epsilon ?? 0));
  return tf.mul(tf.mul(x, scale), weight(model, name));
}

/** A projection with its update. Weights are output x input; a bias is where the file has one. */
function project(adapted: Adapted, x: tf.Tensor, at: { readonly layer: number; readonly part: string; readonly target: LoraTarget }): tf.Tensor {
  const { model } = adapted;
  const name = `model.layers.${at.layer}.${at.part}.${at.target}_proj`;
  const product = tf.matMul(x, weight(model, `${name}.weight`), false, true);
  const bias = model.weights.get(`${name}.bias`);
  return updated(adapted, bias === undefined ? product : tf.add(product, bias), x, at);
}

/** Turns each pair (c, c + half) of every head by the angle of its row's position. */
function turn(model: LaneBModel, x: tf.Tensor, positions: tf.Tensor1D): tf.Tensor {
  const { size } = headShape(model.config);
  const [rows = 0, cols = 0] = x.shape;
  const [a, b] = tf.split(tf.reshape(x, [rows, cols / size, size]), 2, 2) as [tf.Tensor, tf.Tensor];
  const [cos, sin] = [COS, SIN].map((name) => tf.expandDims(tf.gather(weight(model, name), positions), 1)) as [tf.Tensor, tf.Tensor];
  const turned = tf.concat([tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(b, cos), tf.mul(a, sin))], 2);
  return tf.reshape(turned, [rows, cols]);
}

export const llamaBlock: RunBlock = (adapted, before, given) => {
  const { model } = adapted;
  const { layer, positions } = given;
  const at = `model.layers.${layer}`;
  const x = rmsNorm(model, before, `${at}.input_layernorm.weight`);
  const attention = (target: LoraTarget, from: tf.Tensor): tf.Tensor => project(adapted, from, { layer, part: "self_attn", target });
  const feed = (target: LoraTarget, from: tf.Tensor): tf.Tensor => project(adapted, from, { layer, part: "mlp", target });
  const q = turn(model, attention("q", x), positions);
  const k = turn(model, attention("k", x), positions);
  const after = tf.add(before, attention("o", attend(model, { q, k, v: attention("v", x) }, given)));
  const y = rmsNorm(model, after, `${at}.post_attention_layernorm.weight`);
  const gate = feed("gate", y);
  return tf.add(after, feed("down", tf.mul(tf.mul(gate, tf.sigmoid(gate)), feed("up", y))));
};
