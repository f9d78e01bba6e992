import { attention } from "../ops/attention.js";
import { embed } from "../ops/embedding.js";
import { gelu } from "../ops/elementwise.js";
import { add, addBias, matmul, projectFrozen, selectRows, transposed } from "../ops/linear.js";
import { addLowRank } from "../ops/low-rank.js";
import { layerNorm } from "../ops/normalise.js";
import { Value } from "../ops/tape.js";
import type { FrozenWeight, Tape } from "../ops/tape.js";
import type { DecoderConfig } from "./config.js";

/** x W + bias, and the low-rank updates the projection has. */
export interface Projection {
  readonly weight: Value | FrozenWeight;
  readonly bias: Value;
  readonly updates?: readonly LoraPair[];
}

/** scale * x down up, added to the columns of the result that begin at `from`. */
export interface LoraPair {
  readonly down: Value;
  readonly up: Value;
  readonly from: number;
  readonly scale: number;
}

export interface Norm {
  readonly gain: Value;
  readonly bias: Value;
}

export interface Block {
  readonly attentionNorm: Norm;
  /** Fused [query | key | value]. */
  readonly attention: Projection;
  readonly attentionOut: Projection;
  readonly feedNorm: Norm;
  readonly feedIn: Projection;
  readonly feedOut: Projection;
}

export interface Decoder {
  readonly config: DecoderConfig;
  readonly tokens: Value;
  readonly positions: Value;
  readonly blocks: readonly Block[];
  readonly norm: Norm;
  /** The transposed embeddings on the backend's side; undefined while the embeddings are trained. */
  readonly head: FrozenWeight | undefined;
}

/** Sequences laid end to end. */
export interface Batch {
  readonly tokens: Int32Array;
  readonly positions: Int32Array;
  readonly lengths: readonly number[];
}

export function joinSequences(sequences: readonly (readonly number[])[]): Batch {
  return {
    tokens: Int32Array.from(sequences.flat()),
    positions: Int32Array.from(sequences.flatMap((s) => s.map((_, i) => i))),
    lengths: sequences.map((s) => s.length),
  };
}

export function project(tape: Tape, x: Value, { weight, bias, updates }: Projection): Value {
  const product = weight instanceof Value ? matmul(tape, x, weight) : projectFrozen(tape, x, weight);
  let y = addBias(tape, product, bias);
  for (const pair of updates ?? []) y = addLowRank(tape, y, x, pair);
  return y;
}

/** The last hidden state of every position, normalised: rows x width. */
export function runDecoder(tape: Tape, model: Decoder, batch: Batch): Value {
  const heads = { heads: model.config.heads, lengths: batch.lengths };
  let x = embed(tape, model.tokens, model.positions, batch);
  for (const block of model.blocks) {
    const a = layerNorm(tape, x, block.attentionNorm.gain, block.attentionNorm.bias);
    const mixed = attention(tape, project(tape, a, block.attention), heads);
    x = add(tape, x, project(tape, mixed, block.attentionOut));
    const f = layerNorm(tape, x, block.feedNorm.gain, block.feedNorm.bias);
    x = add(tape, x, project(tape, gelu(tape, project(tape, f, block.feedIn)), block.feedOut));
  }
  return layerNorm(tape, x, model.norm.gain, model.norm.bias);
}

/** Logits of the chosen positions only: the head is the widest product of all. */
export function runHead(tape: Tape, model: Decoder, hidden: Value, rows: readonly number[]): Value {
  const chosen = rows.length === hidden.rows ? hidden : selectRows(tape, hidden, rows);
  if (model.head !== undefined) return projectFrozen(tape, chosen, model.head);
  return matmul(tape, chosen, transposed(tape, model.tokens));
}
