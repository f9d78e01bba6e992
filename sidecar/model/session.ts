import { SidecarError } from "../errors.js";
import { exp } from "../ops/arithmetic.js";
import { embed } from "../ops/embedding.js";
import { gelu } from "../ops/elementwise.js";
import { add } from "../ops/linear.js";
import type { MatmulBackend } from "../ops/backend.js";
import { layerNorm } from "../ops/normalise.js";
import { Tape, Value } from "../ops/tape.js";
import { project, runHead } from "./decoder.js";
import type { Decoder } from "./decoder.js";

/**
 * One sequence with its key/value cache. Each session runs alone, so what else the process serves cannot change its bits.
 */
export class Session {
  private readonly model: Decoder;
  private readonly backend: MatmulBackend;
  private readonly keys: Float32Array[];
  private readonly values: Float32Array[];
  private length = 0;

  constructor(model: Decoder, backend: MatmulBackend) {
    const { context, width, layers } = model.config;
    this.model = model;
    this.backend = backend;
    this.keys = Array.from({ length: layers }, () => new Float32Array(context * width));
    this.values = Array.from({ length: layers }, () => new Float32Array(context * width));
  }

  /** Appends tokens and returns the logits after the last one. @throws Reject sidecar/11 past the context. */
  extend(tokens: readonly number[]): Float32Array {
    const { model } = this;
    if (this.length + tokens.length > model.config.context) throw SidecarError.TooLong();
    const tape = new Tape(this.backend);
    const positions = Int32Array.from(tokens, (_, i) => this.length + i);
    let x = embed(tape, model.tokens, model.positions, { tokens: Int32Array.from(tokens), positions });
    model.blocks.forEach((block, layer) => {
      const a = layerNorm(tape, x, block.attentionNorm.gain, block.attentionNorm.bias);
      const mixed = this.attend(layer, project(tape, a, block.attention));
      x = add(tape, x, project(tape, mixed, block.attentionOut));
      const f = layerNorm(tape, x, block.feedNorm.gain, block.feedNorm.bias);
      x = add(tape, x, project(tape, gelu(tape, project(tape, f, block.feedIn)), block.feedOut));
    });
    this.length += tokens.length;
    const hidden = layerNorm(tape, x, model.norm.gain, model.norm.bias);
    return runHead(tape, model, hidden, [tokens.length - 1]).data;
  }

  private attend(layer: number, qkv: Value): Value {
    const { width, heads } = this.model.config;
    const keys = this.keys[layer] as Float32Array;
    const values = this.values[layer] as Float32Array;
    const out = new Float32Array(qkv.rows * width);
    for (let r = 0; r < qkv.rows; r++) {
      const row = qkv.data.subarray(r * 3 * width, (r + 1) * 3 * width);
      keys.set(row.subarray(width, 2 * width), (this.length + r) * width);
      values.set(row.subarray(2 * width), (this.length + r) * width);
      for (let h = 0; h < heads; h++) {
        const cache = { keys, values, width, size: width / heads, count: this.length + r + 1 };
        attendHead(row, out.subarray(r * width, (r + 1) * width), h * cache.size, cache);
      }
    }
    return new Value({ rows: qkv.rows, cols: width, data: out }, false);
  }
}

interface HeadCache {
  readonly keys: Float32Array;
  readonly values: Float32Array;
  readonly width: number;
  readonly size: number;
  /** Positions visible to this query. */
  readonly count: number;
}

function attendHead(query: Float32Array, out: Float32Array, column: number, cache: HeadCache): void {
  const { keys, values, width, size, count } = cache;
  const scale = 1 / Math.sqrt(size);
  const weights = new Float64Array(count);
  let max = -Infinity;
  for (let t = 0; t < count; t++) {
    let sum = 0;
    for (let c = 0; c < size; c++) sum += (query[column + c] as number) * (keys[t * width + column + c] as number);
    weights[t] = sum * scale;
    if (sum * scale > max) max = sum * scale;
  }
  let total = 0;
  for (let t = 0; t < count; t++) {
    weights[t] = exp((weights[t] as number) - max);
    total += weights[t] as number;
  }
  const sums = new Float64Array(size);
  for (let t = 0; t < count; t++) {
    const w = (weights[t] as number) / total;
    for (let c = 0; c < size; c++) sums[c] = (sums[c] as number) + w * (values[t * width + column + c] as number);
  }
  out.set(sums, column);
}
