import { leafHash, merkleRoot, verifyMerkleProof } from "../../../chain/crypto/index.js";
import { concatBytes, u64be, utf8 } from "../../../chain/primitives/index.js";
import type {
  SpanBucket,
  SpanChunk,
  SpanDocument,
  SpanDocumentOpening,
  SpanIndexHead,
  SpanSegmentHead,
  SpanSegmentOpening,
  SpanSymbol,
} from "../../../proto/gen/openledger/attribution/v1.js";

/**
 * What a span index commits to, as leaves of RFC 6962 trees (attribution.md §2.4): the index to its segments, a segment to
 * its documents, its suffix array and the inverse of that, a document to chunks of its text. Numbers are u64 big-endian.
 */

export const SPAN_VERSION = 1;
/** Tokens in a chunk, and entries in a bucket, unless it is the last. Powers of two. */
export const CHUNK_TOKENS = 256;
export const BUCKET_ENTRIES = 64;
const CHUNK_BITS = 8;
const BUCKET_BITS = 6;
const ENTRY_BYTES = 4;
/** Separates documents; the symbol of a token is its id + 1. */
export const SEPARATOR = 0;

const number = (n: number): Uint8Array => u64be(BigInt(n));

/** A segment's leaf names the index it belongs to, so that the root of the index needs nothing beside its segments. */
export function segmentLeaf(head: SpanIndexHead, segment: SpanSegmentHead): Uint8Array {
  return concatBytes(
    ...[number(head.version), number(head.segments), u64be(head.tokens), number(head.tokenBytes)],
    ...[u64be(segment.start), number(segment.tokens), number(segment.documents)],
    ...[segment.documentRoot, segment.orderRoot, segment.inverseRoot],
  );
}

export function documentLeaf({ start, tokens, withdrawn, textRoot, rowId, contributor }: SpanDocument): Uint8Array {
  const name = utf8(rowId);
  return concatBytes(number(start), number(tokens), Uint8Array.of(withdrawn ? 1 : 0), textRoot, number(name.length), name, utf8(contributor));
}

/** Big-endian, `width` bytes each: the leaf of a chunk of tokens (2 or 4) or of a bucket of entries (4). */
export function encodeNumbers(values: ArrayLike<number>, width: number): Uint8Array {
  const out = new Uint8Array(values.length * width);
  const view = new DataView(out.buffer);
  for (let i = 0; i < values.length; i++) {
    if (width === 2) view.setUint16(i * width, values[i] as number);
    else view.setUint32(i * width, values[i] as number);
  }
  return out;
}

/** The number at place `i` of what `encodeNumbers` wrote. */
export function numberAt(bytes: Uint8Array, width: number, i: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return width === 2 ? view.getUint16(i * width) : view.getUint32(i * width);
}

/** Bytes of a token id for a vocabulary. */
export function tokenBytesOf(vocabulary: number): 2 | 4 {
  return vocabulary <= 1 << 16 ? 2 : 4;
}

export function chunkCount(tokens: number): number {
  return (tokens + CHUNK_TOKENS - 1) >>> CHUNK_BITS;
}

export function bucketCount(entries: number): number {
  return (entries + BUCKET_ENTRIES - 1) >>> BUCKET_BITS;
}

export function chunkOf(token: number): number {
  return token >>> CHUNK_BITS;
}

export function bucketOf(entry: number): number {
  return entry >>> BUCKET_BITS;
}

/** The leaf of chunk `index` of a text. */
export function chunkLeaf(tokens: ArrayLike<number>, index: number, width: number): Uint8Array {
  const from = index * CHUNK_TOKENS;
  return encodeNumbers(slice(tokens, from, Math.min(tokens.length, from + CHUNK_TOKENS)), width);
}

/** What a document with these tokens commits to as its text. */
export function textRootOf(tokens: ArrayLike<number>, width: number): Uint8Array {
  return merkleRoot(Array.from({ length: chunkCount(tokens.length) }, (_, i) => chunkLeaf(tokens, i, width)));
}

/** Of numbers in any kind of list, without a copy where the list is a typed one. */
export function slice(values: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  if (values instanceof Int32Array || values instanceof Uint32Array || values instanceof Uint16Array) return values.subarray(from, to);
  return Array.from({ length: to - from }, (_, i) => values[from + i] ?? 0);
}

/** Where a leaf stands in a tree of `total`, and the path that shows it. */
export interface Place {
  readonly index: number;
  readonly total: number;
  readonly path: readonly Uint8Array[];
}

/** Total: a malformed path is false. */
export function standsIn(root: Uint8Array, leaf: Uint8Array, { index, total, path }: Place): boolean {
  return verifyMerkleProof(root, leaf, { index, total, leafHash: leafHash(leaf), aunts: path });
}

/** Whether a chunk is the one of its number in its document, with as many tokens as belong there. */
export function isChunk(document: SpanDocument, { index, tokens, path }: SpanChunk, width: number): boolean {
  const total = chunkCount(document.tokens);
  const held = Math.min(CHUNK_TOKENS, document.tokens - index * CHUNK_TOKENS);
  return index < total && tokens.length === held * width && standsIn(document.textRoot, tokens, { index, total, path });
}

/** Whether the index is of a form this code reads. */
export function isReadable({ version, tokenBytes }: SpanIndexHead): boolean {
  return version === SPAN_VERSION && (tokenBytes === 2 || tokenBytes === 4);
}

/** Whether an opening is of the index with this root, in a form this code reads. */
export function isSegment(root: Uint8Array, { head, index, segment, path }: SpanSegmentOpening): boolean {
  return isReadable(head) && standsIn(root, segmentLeaf(head, segment), { index, total: head.segments, path });
}

export function isDocument({ documentRoot, documents: total }: SpanSegmentHead, { document, index, path }: SpanDocumentOpening): boolean {
  return standsIn(documentRoot, documentLeaf(document), { index, total, path });
}

/** The opened symbol of a position, or undefined if the opening does not show it. */
export function openSymbol(segment: SpanSegmentHead, opening: SpanSymbol, width: number): number | undefined {
  const { document, documentIndex: index, documentPath: path, chunk, position } = opening;
  if (!isDocument(segment, { document, index, path })) return undefined;
  const offset = position - document.start;
  if (offset < 0 || offset > document.tokens) return undefined;
  if (offset === document.tokens) return chunk === undefined ? SEPARATOR : undefined;
  if (chunk?.index !== chunkOf(offset) || !isChunk(document, chunk, width)) return undefined;
  return numberAt(chunk.tokens, width, offset - chunk.index * CHUNK_TOKENS) + 1;
}

/** What an opened bucket says: entries, or that what is committed to there is no bucket at all. */
export type Opened = { readonly entry: (i: number) => number } | "misshapen" | undefined;

/** Undefined if the opening does not show what is committed to. */
export function openBucket(root: Uint8Array, { index, entries, path }: SpanBucket, size: number): Opened {
  const total = bucketCount(size);
  if (!standsIn(root, entries, { index, total, path })) return undefined;
  const held = Math.min(BUCKET_ENTRIES, size - index * BUCKET_ENTRIES);
  if (entries.length !== held * ENTRY_BYTES) return "misshapen";
  return { entry: (i) => numberAt(entries, ENTRY_BYTES, i - index * BUCKET_ENTRIES) };
}
