export { createStakingModule } from "./module.js";
export { DEFAULT_PARAMS } from "./params.js";
export { BONDED_POOL } from "./state.js";
export { createStakingService } from "./service.js";
export type { StakingService } from "./service.js";
export { TOKENS_PER_POWER, bondedValidator } from "./validator.js";
export type { ValidatorView } from "./validator.js";
