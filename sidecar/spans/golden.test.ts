import { readFileSync } from "node:fs";
import { expect } from "chai";
import { toHex } from "../../chain/primitives/index.js";
import type { SpanRow } from "./plan.js";
import { createSpanIndex } from "./span-index.js";
import { longRows } from "./testkit/rows.js";

interface Expected {
  readonly vocabulary: number;
  readonly root: string;
  /** Positions and documents of each. */
  readonly segments: readonly (readonly [number, number])[];
}

interface Golden {
  readonly explicit: readonly (Expected & { readonly rows: readonly (readonly [string, string, readonly number[]])[] })[];
  readonly generated: readonly (Expected & { readonly count: number; readonly tokens: number; readonly background: number })[];
}

/** Made by scripts/vectors/spans.py, which sorts suffixes by comparing them. */
const golden = JSON.parse(readFileSync(new URL("vectors/spans.json", import.meta.url), "utf8")) as Golden;

function expectSame(rows: readonly SpanRow[], { vocabulary, root, segments }: Expected): void {
  const index = createSpanIndex(vocabulary);
  index.append(rows);
  expect(toHex(index.root())).to.equal(root);
  expect(index.segments()).to.have.length(segments.length);
  const [start] = [...segments.keys()].map((i) => segments.slice(0, i).reduce((sum, [tokens]) => sum + tokens, 0)).slice(-1);
  const head = index.prove(start ?? 0, 1).segmentHead;
  expect([Number(head.start), head.tokens, head.documents]).to.deep.equal([start, ...(segments.at(-1) ?? [])]);
}

describe("roots of an independent implementation", () => {
  it("are ours, for two and four bytes a token, empty rows, repetition and background", () => {
    for (const one of golden.explicit) {
      expectSame(one.rows.map(([rowId, contributor, tokens]) => ({ rowId, contributor, tokens })), one);
    }
  });

  it("are ours where rows fill several segments and these are merged", () => {
    for (const one of golden.generated) {
      const rows = longRows(one.count, one.tokens).map((row, i) =>
        i < one.background ? { ...row, rowId: "", contributor: "" } : { ...row, rowId: `${i}/0`, contributor: `open1${i % 3}` },
      );
      expectSame(rows, one);
    }
    expect(golden.generated.map(({ segments }) => segments.length)).to.deep.equal([1, 2, 3, 3]);
  });
});
