import { equalBytes } from "../../chain/primitives/index.js";
import { bucketCount, bucketOf, textRootOf } from "../../modules/attribution/rules/span-commit.js";
import { rowRefuted } from "../../modules/attribution/rules/span-refute.js";
import type { PublicRow } from "../../modules/attribution/rules/span-refute.js";
import { SpanRefutation } from "../../proto/gen/openledger/attribution/v1.js";
import type { SpanDocument, SpanDocumentOpening, SpanIndexHead, SpanSegmentHead, SpanSegmentOpening } from "../../proto/gen/openledger/attribution/v1.js";
import { indexTree, openEntry, openPosition } from "./commit.js";
import type { Arrays, SegmentTrees } from "./commit.js";
import type { MerkleLevels } from "./merkle-levels.js";
import type { SegmentText } from "./segment.js";

/** What somebody committed to as a segment, right or wrong: text, arrays, and the trees they made of these. */
export interface ClaimedSegment extends Arrays {
  readonly head: SpanSegmentHead;
  readonly laid: SegmentText;
  readonly trees: SegmentTrees;
}

/** All that a committer must hand out with a root. */
export interface ClaimedIndex {
  readonly head: SpanIndexHead;
  readonly segments: readonly ClaimedSegment[];
  readonly tree: MerkleLevels;
}

/**
 * Whether what was handed out is all that the root commits to. Nothing can be shown of what is withheld, so a root without
 * it must not be taken. With it, the root is right unless `refuteIndex` or `refuteRows` finds what is wrong.
 */
export function isComplete({ head, segments, tree }: ClaimedIndex): boolean {
  const heads = segments.map((segment) => segment.head);
  return head.segments === segments.length && equalBytes(tree.root(), indexTree(head, heads).root()) && segments.every((s) => isHandedOut(s, head.tokenBytes));
}

function isHandedOut({ head, laid, trees, order, inverse }: ClaimedSegment, width: number): boolean {
  const { documents, documentTree, orderTree, inverseTree } = trees;
  const buckets = bucketCount(head.tokens);
  return (
    documents.length === head.documents &&
    documents.every(({ tokens, textRoot }, i) => {
      const text = laid.rows[i]?.tokens ?? [];
      return tokens === text.length && equalBytes(textRoot, textRootOf(text, width));
    }) &&
    bucketCount(order.length) === buckets &&
    bucketCount(inverse.length) === buckets &&
    equalBytes(documentTree.root(), head.documentRoot) &&
    equalBytes(orderTree.root(), head.orderRoot) &&
    equalBytes(inverseTree.root(), head.inverseRoot)
  );
}

/** The first thing in an index that contradicts itself, opened for `checkRefutation`. One pass; undefined when nothing does. */
export function refuteIndex(claimed: ClaimedIndex): SpanRefutation | undefined {
  const wrong = refuteSegments(claimed);
  if (wrong !== undefined) return SpanRefutation.create({ segments: wrong.map((i) => openSegment(claimed, i)) });
  for (const [i, segment] of claimed.segments.entries()) {
    const refutation = refuteDocuments(segment) ?? refuteSuffixArray(segment, claimed.head.tokenBytes);
    if (refutation !== undefined) return { ...refutation, segments: [openSegment(claimed, i)] };
  }
  return undefined;
}

/** The first document that is not the row it names, opened for `rowRefuted`. Rows that the index does not name are not looked for. */
export function refuteRows(claimed: ClaimedIndex, rows: ReadonlyMap<string, PublicRow>): SpanRefutation | undefined {
  const root = claimed.tree.root();
  for (const [i, { trees }] of claimed.segments.entries()) {
    const segments = [openSegment(claimed, i)];
    for (const [k, { rowId }] of trees.documents.entries()) {
      const row = rows.get(rowId);
      const refutation = SpanRefutation.create({ segments, documents: [openDocument(trees, k)] });
      if (row !== undefined && rowRefuted(root, refutation, row)) return refutation;
    }
  }
  return undefined;
}

function openSegment({ head, segments, tree }: ClaimedIndex, index: number): SpanSegmentOpening {
  return { head, index, segment: (segments[index] as ClaimedSegment).head, path: tree.path(index) };
}

function openDocument({ documents, documentTree }: SegmentTrees, index: number): SpanDocumentOpening {
  return { document: documents[index] as SpanDocument, index, path: documentTree.path(index) };
}

/** Numbers of one segment that does not reach its end of the index, or of two that do not meet. */
function refuteSegments({ head, segments }: ClaimedIndex): readonly number[] | undefined {
  let end = 0n;
  for (const [i, { head: at }] of segments.entries()) {
    if (at.start !== end) return i === 0 ? [i] : [i - 1, i];
    if (at.documents === 0 || at.tokens === 0) return [i];
    end += BigInt(at.tokens);
  }
  return end === head.tokens ? undefined : [segments.length - 1];
}

function refuteDocuments({ head, trees }: ClaimedSegment): SpanRefutation | undefined {
  const opened = (...numbers: readonly number[]): SpanRefutation =>
    SpanRefutation.create({ documents: numbers.map((i) => openDocument(trees, i)) });
  let end = 0;
  for (const [i, { start, tokens }] of trees.documents.entries()) {
    if (start !== end) return i === 0 ? opened(i) : opened(i - 1, i);
    end += tokens + 1;
  }
  return end === head.tokens ? undefined : opened(trees.documents.length - 1);
}

/** The first entry at which the arrays are not the suffix array of the text and its inverse. */
function refuteSuffixArray({ laid, order, inverse, trees }: ClaimedSegment, tokenBytes: number): SpanRefutation | undefined {
  const size = laid.text.length;
  const at = (i: number): number => order[i] as number;
  const bucketsOf = (tree: MerkleLevels, values: ArrayLike<number>, entries: readonly number[]) =>
    entries
      .filter((e, i) => i === 0 || bucketOf(e) !== bucketOf(entries[0] as number))
      .map((entry) => openEntry(tree, values, entry));
  const opened = (entry: number, parts: { readonly order: readonly number[]; readonly inverse: readonly number[]; readonly symbols?: readonly number[] }) =>
    SpanRefutation.create({
      entry,
      order: bucketsOf(trees.orderTree, order, parts.order),
      inverse: bucketsOf(trees.inverseTree, inverse, parts.inverse),
      symbols: (parts.symbols ?? []).map((position) => openPosition(laid, trees, position, tokenBytes)),
    });
  const last = size - 1;
  // Arrays of another length end in a bucket of the wrong length, which refutes itself.
  if (order.length !== size) return opened(last, { order: [last], inverse: [] });
  for (let i = 0; i < size; i++) {
    if (at(i) >= size) return opened(i, { order: [i], inverse: [] });
    if (inverse[at(i)] !== i || (at(i) === last && inverse.length !== size)) return opened(i, { order: [i], inverse: [at(i)] });
  }
  // From here on the order is a permutation and the inverse its own.
  for (let i = 0; i + 1 < size; i++) {
    if (isOrdered(laid, inverse, at(i), at(i + 1))) continue;
    const rest = [at(i) + 1, at(i + 1) + 1].filter((position) => position < size);
    return opened(i, { order: [i, i + 1], inverse: rest, symbols: [at(i), at(i + 1)] });
  }
  return undefined;
}

function isOrdered({ text }: SegmentText, inverse: ArrayLike<number>, a: number, b: number): boolean {
  const low = text[a] as number;
  const high = text[b] as number;
  if (low !== high) return low < high;
  if (a + 1 === text.length || b + 1 === text.length) return a + 1 === text.length;
  return (inverse[a + 1] as number) < (inverse[b + 1] as number);
}
