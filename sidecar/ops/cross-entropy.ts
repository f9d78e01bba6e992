import { exp, ln } from "./arithmetic.js";
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
  const probabilities = new Float32Array(logits.data.length);
  let row = 0;
  const losses = Float32Array.from(counts, (count, part) => {
    let total = 0;
    for (const end = row + count; row < end; row++) {
      const from = logits.data.subarray(row * cols, (row + 1) * cols);
      total += rowLoss(from, probabilities.subarray(row * cols, (row + 1) * cols), targets[row] as number);
    }
    return total * (weights[part] as number);
  });
  return tape.result({ rows: 1, cols: counts.length, data: losses }, [logits], (gradient) => {
    targets.forEach((t, r) => {
      const i = r * cols + t;
      probabilities[i] = (probabilities[i] as number) - 1;
    });
    let at = 0;
    counts.forEach((count, part) => {
      const scale = (weights[part] as number) * (gradient[part] as number);
      for (const end = at + count * cols; at < end; at++) probabilities[at] = (probabilities[at] as number) * scale;
    });
    logits.accumulate(probabilities);
  });
}

function rowLoss(logits: Float32Array, probabilities: Float32Array, target: number): number {
  const n = logits.length;
  let max = logits[0] as number;
  for (let c = 1; c < n; c++) if ((logits[c] as number) > max) max = logits[c] as number;
  let sum = 0;
  for (let c = 0; c < n; c++) {
    const e = exp((logits[c] as number) - max);
    probabilities[c] = e;
    sum += e;
  }
  const inverse = 1 / sum;
  for (let c = 0; c < n; c++) probabilities[c] = (probabilities[c] as number) * inverse;
  return ln(sum) + max - (logits[target] as number);
}
