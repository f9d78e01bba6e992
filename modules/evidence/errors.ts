import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `evidence`; numbers and texts of the SDK's. Append-only. */
export const EvidenceError = defineErrors("evidence", {
  NoEvidenceHandlerExists: { code: 2, text: "unregistered handler for evidence type" },
  InvalidEvidence: { code: 3, text: "invalid evidence" },
  EvidenceExists: { code: 5, text: "evidence already exists" },
});
