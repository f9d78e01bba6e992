import { compareAscii, compareNumbers } from "../../chain/primitives/index.js";
import type { ContributorScore } from "../types.js";
import { suffixArray } from "./suffix-array.js";

/** `span-v1`: which runs of an answer's tokens stand in the corpus, and who registered them first. */

/** Rows of token ids with a separator after each, in order of registration, under a suffix array. */
export interface SpanIndex {
  /** Token id + 1; 0 separates rows, and no query holds it, so no match crosses rows. */
  readonly text: Int32Array;
  readonly order: Int32Array;
  /** First position of each row, ascending. */
  readonly starts: Int32Array;
  /** Lowest position within each run of `STRIDE` entries of `order`. */
  readonly lowest: Int32Array;
}

const STRIDE = 64;

export function buildSpanIndex(rows: readonly (readonly number[])[], vocabulary: number): SpanIndex {
  const starts = new Int32Array(rows.length);
  let length = 0;
  rows.forEach((row, i) => {
    starts[i] = length;
    length += row.length + 1;
  });
  const text = new Int32Array(length);
  rows.forEach((row, i) => row.forEach((token, j) => (text[(starts[i] as number) + j] = token + 1)));
  const order = suffixArray(text, vocabulary + 1);
  const lowest = new Int32Array(Math.ceil(length / STRIDE)).fill(length);
  order.forEach((p, i) => {
    const b = Math.floor(i / STRIDE);
    if (p < (lowest[b] as number)) lowest[b] = p;
  });
  return { text, order, starts, lowest };
}

export interface Span {
  /** Token positions in the answer, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** Row of the earliest occurrence, and where in it. */
  readonly row: number;
  readonly rowStart: number;
  readonly score: bigint;
}

/** Longest match at every start, kept when not inside an earlier one; each credits its first registrant. */
export function findSpans(index: SpanIndex, answer: readonly number[], minimum: number): Span[] {
  const spans: Span[] = [];
  let covered = 0;
  for (let start = 0; start + minimum <= answer.length; start++) {
    const { low, high, length } = longestMatch(index, answer, start);
    if (length < minimum || start + length <= covered) continue;
    covered = start + length;
    const position = earliest(index, low, high);
    const row = rowAt(index.starts, position);
    const rowStart = position - (index.starts[row] as number);
    spans.push({ start, end: covered, row, rowStart, score: BigInt(length) * BigInt(length) });
  }
  return spans;
}

/** The interval of suffixes that begin with the longest matching prefix of answer[start..]. */
function longestMatch(index: SpanIndex, answer: readonly number[], start: number): { low: number; high: number; length: number } {
  let low = 0;
  let high = index.order.length;
  let length = 0;
  while (start + length < answer.length) {
    const symbol = (answer[start + length] as number) + 1;
    const from = bound(index, { low, high, depth: length, symbol });
    const to = bound(index, { low: from, high, depth: length, symbol: symbol + 1 });
    if (from >= to) break;
    low = from;
    high = to;
    length++;
  }
  return { low, high, length };
}

/** First suffix in [low, high) whose symbol at `depth` is not below `symbol`. */
function bound({ text, order }: SpanIndex, at: { low: number; high: number; depth: number; symbol: number }): number {
  let { low, high } = at;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((text[(order[middle] as number) + at.depth] ?? -1) < at.symbol) low = middle + 1;
    else high = middle;
  }
  return low;
}

function earliest({ order, lowest }: SpanIndex, low: number, high: number): number {
  let best = order[low] as number;
  for (let i = low; i < high; ) {
    const whole = i % STRIDE === 0 && i + STRIDE <= high;
    const candidate = (whole ? lowest[i / STRIDE] : order[i]) as number;
    if (candidate < best) best = candidate;
    i += whole ? STRIDE : 1;
  }
  return best;
}

function rowAt(starts: Int32Array, position: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) <= position) low = middle;
    else high = middle;
  }
  return low;
}

/** Sums per contributor, in ASCII order of contributors. */
export function spanScores(spans: readonly Span[], contributorOf: (row: number) => string): ContributorScore[] {
  const sums = new Map<string, bigint>();
  for (const { row, score } of spans) {
    const contributor = contributorOf(row);
    sums.set(contributor, (sums.get(contributor) ?? 0n) + score);
  }
  return [...sums].sort((a, b) => compareAscii(a[0], b[0])).map(([contributor, score]) => ({ contributor, score }));
}

/**
 * Rows worth a closer look, by shared rare tokens: an integer measure that prefers tokens few rows hold. Display only.
 */
export function relatedRows(rows: readonly (readonly number[])[], answer: readonly number[], limit: number): number[] {
  const wanted = new Set(answer);
  const held = rows.map((row) => new Set(row.filter((t) => wanted.has(t))));
  const frequency = new Map<number, number>();
  for (const set of held) for (const t of set) frequency.set(t, (frequency.get(t) ?? 0) + 1);
  const weight = held.map((set) => {
    let sum = 0;
    for (const t of set) sum += 32 - Math.clz32(Math.floor(rows.length / (frequency.get(t) ?? 1)));
    return sum;
  });
  return Array.from(rows.keys())
    .filter((i) => (weight[i] as number) > 0)
    .sort((a, b) => compareNumbers(weight[b] as number, weight[a] as number) || a - b)
    .slice(0, limit);
}
