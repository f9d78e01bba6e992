import { Equivocation, GenesisState } from "../../proto/gen/cosmos/evidence/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import type { GenesisSpec } from "../../chain/kernel/index.js";
import { toUpperHex } from "../../chain/primitives/index.js";
import { checkEquivocation, hashOf } from "./equivocation.js";
import { EvidenceError } from "./errors.js";
import { evidenceToAny } from "./queries.js";
import { EVIDENCE_STORE, evidenceState } from "./state.js";

function parseEvidence({ typeUrl, value }: Any): Equivocation {
  if (typeUrl !== `/${Equivocation.typeName}`) throw EvidenceError.InvalidEvidence("expected evidence");
  const evidence = Equivocation.decode(value);
  checkEquivocation(evidence);
  return evidence;
}

/** The SDK's document. @throws Reject evidence/3, evidence/5. */
export const evidenceGenesis: GenesisSpec<GenesisState> = {
  codec: GenesisState,
  defaults: () => ({ evidence: [] }),
  init(ctx, document) {
    const { convictions } = evidenceState.open(ctx.store(EVIDENCE_STORE));
    for (const wire of document.evidence) {
      const evidence = parseEvidence(wire);
      const hash = hashOf(evidence);
      if (convictions.has(hash)) throw EvidenceError.EvidenceExists(toUpperHex(hash));
      convictions.set(hash, evidence);
    }
    return [];
  },
  export(ctx) {
    const { convictions } = evidenceState.read(ctx.store(EVIDENCE_STORE));
    return { evidence: [...convictions.values()].map(evidenceToAny) };
  },
};
