import { exp, ln } from "./arithmetic.js";
import type { Tape, Value } from "./tape.js";

/** Sum over rows of -log softmax(row)[target], times `weight`. One fused pass; the gradient is softmax minus one-hot. */
export function crossEntropy(tape: Tape, logits: Value, targets: readonly number[], weight: number): Value {
  const { rows, cols } = logits;
  const probabilities = new Float32Array(rows * cols);
  let total = 0;
  for (let r = 0; r < rows; r++) {
    const from = logits.data.subarray(r * cols, (r + 1) * cols);
    total += rowLoss(from, probabilities.subarray(r * cols, (r + 1) * cols), targets[r] as number);
  }
  const loss = { rows: 1, cols: 1, data: Float32Array.of(total * weight) };
  return tape.result(loss, [logits], (gradient) => {
    const scale = weight * (gradient[0] as number);
    targets.forEach((t, r) => {
      const i = r * cols + t;
      probabilities[i] = (probabilities[i] as number) - 1;
    });
    for (let i = 0; i < probabilities.length; i++) probabilities[i] = (probabilities[i] as number) * scale;
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
