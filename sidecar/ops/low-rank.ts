import type { Tape, Value } from "./tape.js";

/** A LoRA pair, the columns of the projection it adds to, and by how much. */
export interface LowRankPair {
  readonly down: Value;
  readonly up: Value;
  readonly from: number;
  readonly scale: number;
}

/**
 * y with scale * x down up added to the columns that begin at `from`. Takes over the data of `y`, which nothing else may
 * read. The gradients of `down` and `up` are made per part of the batch where the tape has parts: the row-wise factors are
 * there once for all parts.
 */
export function addLowRank(tape: Tape, y: Value, x: Value, pair: LowRankPair): Value {
  const { kernels } = tape.backend;
  const { down, up } = pair;
  const update = { ...pair, x };
  const z = kernels.lowRank(update, y);
  return tape.result(y, [y, x, down, up], (data) => {
    const gradient = { rows: y.rows, cols: y.cols, data };
    const made = kernels.lowRankBack(update, { z, gradient, parts: tape.parts ?? [y.rows], wantX: x.wanted });
    for (const [weight, deltas] of [[down, made.down], [up, made.up]] as const) {
      if (!weight.wanted) continue;
      if (tape.parts !== undefined) weight.accumulateParts(deltas);
      else weight.accumulate(deltas[0] as Float32Array);
    }
    if (made.x !== undefined) x.accumulate(made.x);
    if (y.wanted) y.accumulate(data);
  });
}
