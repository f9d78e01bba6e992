import { SidecarError } from "../errors.js";
import { headShape } from "../model/config.js";
import type { DecoderConfig } from "../model/config.js";
import type { Block } from "../model/decoder.js";
import type { LoraTarget } from "../types.js";

/** In the order in which they stand in an adapter's vector, and on chain. */
export const TARGETS: readonly LoraTarget[] = ["q", "k", "v", "o", "gate", "up", "down"];

/** "qkv": one update of GPT-2's whole fused projection, as other people's adapters have it. Never trained here. */
export type SlotTarget = LoraTarget | "qkv";

/** The projections of a block that may carry updates. */
export type ProjectionName = "attention" | "attentionOut" | "feedGate" | "feedIn" | "feedOut";

/** Where an update goes: the block's projection, the sizes of the update, and its first column there. */
export interface Place {
  readonly projection: ProjectionName & keyof Block;
  readonly input: number;
  readonly output: number;
  readonly from: number;
}

/** @throws Reject sidecar/2 for `gate` where the feed-forward has none, and for `qkv` where nothing is fused in the file. */
export function placeOf(config: DecoderConfig, target: SlotTarget): Place {
  const { width, inner, llama } = config;
  const { heads, keyHeads, size } = headShape(config);
  const [queries, keys] = [heads * size, keyHeads * size];
  if (target === (llama === undefined ? "gate" : "qkv")) {
    throw SidecarError.InvalidRequest(`this model has no projection ${target}`);
  }
  const attention = (output: number, from: number): Place => ({ projection: "attention", input: width, output, from });
  const places: Readonly<Record<SlotTarget, Place>> = {
    q: attention(queries, 0),
    k: attention(keys, queries),
    v: attention(keys, queries + keys),
    qkv: attention(queries + 2 * keys, 0),
    o: { projection: "attentionOut", input: queries, output: width, from: 0 },
    gate: { projection: "feedGate", input: width, output: inner, from: 0 },
    up: { projection: "feedIn", input: width, output: inner, from: 0 },
    down: { projection: "feedOut", input: inner, output: width, from: 0 },
  };
  return places[target];
}
