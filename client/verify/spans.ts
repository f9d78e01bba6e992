import { parseProofList } from "../../modules/attribution/rules/proof-list.js";
import { spanClaim, verifySpanProof } from "../../modules/attribution/rules/span-proof.js";
import type { Difference } from "../../modules/attribution/rules/verify.js";
import type { AttributionOutcome, Span } from "../../proto/gen/openledger/attribution/v1.js";
import type { VerifyDoor } from "./door.js";
import { checkRawBlob } from "./raw-blob.js";

/** What the listed spans of a record come to. */
export interface SpanFindings {
  readonly proven: number;
  /** Parts per million of the recorded span scores that the proven spans account for. A record lists its longest spans only. */
  readonly coveredPpm: number;
  readonly differences: readonly Difference[];
}

const PPM = 1_000_000n;

/** `span-v1`: a span earns the square of its length in tokens. */
function spanScore({ start, end }: Span): bigint {
  return BigInt(end - start) ** 2n;
}

/** What a span says that no answer can say, whatever its proof shows. */
function shapeDifferences(spans: readonly Span[], answerTokens: number): Difference[] {
  const differences: Difference[] = [];
  const taken = new Set<number>();
  for (const [i, span] of spans.entries()) {
    const { start, end } = span;
    const at = `spans.${i}`;
    if (start >= end || end > answerTokens) {
      differences.push({ at, recorded: `tokens ${start} to ${end}`, computed: `the answer has ${answerTokens}` });
      continue;
    }
    if (span.score !== spanScore(span)) {
      differences.push({ at: `${at}.score`, recorded: span.score.toString(), computed: spanScore(span).toString() });
    }
    for (let token = start; token < end; token++) {
      if (taken.has(token)) differences.push({ at, recorded: `token ${token}`, computed: "is another span's already" });
      taken.add(token);
    }
  }
  return differences;
}

/** No contributor's listed spans may be worth more than all of his spans are said to be. */
function sumDifferences({ spans, spanScores }: AttributionOutcome): Difference[] {
  const left = new Map(spanScores.map((s) => [s.contributor, s.score]));
  for (const span of spans) left.set(span.contributor, (left.get(span.contributor) ?? 0n) - spanScore(span));
  return [...left].flatMap(([contributor, score]) =>
    score >= 0n ? [] : [{ at: `span score of ${contributor}`, recorded: "less than", computed: "what the listed spans earn" }],
  );
}

/** The proofs that the validators agreed on; missing ones are empty, which prove nothing. */
async function readProofs(door: VerifyDoor, { spanProofsCid, spans }: AttributionOutcome): Promise<Uint8Array[]> {
  const bytes = await door.blob(spanProofsCid);
  checkRawBlob(spanProofsCid, bytes);
  const proofs = parseProofList(bytes) ?? [];
  return spans.map((_, i) => proofs[i] ?? new Uint8Array());
}

/**
 * Every listed span of a record that its proof does not show: that these very tokens stand in that row, in the index that the
 * validators agreed on. No tokenizer, no model.
 * @throws VerifyFailure when the blob of proofs cannot be had, or is another.
 */
export async function spanFindings(door: VerifyDoor, outcome: AttributionOutcome, answer: readonly number[]): Promise<SpanFindings> {
  const { spans } = outcome;
  const total = outcome.spanScores.reduce((sum, { score }) => sum + score, 0n);
  if (spans.length === 0) return { proven: 0, coveredPpm: total === 0n ? Number(PPM) : 0, differences: [] };
  const proofs = await readProofs(door, outcome);
  const problems = spans.flatMap((span, i) => {
    const problem = verifySpanProof(proofs[i] ?? new Uint8Array(), spanClaim(outcome, span, answer));
    return problem === undefined ? [] : [{ at: `spans.${i}`, recorded: `row ${span.contributionId}/${span.row}`, computed: problem }];
  });
  const listed = spans.reduce((sum, span) => sum + span.score, 0n);
  return {
    proven: spans.length - problems.length,
    coveredPpm: total === 0n ? 0 : Number((listed * PPM) / total),
    differences: [...shapeDifferences(spans, answer.length), ...sumDifferences(outcome), ...problems],
  };
}
