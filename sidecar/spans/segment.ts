import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, toHex, u64be, utf8 } from "../../chain/primitives/index.js";
import { SEPARATOR, encodeNumbers } from "../../modules/attribution/rules/span-commit.js";
import type { SpanRow } from "./plan.js";
import { suffixArray } from "./suffix-array.js";
import type { Symbols } from "./suffix-array.js";

/** Documents in their order, each followed by a separator that no query holds, so that no match crosses documents. */
export interface SegmentText {
  /** SHA-256, hex, over the vocabulary and all documents: equal documents in equal order are one segment. */
  readonly id: string;
  readonly rows: readonly SpanRow[];
  /** Token id + 1, 0 for the separator. */
  readonly text: Symbols;
  /** First position of each document, ascending. */
  readonly starts: Int32Array;
}

/** What is searched: suffixes in order, and the lowest of them in each run of 64, of 64 runs, and so on. */
export interface SortedSuffixes {
  readonly order: Int32Array;
  readonly lowest: readonly Int32Array[];
}

export interface Segment extends SegmentText, SortedSuffixes {}

const STRIDE = 64;

/** Lays out documents and names them: cheap beside sorting, which is not needed for a segment that is held already. */
export function segmentText(rows: readonly SpanRow[], vocabulary: number): SegmentText {
  const starts = new Int32Array(rows.length);
  let length = 0;
  rows.forEach(({ tokens }, i) => {
    starts[i] = length;
    length += tokens.length + 1;
  });
  const wide = vocabulary >= 1 << 16;
  const text = wide ? new Uint32Array(length) : new Uint16Array(length);
  let at = 0;
  for (const { tokens } of rows) {
    for (let i = 0; i < tokens.length; i++) text[at++] = (tokens[i] as number) + 1;
    text[at++] = SEPARATOR;
  }
  return { id: segmentId(rows, text, vocabulary), rows, text, starts };
}

function segmentId(rows: readonly SpanRow[], text: Symbols, vocabulary: number): string {
  const names = rows.flatMap(({ rowId, contributor }) => [rowId, contributor].flatMap((name) => [u64be(BigInt(utf8(name).length)), utf8(name)]));
  const head = concatBytes(u64be(BigInt(vocabulary)), u64be(BigInt(rows.length)), ...names);
  return toHex(sha256(concatBytes(sha256(head), sha256(encodeNumbers(text, vocabulary >= 1 << 16 ? 4 : 2)))));
}

export function sortSegment(laid: SegmentText, vocabulary: number): Segment {
  return { ...laid, ...withLowest(suffixArray(laid.text, vocabulary + 1)) };
}

function withLowest(order: Int32Array): SortedSuffixes {
  const lowest: Int32Array[] = [];
  for (let below = order; below.length > STRIDE; ) {
    below = lowestOfRuns(below);
    lowest.push(below);
  }
  return { order, lowest };
}

function lowestOfRuns(below: Int32Array): Int32Array<ArrayBuffer> {
  const runs = new Int32Array(Math.ceil(below.length / STRIDE));
  for (let i = 0; i < below.length; i++) {
    const run = Math.floor(i / STRIDE);
    const position = below[i] as number;
    if (i % STRIDE === 0 || position < (runs[run] as number)) runs[run] = position;
  }
  return runs;
}

/** The suffixes that do not begin in the given documents. */
export function withoutRows(segment: Segment, withdrawn: ReadonlySet<number>): SortedSuffixes {
  if (withdrawn.size === 0) return segment;
  const gone = new Uint8Array(segment.text.length);
  for (const row of withdrawn) {
    const start = segment.starts[row] as number;
    gone.fill(1, start, start + (segment.rows[row]?.tokens.length ?? 0) + 1);
  }
  return withLowest(segment.order.filter((position) => gone[position] === 0));
}

/** Number of the document a position stands in. */
export function rowAt({ starts }: SegmentText, position: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) <= position) low = middle;
    else high = middle;
  }
  return low;
}

/** Suffixes of a segment under search. */
export interface Searched extends SortedSuffixes {
  readonly text: Symbols;
}

/** A run of the answer, as symbols, end exclusive. */
export interface Run {
  readonly symbols: Int32Array;
  readonly start: number;
  readonly end: number;
}

/** @param known number of symbols that are known to agree. */
function commonLength(text: Symbols, position: number, { symbols, start, end }: Run, known = 0): number {
  let k = known;
  while (start + k < end && text[position + k] === symbols[start + k]) k++;
  return k;
}

/** First place whose suffix does not come before the run; with `after`, first whose suffix does not begin with it either. */
function placeOf({ text, order }: Searched, run: Run, after: boolean): number {
  const length = run.end - run.start;
  let low = 0;
  let high = order.length;
  // What the run shares with the suffixes around, it shares with all between: texts that repeat themselves stay cheap.
  let below = 0;
  let above = 0;
  while (low < high) {
    const middle = (low + high) >> 1;
    const position = order[middle] as number;
    const k = commonLength(text, position, run, Math.min(below, above));
    const before = k === length ? after : (text[position + k] ?? -1) < (run.symbols[run.start + k] as number);
    if (before) {
      low = middle + 1;
      below = k;
    } else {
      high = middle;
      above = k;
    }
  }
  return low;
}

/** Length of the longest beginning of the run that stands in the text: that of a neighbour of where the run would stand. */
export function longestIn(searched: Searched, run: Run): number {
  const { text, order } = searched;
  const place = placeOf(searched, run, false);
  const before = place > 0 ? commonLength(text, order[place - 1] as number, run) : 0;
  return place < order.length ? Math.max(before, commonLength(text, order[place] as number, run)) : before;
}

/** The lowest position of a whole run, or undefined if it is nowhere. */
export function earliestIn(searched: Searched, run: Run): number | undefined {
  const { order, lowest } = searched;
  const high = placeOf(searched, run, true);
  let best: number | undefined;
  for (let i = placeOf(searched, run, false); i < high; ) {
    let values = order;
    let width = 1;
    for (const runs of lowest) {
      if (i % (width * STRIDE) !== 0 || i + width * STRIDE > high) break;
      width *= STRIDE;
      values = runs;
    }
    const candidate = values[i / width] as number;
    if (best === undefined || candidate < best) best = candidate;
    i += width;
  }
  return best;
}
