import * as tf from "@tensorflow/tfjs-core";
import { LAYER_NORM_EPSILON } from "../ops/normalise.js";
import { attend, updated, weight } from "./parts.js";
import type { Adapted, LaneBModel, RunBlock } from "./parts.js";

export function layerNorm(model: LaneBModel, x: tf.Tensor, name: string): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  const unit = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, LAYER_NORM_EPSILON)));
  return tf.add(tf.mul(unit, weight(model, `${name}.weight`)), weight(model, `${name}.bias`));
}

/** GPT-2's tanh form. */
function gelu(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(tf.mul(x, 0.7978845608028654), tf.add(tf.mul(tf.square(x), 0.044715), 1));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}

/** Weights are input x output. */
function project(model: LaneBModel, x: tf.Tensor, name: string): tf.Tensor {
  return tf.add(tf.matMul(x, weight(model, `${name}.weight`)), weight(model, `${name}.bias`));
}

function feedForward(adapted: Adapted, x: tf.Tensor, layer: number): tf.Tensor {
  const { model } = adapted;
  const at = `transformer.h.${layer}.mlp`;
  const bent = gelu(updated(adapted, project(model, x, `${at}.c_fc`), x, { layer, target: "up" }));
  return updated(adapted, project(model, bent, `${at}.c_proj`), bent, { layer, target: "down" });
}

export const gpt2Block: RunBlock = (adapted, before, given) => {
  const { model } = adapted;
  const { layer } = given;
  const at = `transformer.h.${layer}`;
  const x = layerNorm(model, before, `${at}.ln_1`);
  const fused = updated(adapted, project(model, x, `${at}.attn.c_attn`), x, { layer, target: "qkv" });
  const [q, k, v] = tf.split(fused, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const projected = {
    q: updated(adapted, q, x, { layer, target: "q" }),
    k: updated(adapted, k, x, { layer, target: "k" }),
    v: updated(adapted, v, x, { layer, target: "v" }),
  };
  const mixed = attend(model, projected, given);
  const after = tf.add(before, updated(adapted, project(model, mixed, `${at}.attn.c_proj`), mixed, { layer, target: "o" }));
  return tf.add(after, feedForward(adapted, layerNorm(model, after, `${at}.ln_2`), layer));
};
