import * as tf from "@tensorflow/tfjs-core";
import { laneBLogits } from "./decoder.js";
import type { Adapted, KeyValues } from "./parts.js";

/** One sequence with its key/value cache on the backend. `release` frees it. */
export class LaneBSession {
  private readonly adapted: Adapted;
  private layers: readonly KeyValues[] | undefined;
  private length = 0;

  constructor(adapted: Adapted) {
    this.adapted = adapted;
  }

  /** Appends tokens; the logits after the last one. */
  async extend(tokens: readonly number[]): Promise<Float32Array> {
    const batch = { tokens: Int32Array.from(tokens), batch: 1, length: tokens.length, start: this.length };
    const next: KeyValues[] = [];
    const keep = (_: number, { key, value }: KeyValues): void => void next.push({ key: tf.keep(key), value: tf.keep(value) });
    const { vocabulary } = this.adapted.model.config;
    const logits = tf.tidy(() => {
      const all = laneBLogits(this.adapted, batch, { layers: this.layers, keep });
      return tf.slice(all, [tokens.length - 1, 0], [1, vocabulary]);
    });
    const values = await logits.data<"float32">();
    logits.dispose();
    this.release();
    this.layers = next;
    this.length += tokens.length;
    return values;
  }

  release(): void {
    for (const { key, value } of this.layers ?? []) tf.dispose([key, value]);
    this.layers = undefined;
  }
}

/** Generates up to `count` tokens after `prompt`, or until `end` is chosen. */
export async function laneBGenerate(
  adapted: Adapted,
  prompt: readonly number[],
  options: { readonly count: number; readonly end: number; readonly choose: (logits: Float32Array) => number },
): Promise<number[]> {
  const session = new LaneBSession(adapted);
  const out: number[] = [];
  try {
    let logits = await session.extend(prompt);
    while (out.length < options.count) {
      const token = options.choose(logits);
      if (token === options.end) break;
      out.push(token);
      if (out.length < options.count) logits = await session.extend([token]);
    }
  } finally {
    session.release();
  }
  return out;
}
