export { EmissionError } from "./errors.js";
export { createEmissionModule } from "./module.js";
export { DEFAULT_PARAMS } from "./params.js";
export type { EmissionPorts } from "./ports.js";
export { EMISSION_STORE } from "./state.js";
