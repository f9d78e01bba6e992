import { ln } from "./arithmetic.js";
import type { Tape, Value } from "./tape.js";

/** Sum over rows of -log softmax(row)[target], times `weight`. One fused pass; the gradient is softmax minus one-hot. */
export function crossEntropy(tape: Tape, logits: Value, targets: readonly number[], weight: number): Value {
  return crossEntropyParts(tape, logits, targets, { counts: [logits.rows], weights: [weight] });
}

/** How the rows of a batch fall into parts, in order, and what the loss of each part is multiplied by. */
export interface LossParts {
  readonly counts: readonly number[];
  readonly weights: readonly number[];
}

/** The weighted loss of each part: 1 x parts. */
export function crossEntropyParts(tape: Tape, logits: Value, targets: readonly number[], { counts, weights }: LossParts): Value {
  const { cols } = logits;
  const { out: probabilities, largest, sums } = tape.backend.kernels.softmaxRows(logits);
  let row = 0;
  const losses = Float32Array.from(counts, (count, part) => {
    let total = 0;
    for (const end = row + count; row < end; row++) {
      total += ln(sums[row] as number) + (largest[row] as number) - (logits.data[row * cols + (targets[row] as number)] as number);
    }
    return total * (weights[part] as number);
  });
  return tape.result({ rows: 1, cols: counts.length, data: losses }, [logits], (gradient) => {
    targets.forEach((t, r) => {
      const i = r * cols + t;
      probabilities[i] = (probabilities[i] as number) - 1;
    });
    let from = 0;
    counts.forEach((count, part) => {
      scaleRange(probabilities, from, from + count * cols, (weights[part] as number) * (gradient[part] as number));
      from += count * cols;
    });
    logits.accumulate(probabilities);
  });
}

function scaleRange(a: Float32Array, from: number, to: number, scale: number): void {
  for (let i = from; i < to; i++) a[i] = (a[i] as number) * scale;
}
