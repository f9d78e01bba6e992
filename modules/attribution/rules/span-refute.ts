import type { SpanIndexHead, SpanRefutation, SpanSegmentHead } from "../../../proto/gen/openledger/attribution/v1.js";
import { bucketOf, isReadable, openBucket, openSymbol } from "./span-commit.js";
import type { Opened } from "./span-commit.js";

/** What a refutation is about: a segment of an index, as committed to. */
export interface CommittedSegment {
  readonly head: SpanIndexHead;
  readonly segment: SpanSegmentHead;
}

/**
 * Whether a refutation shows that the suffix array or its inverse, as committed to, is not that of the text. `order` is
 * the suffix array of `text` with inverse `rank` just if for every i: `order[i]` is a position, `rank[order[i]] = i`, and
 * the symbol at `order[i]` is below that at `order[i+1]`, or both are equal and `rank[order[i]+1] < rank[order[i+1]+1]`
 * (attribution.md §2.4). So whatever is wrong shows in one i, by at most six openings. What a committer withholds cannot
 * be refuted: who cannot get a segment's arrays must not take its root.
 *
 * Total: false on anything that shows nothing.
 */
export function checkRefutation(at: CommittedSegment, refutation: SpanRefutation): boolean {
  const { order, inverse, symbols, entry } = refutation;
  const { segment } = at;
  const [first] = order;
  if (!isReadable(at.head) || first === undefined || order.length > 2 || inverse.length > 2 || symbols.length > 2) return false;
  if (entry >= segment.tokens || first.index !== bucketOf(entry)) return false;
  const opened = openBucket(segment.orderRoot, first, segment.tokens);
  if (opened === undefined || opened === "misshapen") return opened === "misshapen";
  const position = opened.entry(entry);
  if (position >= segment.tokens) return true;
  return symbols.length === 0 ? isNotInverse(at, refutation, position) : isOutOfOrder(at, refutation, position);
}

/** The bucket of `rank[position]`, whichever of the opened ones it is. */
function openRank({ segment }: CommittedSegment, { inverse }: SpanRefutation, position: number): Opened {
  const bucket = inverse.find(({ index }) => index === bucketOf(position));
  return bucket === undefined ? undefined : openBucket(segment.inverseRoot, bucket, segment.tokens);
}

function isNotInverse(at: CommittedSegment, refutation: SpanRefutation, position: number): boolean {
  const rank = openRank(at, refutation, position);
  if (rank === undefined || rank === "misshapen") return rank === "misshapen";
  return rank.entry(position) !== refutation.entry;
}

function isOutOfOrder(at: CommittedSegment, refutation: SpanRefutation, position: number): boolean {
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
function isTailOutOfOrder(at: CommittedSegment, refutation: SpanRefutation, pair: { readonly position: number; readonly next: number }): boolean {
  const { position, next } = pair;
  const end = at.segment.tokens;
  if (position + 1 === end) return false;
  if (next + 1 === end) return true;
  const low = openRank(at, refutation, position + 1);
  const high = openRank(at, refutation, next + 1);
  if (low === "misshapen" || high === "misshapen") return true;
  return low !== undefined && high !== undefined && low.entry(position + 1) >= high.entry(next + 1);
}
