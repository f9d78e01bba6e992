import * as tf from "@tensorflow/tfjs-core";
import type { Sequence } from "../lora/gradient.js";
import type { LoraLayout } from "../lora/layout.js";
import { adapterTensors, laneBLogits } from "./decoder.js";
import { registerGradients } from "./gradients.js";
import type { LaneBModel, Padded } from "./parts.js";

/** Sequences as one padded batch; `targets` and `weights` go with its positions (weight 0: padding, or not counted). */
interface Examples {
  readonly batch: Padded;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
}

function pad(sequences: readonly Sequence[], weight: number): Examples {
  const length = Math.max(...sequences.map((s) => s.tokens.length - 1));
  const size = sequences.length * length;
  const tokens = new Int32Array(size);
  const targets = new Int32Array(size);
  const weights = new Float32Array(size);
  sequences.forEach((s, row) => {
    tokens.set(s.tokens.slice(0, -1), row * length);
    targets.set(s.tokens.slice(1), row * length);
    weights.fill(weight, row * length + s.from, row * length + s.tokens.length - 1);
  });
  return { batch: { tokens, batch: sequences.length, length, start: 0 }, targets, weights };
}

/** `weight` times the summed negative log-likelihood, and its gradient as one vector: `lossGradient` in plain tfjs. */
export async function laneBGradient(
  model: LaneBModel,
  adapter: { readonly layout: LoraLayout; readonly theta: Float32Array },
  sequences: readonly Sequence[],
  weight: number,
): Promise<{ readonly loss: number; readonly gradient: Float32Array }> {
  await registerGradients();
  const { layout, theta } = adapter;
  const { batch, targets, weights } = pad(sequences, weight);
  const { value, grads } = tf.tidy(() => {
    const chosen = tf.mul(
      tf.oneHot(tf.tensor1d(targets, "int32"), model.config.vocabulary),
      tf.reshape(tf.tensor1d(weights), [-1, 1]),
    );
    const loss = (...tensors: tf.Tensor[]): tf.Scalar => {
      const logits = laneBLogits({ model, adapter: { layout, tensors } }, batch);
      return tf.neg(tf.sum<tf.Scalar>(tf.mul(tf.logSoftmax(logits), chosen)));
    };
    return tf.valueAndGrads(loss)(adapterTensors(layout, theta));
  });
  const gradient = new Float32Array(layout.size);
  let at = 0;
  for (const part of grads) {
    gradient.set(await part.data<"float32">(), at);
    at += part.size;
  }
  const [loss = 0] = await value.data<"float32">();
  tf.dispose([value, ...grads]);
  return { loss, gradient };
}
