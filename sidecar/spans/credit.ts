import { compareAscii, compareNumbers } from "../../chain/primitives/index.js";
import type { ContributorScore } from "../types.js";

/**
 * `span-v1`: which tokens of an answer are paid to whom (ADR 0091). A later registrant earns only what earlier ones have
 * not said, however it is copied, extended or cut.
 */

/** What the rule asks of an index. Runs are token positions of the answer, end exclusive. */
export interface SpanSource {
  /** Tokens of the answer. */
  readonly length: number;
  /** Length of the longest run from `start` that stands in the corpus. */
  longest(start: number): number;
  /** Where a run first stands in the corpus. */
  earliest(start: number, end: number): number | undefined;
}

/** A run of the answer, and where it was first registered. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly position: number;
}

/** Longest match at every start, kept when not inside an earlier one and at least `minimum` long. */
export function maximalPieces(source: SpanSource, minimum: number): Piece[] {
  const pieces: Piece[] = [];
  let covered = 0;
  for (let start = 0; start + minimum <= source.length; start++) {
    const end = start + source.longest(start);
    if (end - start < minimum || end <= covered) continue;
    covered = end;
    const position = source.earliest(start, end);
    if (position !== undefined) pieces.push({ start, end, position });
  }
  return pieces;
}

/** A run of this many times the minimum is no chance, however long the match around it. */
const COPIED = 4;

/**
 * Cuts a match at what somebody had said before: if a run of half of it or more, or one too long to be chance, was
 * registered earlier, the earliest such run is a piece of its own, and so on with what is left on either side.
 */
export function cutPiece(source: SpanSource, { start, end }: { readonly start: number; readonly end: number }, minimum: number): Piece[] {
  if (end - start < minimum) return [];
  const least = Math.max(minimum, Math.min(Math.ceil((end - start) / 2), COPIED * minimum));
  let first: Piece | undefined;
  for (let s = start; s + least <= end; s++) {
    const position = source.earliest(s, s + least);
    if (position !== undefined && (first === undefined || position < first.position)) first = { start: s, end: s + least, position };
  }
  if (first === undefined) return [];
  // It cannot begin sooner: the run one token before would have been registered earlier.
  let { end: last } = first;
  while (last < end && source.earliest(first.start, last + 1) === first.position) last++;
  return [
    ...cutPiece(source, { start, end: first.start }, minimum),
    { ...first, end: last },
    ...cutPiece(source, { start: last, end }, minimum),
  ];
}

/**
 * Pieces that share no token: in the order of their registration each takes what is still free, in runs of at least
 * `minimum` tokens. In the order of the answer.
 */
export function creditedPieces(source: SpanSource, minimum: number): Piece[] {
  const taken = new Uint8Array(source.length);
  const pieces = maximalPieces(source, minimum).flatMap((piece) => cutPiece(source, piece, minimum));
  pieces.sort((a, b) => compareNumbers(a.position, b.position) || compareNumbers(a.start, b.start) || compareNumbers(b.end, a.end));
  const credited: Piece[] = [];
  for (const piece of pieces) {
    for (const { start, end } of freeRuns(taken, piece)) {
      if (end - start < minimum) continue;
      credited.push({ start, end, position: piece.position + start - piece.start });
      taken.fill(1, start, end);
    }
  }
  return credited.sort((a, b) => compareNumbers(a.start, b.start));
}

function freeRuns(taken: Uint8Array, { start, end }: Piece): { readonly start: number; readonly end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (let i = start; i < end; i++) {
    const last = runs.at(-1);
    if (taken[i] === 1) continue;
    if (last?.end === i) last.end++;
    else runs.push({ start: i, end: i + 1 });
  }
  return runs;
}

/** Sums per contributor, in ASCII order of contributors. */
export function spanScores(spans: readonly ContributorScore[]): ContributorScore[] {
  const sums = new Map<string, bigint>();
  for (const { contributor, score } of spans) sums.set(contributor, (sums.get(contributor) ?? 0n) + score);
  return [...sums].sort((a, b) => compareAscii(a[0], b[0])).map(([contributor, score]) => ({ contributor, score }));
}
