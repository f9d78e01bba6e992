import type { Tape, Value } from "./tape.js";

export interface Heads {
  readonly heads: number;
  /** Heads of keys and values, a divisor of `heads` (grouped-query attention); as many as `heads` by default. */
  readonly keyHeads?: number;
  /** Length of each sequence; they sum to the rows of `qkv`. */
  readonly lengths: readonly number[];
}

/**
 * Causal self-attention over sequences laid end to end (no padding), from a fused [q | k | v] projection.
 *
 * Per sequence and head everything is small, so this is our own kernel rather than the backend's batched product (whose
 * bits depend on the batch), and half the work, because the future is never computed.
 */
export function attention(tape: Tape, qkv: Value, { heads, keyHeads = heads, lengths }: Heads): Value {
  const { kernels } = tape.backend;
  const layout = { heads, keyHeads, size: qkv.cols / (heads + 2 * keyHeads), lengths };
  const { out, weights } = kernels.attend(qkv, layout, qkv.wanted);
  return tape.result({ rows: qkv.rows, cols: heads * layout.size, data: out }, [qkv], (gradient) => {
    qkv.accumulate(kernels.attendBack(qkv, layout, { weights, gradient }));
  });
}
