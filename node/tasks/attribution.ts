import { sha256 } from "../../chain/crypto/index.js";
import { cutSpanText } from "../../modules/attribution/rules/outcome.js";
import { encodeProofList } from "../../modules/attribution/rules/proof-list.js";
import { AttributionOutcome } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionTask, ContributorScore, Span } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributeResponse, Score, SpanMatch } from "../../proto/gen/openledger/sidecar/v1.js";
import type { Blobs } from "../blobs/types.js";
import { EdgeFailure } from "../errors.js";
import type { SidecarClient } from "../sidecar-client/types.js";
import { parseRowId } from "./dataset.js";

/** From what a sidecar found to the outcome that validators agree on, with the blobs that let anyone recompute it. */

const MAX_INT64 = (1n << 63n) - 1n;

function int64(score: bigint): bigint {
  if (score > MAX_INT64 || score < -MAX_INT64) throw new EdgeFailure("malformed", "a score does not fit 64 bits", { score });
  return score;
}

/** One score per contributor that the chain lists, in its order; whoever has no tangent has no influence. */
function influenceOf(contributors: readonly string[], found: readonly Score[]): ContributorScore[] {
  const byName = new Map(found.map((s) => [s.contributor, s.score]));
  return contributors.map((contributor) => ({ contributor, score: int64(byName.get(contributor) ?? 0n) }));
}

function toSpan({ start, end, text, rowId, contributor, score, position }: SpanMatch, most: number): Span {
  return { start, end, text: cutSpanText(text, most), ...parseRowId(rowId), contributor, score: int64(score), position };
}

/** Longest first, then earliest in the answer: a rule, so that every validator keeps the same ones. */
function longestSpans(spans: readonly SpanMatch[], most: number): SpanMatch[] {
  return [...spans].sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start).slice(0, most);
}

/** What an outcome names by content: the int8 query gradient, and the proofs of its spans. */
interface Evidence {
  readonly queryGradientCid: string;
  readonly spanProofsCid: string;
}

export function outcomeOf(task: AttributionTask, found: AttributeResponse, evidence: Evidence): AttributionOutcome {
  return AttributionOutcome.create({
    influence: influenceOf(task.contributors, found.influence),
    scoreExponent: found.scoreExponent,
    queryGradientHash: sha256(found.queryGradient),
    spanScores: found.spanScores.filter((s) => s.score > 0n),
    spans: longestSpans(found.spans, task.maxSpans).map((s) => toSpan(s, task.maxSpans)),
    rows: found.displayRows.slice(0, task.maxRows).map(({ rowId, contributor, score }) => ({
      ...parseRowId(rowId),
      contributor,
      score: int64(score),
    })),
    runtimeId: found.runtimeId,
    queryExponent: found.queryExponent,
    spanRoot: found.spanRoot,
    ...evidence,
  });
}

export interface EvidenceDeps {
  readonly blobs: Pick<Blobs, "put" | "pin">;
  readonly sidecar: Pick<SidecarClient, "proveSpan">;
}

/** Keeps what the outcome names: every validator puts the same bytes, so that any of them can serve the name. */
async function keep({ blobs }: EvidenceDeps, bytes: Uint8Array): Promise<string> {
  const { cid } = await blobs.put(bytes);
  await blobs.pin(cid);
  return cid;
}

/** Publishes the query gradient and a proof of each listed span. Without a committed index there are no proofs. */
export async function publishEvidence(
  deps: EvidenceDeps,
  what: { readonly task: AttributionTask; readonly found: AttributeResponse; readonly corpusId: Uint8Array },
  signal: AbortSignal,
): Promise<Evidence> {
  const { task, found, corpusId } = what;
  const queryGradientCid = await keep(deps, found.queryGradient);
  const spans = found.spanRoot.length === 0 ? [] : longestSpans(found.spans, task.maxSpans);
  if (spans.length === 0) return { queryGradientCid, spanProofsCid: "" };
  const proofs: Uint8Array[] = [];
  for (const { position, start, end } of spans) {
    proofs.push(await deps.sidecar.proveSpan({ corpusId, position, length: end - start }, signal));
  }
  return { queryGradientCid, spanProofsCid: await keep(deps, encodeProofList(proofs)) };
}
