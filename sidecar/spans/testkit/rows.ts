import fc from "fast-check";
import type { SpanRow } from "../plan.js";

/** Rows and answers over so few tokens that matches, repeats and ties abound. */

export const FEW_TOKENS = 4;

export const tokenRuns = (maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: FEW_TOKENS - 1 }), { maxLength });

/** Background first, then rows of several contributors. */
export const corpora: fc.Arbitrary<SpanRow[]> = fc
  .record({ background: fc.array(tokenRuns(8), { maxLength: 3 }), rows: fc.array(tokenRuns(14), { minLength: 1, maxLength: 24 }) })
  .map(({ background, rows }) => [
    ...background.map((tokens) => ({ rowId: "", contributor: "", tokens })),
    ...rows.map((tokens, i) => ({ rowId: `1/${i}`, contributor: `open1${"abc"[i % 3] ?? ""}`, tokens })),
  ]);

/** Documents of one size, each unlike the others, over 256 tokens. */
export function longRows(count: number, tokens: number, contributor = "open1a"): SpanRow[] {
  return Array.from({ length: count }, (_, i) => {
    let state = i + 1;
    const next = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    };
    return { rowId: `${contributor}/${i}`, contributor, tokens: Uint16Array.from({ length: tokens }, next) };
  });
}

/** A source by brute force, as the rule reads, over documents laid out with a separator after each. */
export function bruteForce(rows: readonly SpanRow[], answer: readonly number[]): {
  readonly length: number;
  longest(start: number): number;
  earliest(start: number, end: number): number | undefined;
} {
  const earliest = (start: number, end: number): number | undefined => {
    let first = 0;
    for (const { tokens } of rows) {
      for (let at = 0; at + end - start <= tokens.length; at++) {
        if (answer.slice(start, end).every((token, k) => tokens[at + k] === token)) return first + at;
      }
      first += tokens.length + 1;
    }
    return undefined;
  };
  const longest = (start: number): number => {
    let end = start;
    while (end < answer.length && earliest(start, end + 1) !== undefined) end++;
    return end - start;
  };
  return { length: answer.length, longest, earliest };
}
