import type { TxContext } from "../../../chain/kernel/index.js";
import { toUpperHex } from "../../../chain/primitives/index.js";
import { hashOf } from "../equivocation.js";
import { EvidenceError } from "../errors.js";
import type { SubmitEvidence } from "../messages.js";
import { EVIDENCE_STORE, evidenceState } from "../state.js";

/**
 * Refused always, as on a chain of the SDK that registers no handler: an Equivocation carries no signatures, so a transaction
 * proves nothing with it. The engine takes evidence with its two votes (`broadcast_evidence`).
 *
 * @throws Reject evidence/5 when it convicted somebody already, otherwise evidence/2.
 */
export function submitEvidence(ctx: TxContext, { evidence }: SubmitEvidence): never {
  const hash = hashOf(evidence);
  const isKnown = evidenceState.read(ctx.store(EVIDENCE_STORE)).convictions.has(hash);
  if (isKnown) throw EvidenceError.EvidenceExists(toUpperHex(hash));
  throw EvidenceError.NoEvidenceHandlerExists("equivocation");
}
