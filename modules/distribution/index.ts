export { DistributionError } from "./errors.js";
export type { DistributionHooks } from "./hooks.js";
export { createDistributionModule } from "./module.js";
export type { DistributionModule } from "./module.js";
export { DEFAULT_PARAMS } from "./params.js";
export type { CommunityPool } from "./pool.js";
export type { DistributionPorts } from "./ports.js";
export type { DistributionService } from "./service.js";
export { DISTRIBUTION_STORE } from "./state.js";
