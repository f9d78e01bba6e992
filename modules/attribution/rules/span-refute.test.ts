import { expect } from "chai";
import fc from "fast-check";
import { SpanRefutation } from "../../../proto/gen/openledger/attribution/v1.js";
import { commitArrays, indexHead, inverseOf, segmentHead } from "../../../sidecar/spans/commit.js";
import type { Arrays } from "../../../sidecar/spans/commit.js";
import type { SpanRow } from "../../../sidecar/spans/plan.js";
import { refuteSuffixArray } from "../../../sidecar/spans/refute.js";
import { segmentText, sortSegment } from "../../../sidecar/spans/segment.js";
import type { Segment } from "../../../sidecar/spans/segment.js";
import { FEW_TOKENS, corpora, longRows } from "../../../sidecar/spans/testkit/rows.js";
import { MerkleLevels } from "../../../sidecar/spans/merkle-levels.js";
import { encodeNumbers } from "./span-commit.js";
import { checkRefutation } from "./span-refute.js";
import type { CommittedSegment } from "./span-refute.js";

interface Posted {
  readonly refutation: SpanRefutation | undefined;
  readonly at: CommittedSegment;
}

/** What somebody posts who commits to these arrays, and what an honest reader finds in them. */
function post(segment: Segment, arrays: Arrays, vocabulary = FEW_TOKENS): Posted {
  const trees = commitArrays(segment, arrays, vocabulary);
  const head = segmentHead(trees, 0, segment.text.length);
  const refutation = refuteSuffixArray(segment, { ...arrays, trees }, vocabulary);
  return { refutation, at: { segment: head, head: indexHead([head], vocabulary) } };
}

const sorted = (rows: readonly SpanRow[], vocabulary = FEW_TOKENS): Segment => sortSegment(segmentText(rows, vocabulary), vocabulary);

const openings = ({ order, inverse, symbols }: SpanRefutation): number => order.length + inverse.length + symbols.length;

/** A changed pair of arrays: entries swapped, overwritten or out of range, in one of the two or in both alike. */
const corruptions = fc.record({
  kind: fc.constantFrom("swap", "swap both", "order", "inverse", "beyond", "rotate", "reverse"),
  i: fc.nat(),
  j: fc.nat(),
});

function corrupt({ order }: Segment, { kind, i, j }: { readonly kind: string; readonly i: number; readonly j: number }): Arrays {
  const wrong = Array.from(order);
  const inverse = Array.from(inverseOf(order));
  const [a, b] = [i % order.length, j % order.length];
  const swap = (list: number[]): void => void ([list[a], list[b]] = [list[b] ?? 0, list[a] ?? 0]);
  if (kind === "order") wrong[a] = b;
  if (kind === "beyond") wrong[a] = order.length + j;
  if (kind === "inverse") inverse[a] = b;
  if (kind === "rotate") wrong.push(wrong.shift() ?? 0);
  if (kind === "reverse") wrong.reverse();
  if (kind.startsWith("swap")) swap(wrong);
  const both = kind === "rotate" || kind === "reverse" || kind === "swap both";
  return { order: wrong, inverse: both ? inverseOf(Int32Array.from(wrong)) : inverse };
}

describe("refutation of a suffix array", () => {
  it("is found for every corruption, in six openings at most, and holds", () => {
    fc.assert(
      fc.property(corpora, corruptions, (rows, change) => {
        const segment = sorted(rows);
        const arrays = corrupt(segment, change);
        const inverse = inverseOf(segment.order);
        const same = Array.from(arrays.order).every((v, i) => v === segment.order[i]) && Array.from(arrays.inverse).every((v, i) => v === inverse[i]);
        const { refutation, at } = post(segment, arrays);
        if (same) expect(refutation).to.equal(undefined);
        else {
          expect(openings(refutation!)).to.be.at.most(6);
          expect(checkRefutation(at, refutation!)).to.equal(true);
          expect(checkRefutation(at, SpanRefutation.decode(SpanRefutation.encode(refutation!)))).to.equal(true);
        }
      }),
      { numRuns: 600 },
    );
  });

  it("does not exist for a right array", () => {
    fc.assert(
      fc.property(corpora, (rows) => {
        const segment = sorted(rows);
        expect(post(segment, { order: segment.order, inverse: inverseOf(segment.order) }).refutation).to.equal(undefined);
      }),
    );
  });

  it("of a wrong array never holds against the right one, whatever openings it is given", () => {
    fc.assert(
      fc.property(corpora, corruptions, fc.nat(), (rows, change, seed) => {
        const segment = sorted(rows);
        const right: Arrays = { order: segment.order, inverse: inverseOf(segment.order) };
        const { at } = post(segment, right);
        const { refutation } = post(segment, corrupt(segment, change));
        if (refutation === undefined) return;
        expect(checkRefutation(at, refutation)).to.equal(false);
        // Honest openings of the right arrays, at every entry and in every combination a forger could send.
        const trees = commitArrays(segment, right, FEW_TOKENS);
        const size = segment.text.length;
        const entry = seed % size;
        const wrongOf = (values: ArrayLike<number>): number[] => Array.from(values).map((v, i) => (i === entry ? (v + 1) % size : v));
        for (const lie of [{ ...right, order: wrongOf(right.order) }, { ...right, inverse: wrongOf(right.inverse) }]) {
          const forged = refuteSuffixArray(segment, { ...lie, trees }, FEW_TOKENS);
          if (forged !== undefined) expect(checkRefutation(at, forged)).to.equal(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("from right openings of any neighbours never holds against a right array", () => {
    fc.assert(
      fc.property(corpora, fc.nat(), fc.nat(), (rows, i, j) => {
        const segment = sorted(rows);
        const right: Arrays = { order: segment.order, inverse: inverseOf(segment.order) };
        const { at } = post(segment, right);
        const swapped = Array.from(segment.order);
        const [a, b] = [i % swapped.length, j % swapped.length];
        [swapped[a], swapped[b]] = [swapped[b] ?? 0, swapped[a] ?? 0];
        const lie = { order: swapped, inverse: inverseOf(Int32Array.from(swapped)) };
        const found = refuteSuffixArray(segment, { ...lie, trees: commitArrays(segment, right, FEW_TOKENS) }, FEW_TOKENS);
        if (found !== undefined) expect(checkRefutation(at, found)).to.equal(false);
      }),
      { numRuns: 300 },
    );
  });

  it("is of the same size for a text a hundred times as long, but for its paths", () => {
    const sizes = [2, 200].map((count) => {
      const segment = sorted(longRows(count, 300), 256);
      const order = Array.from(segment.order);
      const middle = order.length >> 1;
      [order[middle], order[middle + 1]] = [order[middle + 1] ?? 0, order[middle] ?? 0];
      const { refutation, at } = post(segment, { order, inverse: inverseOf(Int32Array.from(order)) }, 256);
      expect(checkRefutation(at, refutation!)).to.equal(true);
      expect(openings(refutation!)).to.be.at.most(6);
      return SpanRefutation.encode(refutation!).length;
    });
    expect(sizes[1]! - sizes[0]!).to.be.lessThan(6 * 7 * 34 + 200);
  });

  it("holds against a bucket that is none", () => {
    const segment = sorted(longRows(1, 200), 256);
    const arrays: Arrays = { order: segment.order, inverse: inverseOf(segment.order) };
    const short = encodeNumbers(segment.order.subarray(64, 127), 4);
    const bytes = (i: number): Uint8Array => (i === 1 ? short : encodeNumbers(segment.order.subarray(i * 64, i * 64 + 64), 4));
    const orderTree = new MerkleLevels(4, bytes);
    const head = segmentHead({ ...commitArrays(segment, arrays, 256), orderTree }, 0, segment.text.length);
    const at = { segment: head, head: indexHead([head], 256) };
    const open = (entry: number, index: number): SpanRefutation =>
      SpanRefutation.create({ entry, order: [{ index, entries: bytes(index), path: orderTree.path(index) }] });
    expect(checkRefutation(at, open(64, 1))).to.equal(true);
    expect(checkRefutation(at, open(0, 0))).to.equal(false);
    expect(checkRefutation(at, open(0, 1))).to.equal(false);
    expect(checkRefutation(at, open(900, 1))).to.equal(false);
  });

  it("never throws on garbage", () => {
    const segment = sorted(longRows(1, 200), 256);
    const { at } = post(segment, { order: segment.order, inverse: inverseOf(segment.order) }, 256);
    const number = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffff_ffff }));
    const path = fc.array(fc.uint8Array({ maxLength: 33 }), { maxLength: 4 });
    const buckets = fc.array(fc.record({ index: number, entries: fc.uint8Array({ maxLength: 300 }), path }), { maxLength: 3 });
    const wild = fc.record({ entry: number, order: buckets, inverse: buckets });
    fc.assert(fc.property(wild, (parts) => !checkRefutation(at, SpanRefutation.create(parts))), { numRuns: 500 });
  });
});
