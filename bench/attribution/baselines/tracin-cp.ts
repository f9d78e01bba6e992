import { gradDot } from "./grad-dot.js";
import type { Scores, Vectors } from "./grad-dot.js";

/** Gradients at one checkpoint of a training, and the learning rate of the steps it stands for. */
export interface Checkpoint {
  readonly rate: number;
  readonly rows: Vectors;
  readonly queries: Vectors;
}

/** TracIn-CP (arXiv 2002.08484, section 3.3): gradient products summed over checkpoints, each times its learning rate. */
export function tracInCp(checkpoints: readonly Checkpoint[]): Scores {
  return sumScores(checkpoints.map(({ rate, rows, queries }) => gradDot(rows, queries).map((s) => s.map((x) => rate * x))));
}

export function sumScores(parts: readonly Scores[]): Scores {
  return (parts[0] ?? []).map((first, q) => first.map((_, i) => parts.reduce((sum, part) => sum + (part[q]?.[i] ?? 0), 0)));
}
