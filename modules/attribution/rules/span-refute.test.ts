import { expect } from "chai";
import fc from "fast-check";
import { sha256 } from "../../../chain/crypto/index.js";
import { concatBytes } from "../../../chain/primitives/index.js";
import { SpanRefutation } from "../../../proto/gen/openledger/attribution/v1.js";
import type { SpanDocument, SpanIndexHead, SpanSegmentHead } from "../../../proto/gen/openledger/attribution/v1.js";
import { commitArrays, commitDocuments, indexHead, indexTree, inverseOf, segmentHead } from "../../../sidecar/spans/commit.js";
import type { Arrays, SegmentTrees } from "../../../sidecar/spans/commit.js";
import { MerkleLevels } from "../../../sidecar/spans/merkle-levels.js";
import type { SpanRow } from "../../../sidecar/spans/plan.js";
import { isComplete, refuteIndex, refuteRows } from "../../../sidecar/spans/refute.js";
import type { ClaimedIndex, ClaimedSegment } from "../../../sidecar/spans/refute.js";
import { segmentText, sortSegment } from "../../../sidecar/spans/segment.js";
import type { Segment } from "../../../sidecar/spans/segment.js";
import { FEW_TOKENS, corpora, longRows } from "../../../sidecar/spans/testkit/rows.js";
import { encodeNumbers } from "./span-commit.js";
import { checkRefutation, rowRefuted } from "./span-refute.js";
import type { PublicRow } from "./span-refute.js";

const sorted = (rows: readonly SpanRow[], vocabulary = FEW_TOKENS): Segment => sortSegment(segmentText(rows, vocabulary), vocabulary);

const right = (segment: Segment): Arrays => ({ order: segment.order, inverse: inverseOf(segment.order) });

/** A segment as somebody hands it out who commits to these arrays and to documents changed like this. */
function claim(segment: Segment, start: number, { arrays = right(segment), documents = (d: readonly SpanDocument[]) => d, vocabulary = FEW_TOKENS } = {}): ClaimedSegment {
  const made = commitArrays(segment, arrays, vocabulary);
  const trees: SegmentTrees = { ...made, ...commitDocuments(documents(made.documents)) };
  return { ...arrays, laid: segment, trees, head: segmentHead(trees, start, segment.text.length) };
}

function claimIndex(segments: readonly ClaimedSegment[], { vocabulary = FEW_TOKENS, change = (h: SpanIndexHead) => h } = {}): ClaimedIndex {
  const heads = segments.map(({ head }) => head);
  const head = change(indexHead(heads, vocabulary));
  return { head, segments, tree: indexTree(head, heads) };
}

/** An honest index of as many segments. */
function honest(lists: readonly (readonly SpanRow[])[], vocabulary = FEW_TOKENS): ClaimedIndex {
  let start = 0;
  const segments = lists.map((rows) => {
    const claimed = claim(sorted(rows, vocabulary), start, { vocabulary });
    start += claimed.head.tokens;
    return claimed;
  });
  return claimIndex(segments, { vocabulary });
}

interface Posted {
  readonly refutation: SpanRefutation | undefined;
  readonly root: Uint8Array;
}

/** What an honest reader finds in one segment with these arrays. */
function post(segment: Segment, arrays: Arrays, vocabulary = FEW_TOKENS): Posted {
  const claimed = claimIndex([claim(segment, 0, { arrays, vocabulary })], { vocabulary });
  return { refutation: refuteIndex(claimed), root: claimed.tree.root() };
}

const publicRows = (rows: readonly SpanRow[]): Map<string, PublicRow> => new Map(rows.map((row) => [row.rowId, { ...row, withdrawn: false }]));

const openings = ({ order, inverse, symbols, documents }: SpanRefutation): number => order.length + inverse.length + symbols.length + documents.length;

/** A changed pair of arrays: entries swapped, overwritten, doubled, left out or out of range, in one of the two or in both alike. */
const corruptions = fc.record({
  kind: fc.constantFrom("swap", "swap both", "order", "inverse", "beyond", "rotate", "reverse", "duplicate", "missing", "missing both", "one more"),
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
  if (kind === "duplicate") wrong[a] = wrong[b] ?? 0;
  if (kind.startsWith("missing")) wrong.splice(a, 1);
  if (kind === "one more") wrong.splice(a, 0, b);
  if (kind.startsWith("swap")) swap(wrong);
  const both = ["rotate", "reverse", "swap both", "missing both"].includes(kind);
  return { order: wrong, inverse: both ? Array.from(inverseOf(Int32Array.from(wrong))).slice(0, wrong.length) : inverse };
}

const isSame = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => a.length === b.length && Array.from(a).every((v, i) => v === b[i]);

describe("refutation of a suffix array", () => {
  const rows = longRows(3, 100).map((row) => ({ ...row, tokens: Array.from(row.tokens, (t) => t % FEW_TOKENS) }));
  const segment = sorted(rows);

  it("is made and holds for each kind of wrong array", () => {
    const size = segment.order.length;
    for (const kind of ["swap", "swap both", "order", "inverse", "beyond", "rotate", "reverse", "duplicate", "missing", "missing both", "one more"]) {
      const { refutation, root } = post(segment, corrupt(segment, { kind, i: 70, j: size - 30 }));
      expect(refutation, kind).not.to.equal(undefined);
      expect(checkRefutation(root, refutation!), kind).to.equal(true);
      expect(SpanRefutation.encode(refutation!).length, kind).to.be.lessThan(3_500);
    }
  });

  it("is found for every corruption, in six openings at most, and holds, unless something is withheld", () => {
    fc.assert(
      fc.property(corpora, corruptions, (list, change) => {
        const part = sorted(list);
        const arrays = corrupt(part, change);
        const same = isSame(arrays.order, part.order) && isSame(arrays.inverse, right(part).inverse);
        const claimed = claimIndex([claim(part, 0, { arrays })]);
        if (!isComplete(claimed)) return;
        const refutation = refuteIndex(claimed);
        if (same) expect(refutation).to.equal(undefined);
        else {
          expect(openings(refutation!)).to.be.at.most(6);
          expect(checkRefutation(claimed.tree.root(), refutation!)).to.equal(true);
          expect(checkRefutation(claimed.tree.root(), SpanRefutation.decode(SpanRefutation.encode(refutation!)))).to.equal(true);
        }
      }),
      { numRuns: 600 },
    );
  });

  it("does not exist for a right array", () => {
    fc.assert(
      fc.property(corpora, (list) => {
        const part = sorted(list);
        expect(post(part, right(part)).refutation).to.equal(undefined);
      }),
    );
  });

  it("of a wrong array never holds against the right one, whatever openings it is given", () => {
    fc.assert(
      fc.property(corpora, corruptions, fc.nat(), (list, change, seed) => {
        const part = sorted(list);
        const truth = claimIndex([claim(part, 0)]);
        const lie = claimIndex([claim(part, 0, { arrays: corrupt(part, change) })]);
        if (!isComplete(lie)) return;
        const refutation = refuteIndex(lie);
        if (refutation === undefined) return;
        expect(checkRefutation(truth.tree.root(), refutation)).to.equal(false);
        const [at] = refuteIndex(claimIndex([{ ...claim(part, 0), order: [] }]))?.segments ?? [];
        expect(checkRefutation(truth.tree.root(), { ...refutation, segments: at === undefined ? [] : [at] })).to.equal(false);
        // Honest openings of the right arrays, wherever a forger says they are wrong.
        const size = part.text.length;
        const entry = seed % size;
        const wrongOf = (values: ArrayLike<number>): number[] => Array.from(values).map((v, i) => (i === entry ? (v + 1) % size : v));
        const arrays = right(part);
        for (const said of [corrupt(part, { ...change, kind: "swap both" }), { ...arrays, order: wrongOf(arrays.order) }, { ...arrays, inverse: wrongOf(arrays.inverse) }]) {
          const forged = refuteIndex({ ...truth, segments: [{ ...claim(part, 0), ...said }] });
          if (forged !== undefined) expect(checkRefutation(truth.tree.root(), forged)).to.equal(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is of the same size for a text a hundred times as long, but for its paths", () => {
    const sizes = [2, 200].map((count) => {
      const part = sorted(longRows(count, 300), 256);
      const order = Array.from(part.order);
      const middle = order.length >> 1;
      [order[middle], order[middle + 1]] = [order[middle + 1] ?? 0, order[middle] ?? 0];
      const { refutation, root } = post(part, { order, inverse: inverseOf(Int32Array.from(order)) }, 256);
      expect(checkRefutation(root, refutation!)).to.equal(true);
      expect(openings(refutation!)).to.be.at.most(6);
      return SpanRefutation.encode(refutation!).length;
    });
    expect(sizes[1]! - sizes[0]!).to.be.lessThan(6 * 7 * 34 + 200);
  });

  it("holds against a bucket that is none", () => {
    const part = sorted(longRows(1, 200), 256);
    const short = encodeNumbers(part.order.subarray(64, 127), 4);
    const bytes = (i: number): Uint8Array => (i === 1 ? short : encodeNumbers(part.order.subarray(i * 64, i * 64 + 64), 4));
    const orderTree = new MerkleLevels(4, bytes);
    const honestly = claim(part, 0, { vocabulary: 256 });
    const trees = { ...honestly.trees, orderTree };
    const claimed = claimIndex([{ ...honestly, trees, head: segmentHead(trees, 0, part.text.length) }], { vocabulary: 256 });
    const root = claimed.tree.root();
    const segments = [{ head: claimed.head, index: 0, segment: claimed.segments[0]?.head ?? honestly.head, path: [] }];
    const open = (entry: number, index: number): SpanRefutation =>
      SpanRefutation.create({ entry, segments, order: [{ index, entries: bytes(index), path: orderTree.path(index) }] });
    expect(checkRefutation(root, open(64, 1))).to.equal(true);
    expect(checkRefutation(root, open(0, 0))).to.equal(false);
    expect(checkRefutation(root, open(0, 1))).to.equal(false);
    expect(checkRefutation(root, open(900, 1))).to.equal(false);
  });

  it("never throws on garbage", () => {
    const { root, refutation } = post(segment, corrupt(segment, { kind: "swap both", i: 9, j: 99 }));
    const number = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffff_ffff }));
    const path = fc.array(fc.uint8Array({ maxLength: 33 }), { maxLength: 4 });
    const buckets = fc.array(fc.record({ index: number, entries: fc.uint8Array({ maxLength: 300 }), path }), { maxLength: 3 });
    const wild = fc.record({ entry: number, order: buckets, inverse: buckets });
    const segments = refutation?.segments ?? [];
    fc.assert(fc.property(wild, (parts) => !checkRefutation(root, SpanRefutation.create({ ...parts, segments }))), { numRuns: 500 });
    fc.assert(fc.property(wild, (parts) => !checkRefutation(root, SpanRefutation.create(parts))));
  });
});

describe("refutation of bounds and rows", () => {
  const rows = longRows(6, 300, "open1a");
  const halves = [rows.slice(0, 3), rows.slice(3)];

  /** An index of two segments of which the documents of the second are stated like this. */
  function stated(documents: (d: readonly SpanDocument[]) => readonly SpanDocument[]): ClaimedIndex {
    const first = claim(sorted(halves[0] ?? [], 256), 0, { vocabulary: 256 });
    const second = claim(sorted(halves[1] ?? [], 256), first.head.tokens, { vocabulary: 256, documents });
    return claimIndex([first, second], { vocabulary: 256 });
  }

  const shifted = (which: number, by: number) => (documents: readonly SpanDocument[]) =>
    documents.map((d, i) => (i === which ? { ...d, start: d.start + by } : d));

  it("is made and holds for documents that leave a gap, overlap, begin late or end early", () => {
    const lies: [string, (d: readonly SpanDocument[]) => readonly SpanDocument[]][] = [
      ["late", shifted(0, 1)],
      ["gap", shifted(1, 1)],
      ["overlap", shifted(2, -7)],
      ["early end", (d) => d.slice(0, -1)],
      ["one left out", (d) => d.filter((_, i) => i !== 1)],
      ["twice", (d) => [...d, ...d.slice(-1)]],
      ["the other way round", (d) => [...d].reverse()],
    ];
    for (const [name, lie] of lies) {
      const claimed = stated(lie);
      const refutation = refuteIndex(claimed)!;
      expect(checkRefutation(claimed.tree.root(), refutation), name).to.equal(true);
      expect(openings(refutation), name).to.be.at.most(2);
      expect(SpanRefutation.encode(refutation).length, name).to.be.lessThan(1_000);
      expect(checkRefutation(honest(halves, 256).tree.root(), refutation), name).to.equal(false);
    }
  });

  it("is made and holds for segments that do not meet, end early, or speak of another index", () => {
    const first = claim(sorted(halves[0] ?? [], 256), 0, { vocabulary: 256 });
    const second = claim(sorted(halves[1] ?? [], 256), first.head.tokens, { vocabulary: 256 });
    const moved = (part: ClaimedSegment, head: Partial<SpanSegmentHead>): ClaimedSegment => ({ ...part, head: { ...part.head, ...head } });
    const lies = {
      gap: claimIndex([first, moved(second, { start: second.head.start + 1n })], { vocabulary: 256 }),
      late: claimIndex([moved(first, { start: 1n }), second], { vocabulary: 256 }),
      early: claimIndex([first, second], { vocabulary: 256, change: (h) => ({ ...h, tokens: h.tokens + 1n }) }),
      empty: claimIndex([first, moved(second, { documents: 0 })], { vocabulary: 256 }),
    };
    for (const [name, claimed] of Object.entries(lies)) {
      const refutation = refuteIndex(claimed)!;
      expect(checkRefutation(claimed.tree.root(), refutation), name).to.equal(true);
      expect(SpanRefutation.encode(refutation).length, name).to.be.lessThan(500);
      expect(checkRefutation(honest(halves, 256).tree.root(), refutation), name).to.equal(false);
    }
  });

  it("holds against two segments that name different indexes", () => {
    const { segments, head } = honest(halves, 256);
    const heads = segments.map((s) => s.head);
    const tree = indexTree(head, heads);
    const other = { ...head, tokenBytes: 4 };
    const lie = indexTree(other, heads);
    expect(lie.root()).not.to.deep.equal(tree.root());
    // A tree whose first leaf is of one index and whose second is of the other.
    const [a, b] = [tree.path(1)[0] ?? new Uint8Array(0), lie.path(0)[0] ?? new Uint8Array(0)];
    const refutation = SpanRefutation.create({
      segments: [
        { head, index: 0, segment: heads[0]!, path: [b] },
        { head: other, index: 1, segment: heads[1]!, path: [a] },
      ],
    });
    const mixed = sha256(concatBytes(Uint8Array.of(1), a, b));
    expect(checkRefutation(mixed, refutation)).to.equal(true);
    expect(checkRefutation(tree.root(), refutation)).to.equal(false);
  });

  it("never holds against an honest index, whatever of it is opened", () => {
    fc.assert(
      fc.property(corpora, fc.nat(4), fc.nat(), fc.nat(), (list, cut, i, j) => {
        const at = 1 + (cut % Math.max(1, list.length - 1));
        const claimed = honest([list.slice(0, at), list.slice(at)].filter((part) => part.length > 0));
        const root = claimed.tree.root();
        expect(isComplete(claimed)).to.equal(true);
        expect(refuteIndex(claimed)).to.equal(undefined);
        expect(refuteRows(claimed, publicRows(list.filter(({ rowId }) => rowId !== "")))).to.equal(undefined);
        const open = (k: number) => ({ head: claimed.head, index: k, segment: claimed.segments[k]!.head, path: claimed.tree.path(k) });
        const [a, b] = [i % claimed.segments.length, j % claimed.segments.length];
        expect(checkRefutation(root, SpanRefutation.create({ segments: [open(a)] }))).to.equal(false);
        expect(checkRefutation(root, SpanRefutation.create({ segments: [open(a), open(b)] }))).to.equal(false);
        const { trees } = claimed.segments[a]!;
        const document = (k: number) => ({ document: trees.documents[k]!, index: k, path: trees.documentTree.path(k) });
        for (const x of trees.documents.keys()) {
          expect(checkRefutation(root, SpanRefutation.create({ segments: [open(a)], documents: [document(x)] }))).to.equal(false);
          for (const y of trees.documents.keys()) {
            expect(checkRefutation(root, SpanRefutation.create({ segments: [open(a)], documents: [document(x), document(y)] }))).to.equal(false);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("is made and holds for a row with another text, another contributor or a mark it should not have", () => {
    const known = publicRows(rows);
    const lies: SpanRow[][] = [
      rows.map((row, i) => (i === 4 ? { ...row, tokens: Array.from(row.tokens, (t, k) => (k === 299 ? t ^ 1 : t)) } : row)),
      rows.map((row, i) => (i === 4 ? { ...row, tokens: Array.from(row.tokens).slice(1) } : row)),
      rows.map((row, i) => (i === 4 ? { ...row, contributor: "open1z" } : row)),
    ];
    const claims = [...lies.map((list) => honest([list.slice(0, 3), list.slice(3)], 256)), stated((d) => d.map((one, i) => (i === 1 ? { ...one, withdrawn: true } : one)))];
    for (const claimed of claims) {
      const root = claimed.tree.root();
      // The index is consistent: only the row itself shows that it is not the one of the dataset.
      expect(refuteIndex(claimed)).to.equal(undefined);
      const refutation = refuteRows(claimed, known)!;
      const row = known.get("open1a/4")!;
      expect(rowRefuted(root, refutation, row)).to.equal(true);
      expect(SpanRefutation.encode(refutation).length).to.be.lessThan(700);
      expect(rowRefuted(root, refutation, known.get("open1a/3")!)).to.equal(false);
      expect(rowRefuted(honest(halves, 256).tree.root(), refutation, row)).to.equal(false);
      expect(rowRefuted(root, SpanRefutation.create({}), row)).to.equal(false);
    }
  });

  it("is made and holds for a suffix array of another text than the one committed to", () => {
    const part = sorted(rows, 256);
    const other = sorted(longRows(6, 300, "open1b").map((row, i) => ({ ...row, tokens: Array.from(row.tokens, (t) => (t + i) % 256) })), 256);
    const { refutation, root } = post(part, right(other), 256);
    expect(checkRefutation(root, refutation!)).to.equal(true);
  });

  it("leaves nothing to take that is not whole", () => {
    const part = sorted(longRows(1, 127), 256);
    const arrays = right(part);
    const cut = (n: number): Arrays => ({ order: Array.from(arrays.order).slice(0, n), inverse: arrays.inverse });
    const whole = (given: Arrays): boolean => isComplete(claimIndex([claim(part, 0, { arrays: given, vocabulary: 256 })], { vocabulary: 256 }));
    expect([whole(arrays), whole(cut(127)), whole(cut(64))]).to.deep.equal([true, true, false]);
    const claimed = honest(halves, 256);
    const [first, second] = claimed.segments;
    expect(isComplete({ ...claimed, segments: [first!] })).to.equal(false);
    expect(isComplete({ ...claimed, segments: [first!, { ...second!, laid: first!.laid }] })).to.equal(false);
    expect(isComplete({ ...claimed, segments: [first!, { ...second!, trees: first!.trees }] })).to.equal(false);
  });
});
