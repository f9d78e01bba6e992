export { commitmentOf, SALT_BYTES } from "./commitment.js";
export { AttestError } from "./errors.js";
export { attestModule } from "./module.js";
export { defaultParams as defaultAttestParams } from "./params.js";
export { silentSource } from "./ports.js";
export type { AttestValidators, ExtensionSource } from "./ports.js";
export { createAttestation } from "./service.js";
export type { Attestation, AttestationOptions } from "./service.js";
export { ATTEST_STORE } from "./state.js";
export type {
  Attester,
  NewTask,
  Outcome,
  TaskKind,
  TaskOpener,
  TaskReader,
  TaskView,
  WeightedValue,
} from "./types.js";
