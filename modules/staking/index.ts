export { createStakingModule } from "./module.js";
export { DEFAULT_PARAMS } from "./params.js";
export { BONDED_POOL, NOT_BONDED_POOL } from "./state.js";
export { StakingError } from "./errors.js";
export type { StakingHooks } from "./hooks.js";
export { createStakingService } from "./service.js";
export type { StakingService } from "./service.js";
export { TOKENS_PER_POWER, bondedValidator, selfDelegation } from "./validator.js";
export type { ValidatorStatus, ValidatorView } from "./validator.js";
