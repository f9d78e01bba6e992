import { Reject, equalBytes } from "../../../chain/primitives/index.js";
import { SpanProof } from "../../../proto/gen/openledger/attribution/v1.js";
import type { AttributionOutcome, Span } from "../../../proto/gen/openledger/attribution/v1.js";
import { CHUNK_TOKENS, chunkOf, isChunk, isDocument, isSegment, numberAt } from "./span-commit.js";

/**
 * How anyone checks the listed spans of an attribution, in a browser as in a validator:
 *
 *   const proofs = parseProofList(blob at outcome.spanProofsCid);           // proof-list.ts; one for each span, in order
 *   verifySpanProof(proofs[i], spanClaim(outcome, outcome.spans[i], answerTokens))   // undefined, or what is wrong
 *
 * It shows that the words stand in the row, not that nobody wrote them earlier (ADR 0092).
 */

/** What an attribution says of one of its spans. */
export interface SpanClaim {
  /** `span_root` of the outcome. */
  readonly root: Uint8Array;
  /** Token ids of the answer from the span's start to its end. */
  readonly tokens: readonly number[];
  readonly position: bigint;
  readonly contributor: string;
  /** "contribution/row". */
  readonly rowId: string;
}

/** @param answer token ids of the whole answer. A span outside it claims no tokens, which no proof shows. */
export function spanClaim({ spanRoot }: Pick<AttributionOutcome, "spanRoot">, span: Span, answer: readonly number[]): SpanClaim {
  const { start, end, position, contributor, contributionId, row } = span;
  const tokens = end <= answer.length ? answer.slice(start, end) : [];
  return { root: spanRoot, tokens, position, contributor, rowId: `${contributionId}/${row}` };
}

/**
 * Why a proof does not show a claim. "malformed": not the bytes of a proof, or no tokens are claimed; "another index": its
 * paths do not lead to the root; "another row": it is about another row, contributor or position; "withdrawn": the row
 * earns nothing any more; "another text": the row has other tokens there.
 */
export type SpanProblem = "malformed" | "another index" | "another row" | "withdrawn" | "another text";

/**
 * Whether tokens stand in a row at a position of the span index with this root: some twenty hashes, no tokenizer and no
 * model. Total on any bytes.
 *
 * @param bytes encoded SpanProof.
 * @returns undefined when the proof shows the claim.
 */
export function verifySpanProof(bytes: Uint8Array, claim: SpanClaim): SpanProblem | undefined {
  const proof = parseProof(bytes);
  if (proof === undefined || claim.tokens.length === 0) return "malformed";
  if (!leadsToRoot(proof, claim.root)) return "another index";
  const { document, segmentHead } = proof;
  if (document.rowId !== claim.rowId || document.contributor !== claim.contributor) return "another row";
  const offset = claim.position - segmentHead.start - BigInt(document.start);
  if (offset < 0n || offset + BigInt(claim.tokens.length) > BigInt(document.tokens)) return "another row";
  if (document.withdrawn) return "withdrawn";
  return holdsTokens(proof, Number(offset), claim.tokens) ? undefined : "another text";
}

/** One encoding only: what does not encode to the same bytes is none. */
function parseProof(bytes: Uint8Array): SpanProof | undefined {
  try {
    const proof = SpanProof.decode(bytes);
    return equalBytes(SpanProof.encode(proof), bytes) ? proof : undefined;
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
}

function leadsToRoot(proof: SpanProof, root: Uint8Array): boolean {
  const { head, segment, segmentHead, segmentPath, document, documentIndex, documentPath } = proof;
  return (
    isSegment(root, { head, index: segment, segment: segmentHead, path: segmentPath }) &&
    isDocument(segmentHead, { document, index: documentIndex, path: documentPath })
  );
}

/** The chunks are those the tokens stand in, all of them and no others. */
function holdsTokens({ head, document, chunks }: SpanProof, offset: number, tokens: readonly number[]): boolean {
  const first = chunkOf(offset);
  const width = head.tokenBytes;
  if (chunks.length !== chunkOf(offset + tokens.length - 1) - first + 1) return false;
  if (!chunks.every((chunk, i) => chunk.index === first + i && isChunk(document, chunk, width))) return false;
  return tokens.every((token, i) => {
    const chunk = chunks[chunkOf(offset + i) - first];
    return chunk !== undefined && numberAt(chunk.tokens, width, (offset + i) % CHUNK_TOKENS) === token;
  });
}
