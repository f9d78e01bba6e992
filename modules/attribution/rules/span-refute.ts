import { equalBytes } from "../../../chain/primitives/index.js";
import type { SpanDocumentOpening, SpanRefutation, SpanSegmentOpening } from "../../../proto/gen/openledger/attribution/v1.js";
import { bucketOf, isDocument, isSegment, openBucket, openSymbol, textRootOf } from "./span-commit.js";
import type { Opened } from "./span-commit.js";

/** A row as everybody can read it, in the tokens of the index. */
export interface PublicRow {
  /** "contribution/row". */
  readonly rowId: string;
  readonly contributor: string;
  readonly tokens: ArrayLike<number>;
  /** Whether the index has to leave it out of what it pays. */
  readonly withdrawn: boolean;
}

/**
 * Whether a refutation shows that a root is not that of a span index: that bounds of segments or documents do not meet,
 * or that a suffix array or its inverse is not that of the text. Without any such refutation the index is that of its
 * text (attribution.md §2.4), so that `rowRefuted` is all that is left to ask. What a committer withholds cannot be
 * refuted: who cannot get what a root commits to must not take it.
 *
 * Total: false on anything that shows nothing. No right index is ever refuted.
 */
export function checkRefutation(root: Uint8Array, refutation: SpanRefutation): boolean {
  const { segments, documents, order } = refutation;
  const [at, next] = segments;
  if (at === undefined || segments.length > 2 || !segments.every((segment) => isSegment(root, segment))) return false;
  if (next !== undefined) return areSegmentsApart(at, next);
  if (documents.length > 0) return areDocumentsApart(at, documents);
  return order.length > 0 ? isOrderWrong(at, refutation) : isEndLoose(at);
}

/**
 * Whether the one document that a refutation opens is named as a row but is not it: has other tokens, another contributor, or
 * is withdrawn when it is not.
 */
export function rowRefuted(root: Uint8Array, { segments, documents }: SpanRefutation, row: PublicRow): boolean {
  const [at] = segments;
  const [opening] = documents;
  if (at === undefined || opening === undefined || !isSegment(root, at) || !isDocument(at.segment, opening)) return false;
  const { rowId, contributor, tokens, withdrawn, textRoot } = opening.document;
  if (rowId !== row.rowId) return false;
  if (contributor !== row.contributor || withdrawn !== row.withdrawn || tokens !== row.tokens.length) return true;
  return !equalBytes(textRoot, textRootOf(row.tokens, at.head.tokenBytes));
}

/** Neighbours of which the second does not begin where the first ends, or that speak of different indexes. */
function areSegmentsApart(a: SpanSegmentOpening, b: SpanSegmentOpening): boolean {
  const { version, segments, tokens, tokenBytes } = a.head;
  const same = version === b.head.version && segments === b.head.segments && tokens === b.head.tokens && tokenBytes === b.head.tokenBytes;
  if (!same) return true;
  return b.index === a.index + 1 && a.segment.start + BigInt(a.segment.tokens) !== b.segment.start;
}

function isEndLoose({ head, index, segment: { start, tokens, documents } }: SpanSegmentOpening): boolean {
  const first = index === 0 && start !== 0n;
  const last = index === head.segments - 1 && start + BigInt(tokens) !== head.tokens;
  return first || last || documents === 0 || tokens === 0;
}

/** A separator stands between documents and after the last. */
function areDocumentsApart({ segment }: SpanSegmentOpening, documents: readonly SpanDocumentOpening[]): boolean {
  const [a, b] = documents;
  if (a === undefined || documents.length > 2 || !documents.every((opening) => isDocument(segment, opening))) return false;
  const end = a.document.start + a.document.tokens + 1;
  if (b !== undefined) return b.index === a.index + 1 && end !== b.document.start;
  return (a.index === 0 && a.document.start !== 0) || (a.index === segment.documents - 1 && end !== segment.tokens);
}

/**
 * `order` is the suffix array of `text` with inverse `rank` just if for every i: `order[i]` is a position,
 * `rank[order[i]] = i`, and the symbol at `order[i]` is below that at `order[i+1]`, or both are equal and
 * `rank[order[i]+1] < rank[order[i+1]+1]`. So whatever is wrong shows in one i, by at most six openings.
 */
function isOrderWrong(at: SpanSegmentOpening, refutation: SpanRefutation): boolean {
  const { order, inverse, symbols, entry } = refutation;
  const { segment } = at;
  const [first] = order;
  if (first === undefined || order.length > 2 || inverse.length > 2 || symbols.length > 2) return false;
  if (entry >= segment.tokens || first.index !== bucketOf(entry)) return false;
  const opened = openBucket(segment.orderRoot, first, segment.tokens);
  if (opened === undefined || opened === "misshapen") return opened === "misshapen";
  const position = opened.entry(entry);
  if (position >= segment.tokens) return true;
  return symbols.length === 0 ? isNotInverse(at, refutation, position) : isOutOfOrder(at, refutation, position);
}

/** The bucket of `rank[position]`, whichever of the opened ones it is. */
function openRank({ segment }: SpanSegmentOpening, { inverse }: SpanRefutation, position: number): Opened {
  const bucket = inverse.find(({ index }) => index === bucketOf(position));
  return bucket === undefined ? undefined : openBucket(segment.inverseRoot, bucket, segment.tokens);
}

function isNotInverse(at: SpanSegmentOpening, refutation: SpanRefutation, position: number): boolean {
  const rank = openRank(at, refutation, position);
  if (rank === undefined || rank === "misshapen") return rank === "misshapen";
  return rank.entry(position) !== refutation.entry;
}

function isOutOfOrder(at: SpanSegmentOpening, refutation: SpanRefutation, position: number): boolean {
  const { order, symbols, entry } = refutation;
  const { segment, head } = at;
  const bucket = order.find(({ index }) => index === bucketOf(entry + 1));
  if (bucket === undefined || entry + 1 >= segment.tokens) return false;
  const opened = openBucket(segment.orderRoot, bucket, segment.tokens);
  if (opened === undefined || opened === "misshapen") return opened === "misshapen";
  const next = opened.entry(entry + 1);
  const [a, b] = symbols;
  if (a?.position !== position || b?.position !== next) return false;
  const low = openSymbol(segment, a, head.tokenBytes);
  const high = openSymbol(segment, b, head.tokenBytes);
  if (low === undefined || high === undefined || low < high) return false;
  return low > high || isTailOutOfOrder(at, refutation, { position, next });
}

/** Of equal symbols, the rest decides; the empty rest comes first. */
function isTailOutOfOrder(at: SpanSegmentOpening, refutation: SpanRefutation, pair: { readonly position: number; readonly next: number }): boolean {
  const { position, next } = pair;
  const end = at.segment.tokens;
  if (position + 1 === end) return false;
  if (next + 1 === end) return true;
  const low = openRank(at, refutation, position + 1);
  const high = openRank(at, refutation, next + 1);
  if (low === "misshapen" || high === "misshapen") return true;
  return low !== undefined && high !== undefined && low.entry(position + 1) >= high.entry(next + 1);
}
