import { expect } from "chai";
import fc from "fast-check";
import { buildSpanIndex, findSpans, spanScores } from "./spans.js";
import { suffixArray } from "./suffix-array.js";

function naive(text: readonly number[]): number[] {
  const compare = (a: number, b: number): number => {
    for (let k = 0; ; k++) {
      if (a + k >= text.length || b + k >= text.length) return b - a;
      const d = (text[a + k] ?? 0) - (text[b + k] ?? 0);
      if (d !== 0) return d;
    }
  };
  return Array.from(text.keys()).sort(compare);
}

describe("suffix array", () => {
  it("sorts the suffixes of any text as naive sorting does", () => {
    for (const alphabet of [1, 2, 3, 7]) {
      const texts = fc.array(fc.integer({ min: 0, max: alphabet - 1 }), { maxLength: 80 });
      fc.assert(
        fc.property(texts, (text) => {
          expect([...suffixArray(Int32Array.from(text), alphabet)]).to.deep.equal(naive(text));
        }),
        { numRuns: 300 },
      );
    }
  });
});

describe("span-v1", () => {
  /** Longest match at `start` by brute force, with its first row and place. */
  function bruteForce(rows: readonly number[][], answer: readonly number[], start: number): [number, number, number] {
    let best: [number, number, number] = [0, -1, -1];
    rows.forEach((row, r) => {
      row.forEach((_, at) => {
        let n = 0;
        while (start + n < answer.length && at + n < row.length && row[at + n] === answer[start + n]) n++;
        if (n > best[0]) best = [n, r, at];
      });
    });
    return best;
  }

  it("finds the longest match at each start, credited to the first registrant", () => {
    const row = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), row, (rows, answer) => {
        const spans = findSpans(buildSpanIndex(rows, 5), answer, 2);
        let covered = 0;
        const expected = [];
        for (let start = 0; start < answer.length; start++) {
          const [n, r, at] = bruteForce(rows, answer, start);
          if (n < 2 || start + n <= covered) continue;
          covered = start + n;
          expected.push({ start, end: covered, row: r, rowStart: at, score: BigInt(n * n) });
        }
        expect(spans).to.deep.equal(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("pays nothing to a later copy", () => {
    const rows = [[5, 6, 7], [1, 2, 3, 4], [1, 2, 3, 4]];
    const spans = findSpans(buildSpanIndex(rows, 10), [1, 2, 3, 4], 2);
    expect(spanScores(spans, (i) => ["c", "b", "a"][i] ?? "")).to.deep.equal([{ contributor: "b", score: 16n }]);
  });
});
