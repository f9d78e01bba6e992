export { OpenLoraError } from "./errors.js";
export { createOpenLoraModule } from "./module.js";
export type { OpenLoraPorts } from "./ports.js";
export { maxPromptTokens, outputHash, parseOutcome } from "./rules/outcome.js";
export type { OpenLoraService } from "./service.js";
export { OPENLORA_STORE } from "./state.js";
export { INFERENCE_KIND } from "./task.js";
