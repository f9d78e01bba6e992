import { lossGradient } from "../../../sidecar/lora/gradient.js";
import type { Sequence } from "../../../sidecar/lora/gradient.js";
import { initialAdapter, layoutOf } from "../../../sidecar/lora/layout.js";
import { rowSequences } from "../../../sidecar/lora/data.js";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import { QUERIES, sixVoices, tinyLora } from "../../../sidecar/testkit/tiny-lora.js";
import type { Vectors } from "./grad-dot.js";
import type { Layer } from "./datainf.js";

/** Gradients of a tiny adapter at two points, for comparison with another implementation of the baselines. */
export interface TinyGradients {
  readonly layers: readonly Layer[];
  readonly members: readonly { readonly rows: Vectors; readonly queries: Vectors; readonly doubt: readonly number[] }[];
}

const ROWS = 24;

export async function tinyGradients(): Promise<TinyGradients> {
  const tiny = await tinyLora();
  const layout = layoutOf(tiny.context.base.config, { rank: 1, alpha: 2, targets: ["q", "v", "up"] });
  const context = { ...tiny.context, layout };
  const random = new Xoshiro(8n);
  const rows: readonly Sequence[] = tiny.data(sixVoices(0, ROWS)).sequences;
  const queries = QUERIES.flatMap((text) => rowSequences(tiny.tokenizer.encode(text), tiny.tokenizer, 40).slice(0, 1));
  const members = [0, 1].map(() => {
    const theta = initialAdapter(layout, random).map((x) => x + 0.3 * random.normal());
    const at = (s: Sequence): Float32Array => lossGradient(context, theta, [s], 1 / (s.tokens.length - 1)).gradient;
    return { rows: rows.map(at), queries: queries.map(at), doubt: rows.map(() => random.below(1000) / 1000) };
  });
  tiny.release();
  const ends = layout.slots.map((s) => s.at + s.input + s.output);
  return { layers: layout.slots.map((s, i) => ({ from: s.at, to: ends[i] ?? 0 })), members };
}
