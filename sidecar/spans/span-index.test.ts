import { expect } from "chai";
import fc from "fast-check";
import { toHex } from "../../chain/primitives/index.js";
import { verifySpanProof } from "../../modules/attribution/rules/span-proof.js";
import { SpanProof } from "../../proto/gen/openledger/attribution/v1.js";
import { creditedPieces, maximalPieces } from "./credit.js";
import { TAIL_TOKENS } from "./plan.js";
import type { SpanRow } from "./plan.js";
import type { Segment } from "./segment.js";
import { createSpanIndex } from "./span-index.js";
import type { SpanIndex } from "./span-index.js";
import { FEW_TOKENS, bruteForce, corpora, longRows, tokenRuns } from "./testkit/rows.js";

function indexOf(rows: readonly SpanRow[], vocabulary = FEW_TOKENS): SpanIndex {
  const index = createSpanIndex(vocabulary);
  index.append(rows);
  return index;
}

const pieces = (spans: readonly { start: number; end: number; position: number }[]): unknown =>
  spans.map(({ start, end, position }) => ({ start, end, position }));

/** Three segments and a tail: the suffixes of a match may stand in any. */
function manySegments(): { readonly rows: SpanRow[]; readonly index: SpanIndex } {
  const rows = longRows(14, TAIL_TOKENS / 4 - 1);
  return { rows, index: indexOf(rows, 256) };
}

describe("span index", () => {
  it("finds the maximal matches of any answer, and credits them, as brute force does", () => {
    fc.assert(
      fc.property(corpora, tokenRuns(16), fc.integer({ min: 2, max: 4 }), (rows, answer, minimum) => {
        const index = indexOf(rows);
        const naive = bruteForce(rows, answer);
        expect(pieces(index.find(answer, minimum))).to.deep.equal(maximalPieces(naive, minimum));
        const background = rows.filter(({ contributor }) => contributor === "").reduce((sum, { tokens }) => sum + tokens.length + 1, 0);
        const paid = creditedPieces(naive, minimum).filter(({ position }) => position >= background);
        expect(pieces(index.credit(answer, minimum))).to.deep.equal(paid);
      }),
      { numRuns: 400 },
    );
  });

  it("says of each match the row, the place in it and the place in the corpus", () => {
    const index = indexOf([{ rowId: "1/0", contributor: "open1a", tokens: [9, 9] }, { rowId: "2/5", contributor: "open1b", tokens: [7, 1, 2, 3, 8] }], 10);
    expect(index.find([0, 1, 2, 3, 0], 2)).to.deep.equal([
      { start: 1, end: 4, position: 4, rowId: "2/5", contributor: "open1b", rowStart: 1, score: 9n },
    ]);
  });

  it("finds across segments what a single one would, the earliest registrant first", () => {
    const { rows, index } = manySegments();
    expect(index.segments()).to.have.length(4);
    const copy = { rowId: "copy", contributor: "open1z", tokens: rows[9]?.tokens ?? [] };
    index.append([copy]);
    const cut = (row: number, from: number, length: number): number[] => Array.from(rows[row]?.tokens ?? []).slice(from, from + length);
    const answer = [...cut(9, 100, 20), ...cut(1, 7, 30), ...cut(13, 0, 15)];
    expect(index.find(answer, 8).map(({ start, end, rowId, rowStart }) => [start, end, rowId, rowStart])).to.deep.equal([
      [0, 20, "open1a/9", 100],
      [20, 50, "open1a/1", 7],
      [50, 65, "open1a/13", 0],
    ]);
  });

  it("finds the first of ten thousand equal rows, wherever it stands", () => {
    const rows = Array.from({ length: 12_000 }, (_, i) => ({ rowId: `1/${i}`, contributor: "open1a", tokens: i < 70 ? [9, 9, 9, 9] : [1, 2, 3, 4] }));
    const index = indexOf(rows, 10);
    expect(index.find([1, 2, 3, 4], 2).map(({ rowId, rowStart }) => [rowId, rowStart])).to.deep.equal([["1/70", 0]]);
    expect(index.find([0, 3, 4, 0], 2).map(({ rowId, rowStart }) => [rowId, rowStart])).to.deep.equal([["1/70", 2]]);
    index.withdraw(new Set(["1/70", "1/71"]));
    expect(index.find([3, 4], 2).map(({ rowId, rowStart }) => [rowId, rowStart])).to.deep.equal([["1/72", 2]]);
  });

  it("has the same segments and the same root however its rows were batched and whenever it was asked", () => {
    const { rows, index } = manySegments();
    const slow = createSpanIndex(256);
    rows.forEach((row, i) => {
      slow.append([row]);
      if (i === 4 || i === 11) slow.root();
    });
    expect(slow.segments()).to.deep.equal(index.segments());
    expect(toHex(slow.root())).to.equal(toHex(index.root()));
  });

  it("is the same whether it was prepared beforehand or not, and lets others work meanwhile", async () => {
    const { rows, index } = manySegments();
    let turns = 0;
    const prepared = createSpanIndex(256);
    prepared.append(rows);
    await prepared.prepare(() => {
      turns++;
      return Promise.resolve();
    });
    expect(turns).to.equal(8);
    expect(toHex(prepared.root())).to.equal(toHex(index.root()));
  });

  it("shares the segments of a version that it extends", () => {
    const held = new Map<string, Segment>();
    let sorted = 0;
    const store = { get: (id: string) => held.get(id), set: (id: string, s: Segment) => void (sorted += held.has(id) ? 0 : 1, held.set(id, s)) };
    const rows = longRows(9, TAIL_TOKENS / 2 - 1);
    const first = createSpanIndex(256, store);
    first.append(rows.slice(0, 8));
    const before = first.segments();
    expect([before.length, sorted]).to.deep.equal([4, 4]);
    const second = createSpanIndex(256, store);
    second.append(rows);
    expect(second.segments().slice(0, 4)).to.deep.equal(before);
    expect(sorted).to.equal(5);
  });

  it("commits to every token, name and order of rows", () => {
    const a: SpanRow = { rowId: "1/0", contributor: "open1a", tokens: [1, 2, 3] };
    const b: SpanRow = { rowId: "1/1", contributor: "open1b", tokens: [1, 2] };
    const variants = [[a, b], [b, a], [a], [a, { ...b, contributor: "open1c" }], [a, { ...b, rowId: "1/2" }], [a, { ...b, tokens: [1, 3] }]];
    expect(new Set(variants.map((v) => toHex(indexOf(v).root()))).size).to.equal(variants.length);
    expect(indexOf([]).root()).to.have.length(0);
  });

  it("does not find rows taken back, and proves nothing of them", () => {
    const { rows, index } = manySegments();
    const answer = Array.from(rows[2]?.tokens ?? []).slice(50, 80);
    const [span] = index.find(answer, 8);
    const position = span?.position ?? -1;
    const later = { rowId: "later", contributor: "open1z", tokens: answer };
    index.append([later]);
    const before = toHex(index.root());
    index.withdraw(new Set(["open1a/2"]));
    expect(index.find(answer, 8).map(({ rowId }) => rowId)).to.deep.equal(["later"]);
    expect(toHex(index.root())).not.to.equal(before);
    const claim = { root: index.root(), tokens: answer, position: BigInt(position), contributor: "open1a", rowId: "open1a/2" };
    expect(verifySpanProof(SpanProof.encode(index.prove(position, 30)), claim)).to.equal("withdrawn");
  });

  it("answers nothing for tokens that no row can hold, and refuses rows out of order or of another vocabulary", () => {
    const index = indexOf([{ rowId: "1/0", contributor: "open1a", tokens: [1, 2, 3] }]);
    expect(index.find([-1, -1, 99, 1.5, Number.NaN], 2)).to.deep.equal([]);
    expect(() => index.append([{ rowId: "", contributor: "", tokens: [1] }])).to.throw("background");
    expect(() => index.append([{ rowId: "1/1", contributor: "open1a", tokens: [4] }])).to.throw("vocabulary");
    expect(() => index.prove(1, 3)).to.throw();
    expect(() => index.prove(0, 0)).to.throw();
    expect(() => index.prove(99, 1)).to.throw();
  });
});
