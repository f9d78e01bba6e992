import { expect } from "chai";
import fc from "fast-check";
import { creditedPieces, maximalPieces, spanScores } from "./credit.js";
import type { SpanRow } from "./plan.js";
import { createSpanIndex } from "./span-index.js";
import { bruteForce, corpora, tokenRuns } from "./testkit/rows.js";

const VOCABULARY = 100;
const MINIMUM = 4;

const text = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i);

/** Rows in the order of their registration, each by its contributor; "" is background. */
function earned(rows: readonly (readonly [string, readonly number[]])[], answer: readonly number[]): Record<string, bigint> {
  const index = createSpanIndex(VOCABULARY);
  index.append(rows.map(([contributor, tokens], i): SpanRow => ({ rowId: `1/${i}`, contributor, tokens })));
  return Object.fromEntries(spanScores(index.credit(answer, MINIMUM)).map(({ contributor, score }) => [contributor, score]));
}

describe("who is paid for a span", () => {
  const answer = text(10, 20);

  it("pays the square of its length to the first who registered it", () => {
    expect(earned([["honest", answer], ["copy", answer]], answer)).to.deep.equal({ honest: 400n });
  });

  it("pays nothing to who copies a row and adds a guess of a few tokens", () => {
    const rows = [["honest", answer.slice(0, 17)], ["copy", answer]] as const;
    expect(earned(rows, answer)).to.deep.equal({ honest: 289n });
  });

  it("pays who extends a row for the extension only", () => {
    const rows = [["honest", answer.slice(0, 12)], ["other", answer]] as const;
    expect(earned(rows, answer)).to.deep.equal({ honest: 144n, other: 64n });
  });

  it("pays the first registrant though copies in steps stand between", () => {
    const steps = text(0, 8).map((i) => ["copy", answer.slice(0, 13 + i)] as const);
    expect(earned([["honest", answer.slice(0, 12)], ...steps], answer.slice(0, 15))).to.deep.equal({ honest: 144n });
  });

  it("pays nothing to who registers the end of another's row with a few tokens more", () => {
    const rows = [["honest", answer.slice(0, 10)], ["copy", answer.slice(4, 13)]] as const;
    expect(earned(rows, answer)).to.deep.equal({ honest: 100n });
  });

  it("pays nothing for what stands in the background, nor for a few tokens glued to it", () => {
    expect(earned([["", answer], ["stuffer", answer]], answer)).to.deep.equal({});
    expect(earned([["", answer.slice(0, 17)], ["stuffer", answer]], answer)).to.deep.equal({});
    expect(earned([["", answer.slice(3)], ["stuffer", answer]], answer)).to.deep.equal({});
  });

  it("pays nothing for two background phrases glued together", () => {
    expect(earned([["", answer.slice(0, 10)], ["", answer.slice(10)], ["stuffer", answer]], answer)).to.deep.equal({});
  });

  it("pays a long quotation whole though it holds a common phrase", () => {
    expect(earned([["", answer.slice(5, 10)], ["honest", answer]], answer)).to.deep.equal({ honest: 400n });
  });

  it("pays the first for what is too long to be chance, however much a later row says around it", () => {
    const long = text(0, 60);
    const said = long.slice(20, 20 + 4 * MINIMUM);
    expect(earned([["honest", said], ["thief", long]], long)).to.deep.equal({ honest: 256n, thief: 400n + 576n });
    expect(earned([["honest", said.slice(1)], ["author", long]], long)).to.deep.equal({ author: 3600n });
  });

  it("pays nothing to who glues many rows of others into one", () => {
    const parts = [0, 1, 2, 3, 4].map((i) => [`honest${i}`, text(20 * i, 20)] as const);
    const glued = parts.flatMap(([, tokens]) => tokens);
    expect(earned([...parts, ["thief", glued]], glued)).to.deep.equal(Object.fromEntries(parts.map(([name]) => [name, 400n])));
  });

  it("pays nothing for phrases below the minimum, however many are registered", () => {
    const phrases = text(0, 17).map((i) => ["stuffer", [99, ...answer.slice(i, i + MINIMUM - 1), 99]] as const);
    expect(earned([...phrases, ["honest", answer]], answer)).to.deep.equal({ honest: 400n });
  });

  it("pays a repeated row once", () => {
    const rows = text(0, 30).map(() => ["stuffer", answer] as const);
    expect(earned(rows, answer)).to.deep.equal({ stuffer: 400n });
  });

  it("never pays a token twice, nor less than the minimum, nor a run that is not there", () => {
    fc.assert(
      fc.property(corpora, tokenRuns(20), (rows, said) => {
        const source = bruteForce(rows, said);
        let last = 0;
        for (const { start, end, position } of creditedPieces(source, 2)) {
          expect(start).to.be.at.least(last);
          expect(end - start).to.be.at.least(2);
          expect(source.earliest(start, end)).to.be.at.most(position);
          last = end;
        }
      }),
    );
  });

  it("pays a whole answer to somebody where it was matched whole", () => {
    fc.assert(
      fc.property(corpora, tokenRuns(20), (rows, said) => {
        const source = bruteForce(rows, said);
        const matched = maximalPieces(source, 1);
        const paid = creditedPieces(source, 1);
        const tokens = new Set(matched.flatMap(({ start, end }) => text(start, end - start)));
        expect(paid.reduce((sum, { start, end }) => sum + end - start, 0)).to.equal(tokens.size);
      }),
    );
  });

  it("gives a copy registered later, of a row or of any part of one, no part of anybody's pay", () => {
    fc.assert(
      fc.property(corpora, tokenRuns(16), fc.tuple(fc.nat(), fc.nat(6), fc.nat(14)), (rows, said, [which, from, to]) => {
        const copied = rows[which % rows.length];
        const copy = { rowId: "copy", contributor: "copycat", tokens: Array.from(copied?.tokens ?? []).slice(from, to) };
        const before = creditedPieces(bruteForce(rows, said), 2);
        expect(creditedPieces(bruteForce([...rows, copy], said), 2)).to.deep.equal(before);
      }),
    );
  });
});
