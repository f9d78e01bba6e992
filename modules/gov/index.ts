export { GovError } from "./errors.js";
export type { DelegationHooks } from "./hooks.js";
export { createGovModule } from "./module.js";
export type { GovModule } from "./module.js";
export { DEFAULT_PARAMS } from "./params.js";
export { GOV_STORE } from "./state.js";
