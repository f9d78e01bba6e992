export { createStakingModule } from "./module.js";
export { DEFAULT_PARAMS } from "./params.js";
export { createStakingService } from "./service.js";
export type { StakingService } from "./service.js";
export { bondedValidator } from "./validator.js";
export type { ValidatorView } from "./validator.js";
