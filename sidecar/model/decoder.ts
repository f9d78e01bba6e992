import { attention } from "../ops/attention.js";
import { embed } from "../ops/embedding.js";
import { gatedSilu, gelu } from "../ops/elementwise.js";
import { add, addBias, matmul, projectFrozen, selectRows, transposed } from "../ops/linear.js";
import { addLowRank } from "../ops/low-rank.js";
import { layerNorm, rmsNorm } from "../ops/normalise.js";
import { rotate } from "../ops/rotary.js";
import type { RotaryTable } from "../ops/rotary.js";
import { embedTokens } from "../ops/token-embedding.js";
import { Value } from "../ops/tape.js";
import type { FrozenWeight, Tape } from "../ops/tape.js";
import { headShape } from "./config.js";
import type { DecoderConfig } from "./config.js";

/** x W + bias, and the low-rank updates the projection has. */
export interface Projection {
  readonly weight: Value | FrozenWeight;
  readonly bias: Value | undefined;
  readonly updates?: readonly LoraPair[];
}

/** scale * x down up, added to the columns of the result that begin at `from`. */
export interface LoraPair {
  readonly down: Value;
  readonly up: Value;
  readonly from: number;
  readonly scale: number;
}

/** Layer norm where there is a bias; root-mean-square norm otherwise. */
export interface Norm {
  readonly gain: Value;
  readonly bias: Value | undefined;
}

export interface Block {
  readonly attentionNorm: Norm;
  /** Fused [query | key | value]. */
  readonly attention: Projection;
  readonly attentionOut: Projection;
  readonly feedNorm: Norm;
  /** Llama's gate: silu of it times `feedIn`. Without one, GELU of `feedIn`. */
  readonly feedGate: Projection | undefined;
  readonly feedIn: Projection;
  readonly feedOut: Projection;
}

export interface Decoder {
  readonly config: DecoderConfig;
  readonly tokens: Value;
  /** Learned rows, or angles by which queries and keys are turned. */
  readonly positions: Value | RotaryTable;
  readonly blocks: readonly Block[];
  readonly norm: Norm;
  /** The output head (tied: the transposed embeddings) on the backend's side; undefined while the embeddings are trained. */
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
  let y = bias === undefined ? product : addBias(tape, product, bias);
  for (const pair of updates ?? []) y = addLowRank(tape, y, x, pair);
  return y;
}

function normalise(tape: Tape, { config }: Decoder, x: Value, { gain, bias }: Norm): Value {
  return bias === undefined ? rmsNorm(tape, x, gain, config.llama?.epsilon ?? 0) : layerNorm(tape, x, gain, bias);
}

function feed(tape: Tape, x: Value, { feedGate, feedIn, feedOut }: Block): Value {
  const inner = project(tape, x, feedIn);
  const bent = feedGate === undefined ? gelu(tape, inner) : gatedSilu(tape, project(tape, x, feedGate), inner);
  return project(tape, bent, feedOut);
}

/** What attention makes of a layer's fused queries, keys and values, already turned where positions are angles. */
export type Attend = (qkv: Value, layer: number) => Value;

/** The last hidden state of every position, normalised: rows x width. */
export function runBlocks(tape: Tape, model: Decoder, at: Pick<Batch, "tokens" | "positions">, attend: Attend): Value {
  const { positions: places } = model;
  const { heads, keyHeads } = headShape(model.config);
  let x = places instanceof Value ? embed(tape, model.tokens, places, at) : embedTokens(tape, model.tokens, at.tokens);
  model.blocks.forEach((block, layer) => {
    const qkv = project(tape, normalise(tape, model, x, block.attentionNorm), block.attention);
    const turned =
      places instanceof Value ? qkv : rotate(tape, qkv, { heads: heads + keyHeads, positions: at.positions, table: places });
    x = add(tape, x, project(tape, attend(turned, layer), block.attentionOut));
    x = add(tape, x, feed(tape, normalise(tape, model, x, block.feedNorm), block));
  });
  return normalise(tape, model, x, model.norm);
}

/** `runBlocks` over whole sequences. */
export function runDecoder(tape: Tape, model: Decoder, batch: Batch): Value {
  const { heads, keyHeads } = headShape(model.config);
  return runBlocks(tape, model, batch, (qkv) => attention(tape, qkv, { heads, keyHeads, lengths: batch.lengths }));
}

/** Logits of the chosen positions only: the head is the widest product of all. */
export function runHead(tape: Tape, model: Decoder, hidden: Value, rows: readonly number[]): Value {
  const chosen = rows.length === hidden.rows ? hidden : selectRows(tape, hidden, rows);
  if (model.head !== undefined) return projectFrozen(tape, chosen, model.head);
  return matmul(tape, chosen, transposed(tape, model.tokens));
}
