import {
  BUCKET_ENTRIES,
  SPAN_VERSION,
  bucketCount,
  bucketOf,
  chunkCount,
  chunkLeaf,
  chunkOf,
  documentLeaf,
  encodeNumbers,
  segmentLeaf,
  slice,
  textRootOf,
  tokenBytesOf,
} from "../../modules/attribution/rules/span-commit.js";
import { SpanDocument, SpanIndexHead, SpanSegmentHead } from "../../proto/gen/openledger/attribution/v1.js";
import type { SpanBucket, SpanChunk, SpanSymbol } from "../../proto/gen/openledger/attribution/v1.js";
import { MerkleLevels } from "./merkle-levels.js";
import { rowAt } from "./segment.js";
import type { Segment, SegmentText } from "./segment.js";

/** The trees of one segment, from which every opening is cut. */
export interface SegmentTrees {
  readonly documents: readonly SpanDocument[];
  readonly documentTree: MerkleLevels;
  readonly orderTree: MerkleLevels;
  readonly inverseTree: MerkleLevels;
}

/** Of a text and arrays that may be right or wrong: what they commit to, as the one who posts them does. */
export interface Arrays {
  readonly order: ArrayLike<number>;
  readonly inverse: ArrayLike<number>;
}

export function inverseOf(order: Int32Array): Int32Array {
  const inverse = new Int32Array(order.length);
  for (let i = 0; i < order.length; i++) inverse[order[i] as number] = i;
  return inverse;
}

function bucketBytes(values: ArrayLike<number>, index: number): Uint8Array {
  const from = index * BUCKET_ENTRIES;
  return encodeNumbers(slice(values, from, Math.min(values.length, from + BUCKET_ENTRIES)), 4);
}

function bucketTree(values: ArrayLike<number>): MerkleLevels {
  return new MerkleLevels(bucketCount(values.length), (i) => bucketBytes(values, i));
}

function chunkTree(tokens: ArrayLike<number>, width: number): MerkleLevels {
  return new MerkleLevels(chunkCount(tokens.length), (i) => chunkLeaf(tokens, i, width));
}

/** Trees are dear and say the same for as long as a segment lives, but for rows withdrawn: kept with it. */
const segmentTrees = new WeakMap<Segment, SegmentTrees>();

function documentsOf(laid: SegmentText, width: number): SpanDocument[] {
  return laid.rows.map(({ rowId, contributor, tokens }, i) =>
    SpanDocument.create({ start: laid.starts[i] as number, tokens: tokens.length, rowId, contributor, textRoot: textRootOf(tokens, width) }),
  );
}

/** The tree over documents as somebody states them. */
export function commitDocuments(documents: readonly SpanDocument[]): Pick<SegmentTrees, "documents" | "documentTree"> {
  return { documents, documentTree: new MerkleLevels(documents.length, (i) => documentLeaf(documents[i] as SpanDocument)) };
}

/** Trees over a text and any arrays that are said to be its own. */
export function commitArrays(laid: SegmentText, arrays: Arrays, vocabulary: number): SegmentTrees {
  const { order, inverse } = arrays;
  return { ...commitDocuments(documentsOf(laid, tokenBytesOf(vocabulary))), orderTree: bucketTree(order), inverseTree: bucketTree(inverse) };
}

export function commitSegment(segment: Segment, withdrawn: ReadonlySet<number>, vocabulary: number): SegmentTrees {
  const known = segmentTrees.get(segment) ?? commitArrays(segment, { order: segment.order, inverse: inverseOf(segment.order) }, vocabulary);
  segmentTrees.set(segment, known);
  if (withdrawn.size === 0) return known;
  return { ...known, ...commitDocuments(known.documents.map((document, i) => ({ ...document, withdrawn: withdrawn.has(i) }))) };
}

export function segmentHead(trees: SegmentTrees, start: number, tokens: number): SpanSegmentHead {
  return SpanSegmentHead.create({
    start: BigInt(start),
    tokens,
    documents: trees.documents.length,
    documentRoot: trees.documentTree.root(),
    orderRoot: trees.orderTree.root(),
    inverseRoot: trees.inverseTree.root(),
  });
}

export function indexHead(segments: readonly SpanSegmentHead[], vocabulary: number): SpanIndexHead {
  const tokens = segments.reduce((sum, segment) => sum + BigInt(segment.tokens), 0n);
  return SpanIndexHead.create({ version: SPAN_VERSION, segments: segments.length, tokens, tokenBytes: tokenBytesOf(vocabulary) });
}

export function indexTree(head: SpanIndexHead, segments: readonly SpanSegmentHead[]): MerkleLevels {
  return new MerkleLevels(segments.length, (i) => segmentLeaf(head, segments[i] as SpanSegmentHead));
}

/** The chunks that hold tokens [from, to) of a document, with their paths. */
export function openChunks(tokens: ArrayLike<number>, from: number, to: number, width: number): SpanChunk[] {
  const tree = chunkTree(tokens, width);
  const first = chunkOf(from);
  return Array.from({ length: chunkOf(to - 1) - first + 1 }, (_, i) => {
    const index = first + i;
    return { index, tokens: chunkLeaf(tokens, index, width), path: tree.path(index) };
  });
}

export function openEntry(tree: MerkleLevels, values: ArrayLike<number>, entry: number): SpanBucket {
  const index = bucketOf(entry);
  return { index, entries: bucketBytes(values, index), path: tree.path(index) };
}

export function openPosition(laid: SegmentText, trees: SegmentTrees, position: number, width: number): SpanSymbol {
  const documentIndex = rowAt(laid, position);
  const document = trees.documents[documentIndex] as SpanDocument;
  const offset = position - document.start;
  const [chunk] = offset === document.tokens ? [] : openChunks(laid.rows[documentIndex]?.tokens ?? [], offset, offset + 1, width);
  return { position, document, documentIndex, documentPath: trees.documentTree.path(documentIndex), chunk };
}
