import { SidecarError } from "../errors.js";
import { exp } from "../ops/arithmetic.js";
import type { MatmulBackend } from "../ops/backend.js";
import { Tape, Value } from "../ops/tape.js";
import { headShape } from "./config.js";
import { runBlocks, runHead } from "./decoder.js";
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
    const { context, layers } = model.config;
    const { keyHeads, size } = headShape(model.config);
    this.model = model;
    this.backend = backend;
    this.keys = Array.from({ length: layers }, () => new Float32Array(context * keyHeads * size));
    this.values = Array.from({ length: layers }, () => new Float32Array(context * keyHeads * size));
  }

  /** Appends tokens and returns the logits after the last one. @throws Reject sidecar/11 past the context. */
  extend(tokens: readonly number[]): Float32Array {
    const { model } = this;
    if (this.length + tokens.length > model.config.context) throw SidecarError.TooLong();
    const tape = new Tape(this.backend);
    const positions = Int32Array.from(tokens, (_, i) => this.length + i);
    const at = { tokens: Int32Array.from(tokens), positions };
    const hidden = runBlocks(tape, model, at, (qkv, layer) => this.attend(layer, qkv));
    this.length += tokens.length;
    return runHead(tape, model, hidden, [tokens.length - 1]).data;
  }

  private attend(layer: number, qkv: Value): Value {
    const { heads, keyHeads, size } = headShape(this.model.config);
    const keys = this.keys[layer] as Float32Array;
    const values = this.values[layer] as Float32Array;
    const width = keyHeads * size;
    const cols = heads * size;
    const out = new Float32Array(qkv.rows * cols);
    for (let r = 0; r < qkv.rows; r++) {
      const row = qkv.data.subarray(r * qkv.cols, (r + 1) * qkv.cols);
      keys.set(row.subarray(cols, cols + width), (this.length + r) * width);
      values.set(row.subarray(cols + width), (this.length + r) * width);
      for (let h = 0; h < heads; h++) {
        const shared = Math.floor(h / (heads / keyHeads)) * size;
        const cache = { keys, values, width, size, shared, count: this.length + r + 1 };
        attendHead(row, out.subarray(r * cols, (r + 1) * cols), h * size, cache);
      }
    }
    return new Value({ rows: qkv.rows, cols, data: out }, false);
  }
}

interface HeadCache {
  readonly keys: Float32Array;
  readonly values: Float32Array;
  readonly width: number;
  readonly size: number;
  /** First column of the key head that this query's head reads. */
  readonly shared: number;
  /** Positions visible to this query. */
  readonly count: number;
}

function attendHead(query: Float32Array, out: Float32Array, column: number, cache: HeadCache): void {
  const { keys, values, width, size, shared, count } = cache;
  const scale = 1 / Math.sqrt(size);
  const weights = new Float64Array(count);
  let max = -Infinity;
  for (let t = 0; t < count; t++) {
    let sum = 0;
    for (let c = 0; c < size; c++) sum += (query[column + c] as number) * (keys[t * width + shared + c] as number);
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
    for (let c = 0; c < size; c++) sums[c] = (sums[c] as number) + w * (values[t * width + shared + c] as number);
  }
  out.set(sums, column);
}
