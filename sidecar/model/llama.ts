import { matrix, transpose } from "../ops/matrix.js";
import type { Matrix } from "../ops/matrix.js";
import { Value } from "../ops/tape.js";
import type { FrozenWeight } from "../ops/tape.js";
import type { DecoderConfig } from "./config.js";
import type { Block, Decoder, Projection } from "./decoder.js";
import type { LlamaOptions } from "./llama-config.js";
import { ropeTable } from "./rope.js";

/** Gives the weight of a name as a matrix (a vector is one row). */
export type Find = (name: string) => Matrix;

/** Makes a matrix (input x output) resident. */
export type Hold = (a: Matrix) => FrozenWeight;

interface Source {
  readonly find: Find;
  readonly hold: Hold;
}

/** Files hold projections output x input: laid one below the other they fuse, and the transpose is what we multiply by. */
function fused(names: readonly string[], biased: boolean, { find, hold }: Source): Projection {
  const parts = names.map((name) => find(`${name}.weight`));
  const rows = parts.reduce((sum, p) => sum + p.rows, 0);
  const cols = parts[0]?.cols ?? 0;
  const weight = hold(transpose(matrix(rows, cols, joined(parts.map((p) => p.data)))));
  const bias = biased ? joined(names.map((name) => find(`${name}.bias`).data)) : undefined;
  return { weight, bias: bias === undefined ? undefined : new Value(matrix(1, rows, bias), false) };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A Llama-like decoder of resident projections. */
export function frozenLlama(config: DecoderConfig, options: LlamaOptions, source: Source): Decoder {
  const { find, hold } = source;
  const vector = (name: string): Value => new Value(find(name), false);
  const norm = (name: string): { gain: Value; bias: undefined } => ({ gain: vector(name), bias: undefined });
  const blocks = Array.from({ length: config.layers }, (_, i): Block => {
    const at = `model.layers.${i}`;
    const attention = (...names: string[]): Projection =>
      fused(names.map((name) => `${at}.self_attn.${name}_proj`), options.attentionBias, source);
    const feed = (name: string): Projection => fused([`${at}.mlp.${name}_proj`], options.feedBias, source);
    return {
      attentionNorm: norm(`${at}.input_layernorm.weight`),
      attention: attention("q", "k", "v"),
      attentionOut: attention("o"),
      feedNorm: norm(`${at}.post_attention_layernorm.weight`),
      feedGate: feed("gate"),
      feedIn: feed("up"),
      feedOut: feed("down"),
    };
  });
  return {
    config,
    tokens: vector("model.embed_tokens.weight"),
    positions: ropeTable({ ...options, context: config.context }),
    blocks,
    norm: norm("model.norm.weight"),
    head: hold(transpose(find(options.tied ? "model.embed_tokens.weight" : "lm_head.weight"))),
  };
}
