import { expect } from "chai";
import fc from "fast-check";
import { EMPTY_PLAN, FAN_OUT, TAIL_TOKENS, appendRows, withdrawRows } from "./plan.js";
import type { Plan, SpanRow } from "./plan.js";

/** Only lengths matter to a plan. */
const row = (i: number, tokens: number, contributor = "open1a"): SpanRow => ({ rowId: `${i}`, contributor, tokens: new Uint8Array(tokens) });

function shape(plan: Plan): readonly unknown[] {
  const ids = (rows: readonly SpanRow[]): string => rows.map(({ rowId }) => rowId).join(" ");
  return [...plan.frozen.map(({ level, rows, withdrawn }) => [level, ids(rows), [...withdrawn]]), ids(plan.tail), plan.tailTokens];
}

/** Rows of a quarter tail to two tails, enough for two levels of compaction. */
const rowLists = fc.array(fc.integer({ min: TAIL_TOKENS >> 2, max: TAIL_TOKENS << 1 }), { maxLength: 90 }).chain((sizes) =>
  fc.integer({ min: 0, max: 4 }).map((background) => sizes.map((size, i) => row(i, size, i < background ? "" : "open1a"))),
);

describe("plan of a span index", () => {
  it("is the same however the rows are batched", () => {
    fc.assert(
      fc.property(rowLists, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }), (rows, batches) => {
        let plan = EMPTY_PLAN;
        for (let at = 0, turn = 0; at < rows.length; turn++) {
          const size = batches[turn % batches.length] ?? 1;
          plan = appendRows(plan, rows.slice(at, at + size));
          at += size;
        }
        expect(shape(plan)).to.deep.equal(shape(appendRows(EMPTY_PLAN, rows)));
      }),
      { numRuns: 60 },
    );
  });

  it("freezes a full tail and merges eight neighbours of a level, oldest first", () => {
    const rows = Array.from({ length: FAN_OUT * FAN_OUT + FAN_OUT + 3 }, (_, i) => row(i, TAIL_TOKENS - 1));
    const plan = appendRows(EMPTY_PLAN, [...rows, row(999, 5)]);
    expect(plan.frozen.map(({ level, rows: held }) => [level, held.length])).to.deep.equal([[2, 64], [1, 8], [0, 1], [0, 1], [0, 1]]);
    expect(plan.tail.map(({ rowId }) => rowId)).to.deep.equal(["999"]);
    expect(plan.frozen.flatMap(({ rows: held }) => held).map(({ rowId }) => Number(rowId))).to.deep.equal([...rows.keys()]);
  });

  it("leaves what stands before a new row as it is, but for what the row completes", () => {
    const rows = Array.from({ length: 20 }, (_, i) => row(i, TAIL_TOKENS - 1));
    const before = appendRows(EMPTY_PLAN, rows);
    const after = appendRows(before, [row(20, TAIL_TOKENS - 1)]);
    before.frozen.forEach((extent, i) => expect(after.frozen[i]).to.equal(extent));
  });

  it("never puts background and rows in one segment", () => {
    fc.assert(
      fc.property(rowLists, (rows) => {
        const plan = appendRows(EMPTY_PLAN, rows);
        for (const held of [...plan.frozen.map((extent) => extent.rows), plan.tail]) {
          expect(new Set(held.map(({ contributor }) => contributor)).size).to.be.lessThan(2);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("marks rows taken back where they are frozen, drops them from the tail at once and from segments when they merge", () => {
    const rows = Array.from({ length: FAN_OUT - 1 }, (_, i) => row(i, TAIL_TOKENS - 1));
    const full = appendRows(EMPTY_PLAN, [...rows, row(100, 10), row(101, 10)]);
    const less = withdrawRows(full, new Set(["3", "100", "unknown"]));
    expect(less.frozen.map(({ withdrawn }) => withdrawn.size)).to.deep.equal([0, 0, 0, 1, 0, 0, 0]);
    expect(shape(less).slice(-2)).to.deep.equal(["101", 11]);
    const merged = appendRows(less, [row(102, TAIL_TOKENS)]);
    expect(shape(merged)).to.deep.equal([[1, "0 1 2 4 5 6 101 102", []], "", 0]);
  });
});
