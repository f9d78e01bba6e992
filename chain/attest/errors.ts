import { defineErrors } from "../primitives/index.js";

/** Codespace `attest`. Append-only. */
export const AttestError = defineErrors("attest", {
  /** Vote extension bytes that no correct node makes. */
  MalformedExtension: { code: 2, text: "malformed vote extension" },
  /** Transaction 0 is missing, undecodable or not the extended commit of the last height. */
  InvalidInjection: { code: 3, text: "invalid injected extended commit" },
  UnknownTask: { code: 4, text: "task not found" },
  UnknownKind: { code: 5, text: "no module resolves this kind of task" },
  InvalidParams: { code: 6, text: "invalid attestation params" },
});
