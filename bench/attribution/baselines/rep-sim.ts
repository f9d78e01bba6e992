import { gradCos } from "./grad-dot.js";
import type { Scores, Vectors } from "./grad-dot.js";

/** Cosine of representations, such as the mean last hidden state of a sequence: topical similarity, no influence. */
export function repSim(rows: Vectors, queries: Vectors): Scores {
  return gradCos(rows, queries);
}
