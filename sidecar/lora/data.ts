import { compareAscii } from "../../chain/primitives/index.js";
import { Xoshiro } from "../random/xoshiro.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { CorpusRow } from "../types.js";
import type { Sequence } from "./gradient.js";

export interface TrainingSequence extends Sequence {
  /** Position of the contributor in `contributors`. */
  readonly contributor: number;
}

export interface TrainingData {
  /** In ASCII order. */
  readonly contributors: readonly string[];
  readonly sequences: readonly TrainingSequence[];
  /** Tokens of one epoch, without the first of each sequence: what a decoder predicts. */
  readonly tokens: number;
}

type DocumentTokens = Pick<Tokenizer, "start" | "end">;

/**
 * A row becomes start-of-document, its tokens, end-of-document; longer rows are cut into windows that share one token, so
 * that every token is predicted exactly once.
 */
export function rowSequences(tokens: readonly number[], { start, end }: DocumentTokens, length: number): Sequence[] {
  const all = [start, ...tokens, end];
  const out: Sequence[] = [];
  for (let at = 0; at + 1 < all.length; at += length) out.push({ tokens: all.slice(at, at + length + 1), from: 0 });
  return out;
}

export function prepareData(rows: readonly CorpusRow[], tokenizer: Tokenizer, length: number): TrainingData {
  return collectData(rows, ({ text }) => rowSequences(tokenizer.encode(text), tokenizer, length));
}

/** `cut` says what there is to learn from a row. */
export function collectData(rows: readonly CorpusRow[], cut: (row: CorpusRow) => readonly Sequence[]): TrainingData {
  const contributors = [...new Set(rows.map((r) => r.contributor))].sort(compareAscii);
  const index = new Map(contributors.map((c, i) => [c, i]));
  const sequences = rows.flatMap((row) => {
    const contributor = index.get(row.contributor) ?? 0;
    return cut(row).map((s) => ({ ...s, contributor }));
  });
  const tokens = sequences.reduce((sum, s) => sum + s.tokens.length - 1, 0);
  return { contributors, sequences, tokens };
}

/**
 * Sequence numbers of the batch that starts at `cursor`: epoch after epoch, each in its own order drawn from the seed.
 * A pure function of its arguments, so a replay needs no generator state.
 */
export function batchAt(job: { seed: bigint; batchSize: number }, count: number, cursor: bigint): number[] {
  const out: number[] = [];
  let order: Int32Array | undefined;
  let drawn = -1n;
  for (let i = 0; i < job.batchSize; i++) {
    const at = cursor + BigInt(i);
    const epoch = at / BigInt(count);
    if (order === undefined || epoch !== drawn) order = new Xoshiro(job.seed + 1n + epoch).permutation(count);
    drawn = epoch;
    out.push(order[Number(at % BigInt(count))] as number);
  }
  return out;
}
