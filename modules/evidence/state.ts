import { Equivocation } from "../../proto/gen/cosmos/evidence/v1beta1.js";
import { defineSchema, hashKey, map, protoValue } from "../../chain/store/index.js";

export const EVIDENCE_STORE = "evidence";

export const evidenceState = defineSchema(EVIDENCE_STORE, {
  /** SHA-256 of the encoded evidence -> evidence that convicted a validator */
  convictions: map(1, hashKey, protoValue(Equivocation)),
});
