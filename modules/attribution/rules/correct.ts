import { equalBytes } from "../../../chain/primitives/index.js";
import type { AttributionOutcome, AttributionRecord, Attestation, RevealedWork } from "../../../proto/gen/openledger/attribution/v1.js";
import { splitFee } from "./split.js";
import { splitInput } from "./verify.js";

/** Shares and payouts as they follow from the rest of the record. */
export function withSplit(record: AttributionRecord, communityPool: string): AttributionRecord {
  return { ...record, ...splitFee(splitInput(record, communityPool)) };
}

/** The record without pay for these accounts as attesters; their part goes to the community pool. */
export function withoutAttesters(
  record: AttributionRecord,
  forfeits: (account: string) => boolean,
  communityPool: string,
): AttributionRecord {
  if (!record.attesters.some((a) => a.agreed && forfeits(a.account))) return record;
  const attesters = record.attesters.map((a) => (a.agreed && forfeits(a.account) ? { ...a, agreed: false } : a));
  return withSplit({ ...record, attesters }, communityPool);
}

export interface Correction {
  readonly outcome: AttributionOutcome;
  /** Hash of the comparable part of findings that are right. */
  readonly outcomeHash: Uint8Array;
  readonly attestation: Attestation;
  /** What the first committee revealed, in its order: the last entries of the record's attesters. */
  readonly revealed: readonly RevealedWork[];
}

/**
 * The record with another outcome, by the rules of any record. Of those who were asked first, the ones who had found it
 * are paid and no others; those who reviewed it are not, whatever they find (ADR 0097).
 */
export function corrected(record: AttributionRecord, correction: Correction, communityPool: string): AttributionRecord {
  const { outcome, attestation, outcomeHash, revealed } = correction;
  const first = record.attesters.length - revealed.length;
  const attesters = record.attesters.map((attester, i) => {
    const finding = revealed[i - first];
    if (finding === undefined) return attester;
    return { ...attester, agreed: attester.account !== "" && equalBytes(finding.outcomeHash, outcomeHash) };
  });
  return withSplit({ ...record, outcome, attestation, attesters }, communityPool);
}
