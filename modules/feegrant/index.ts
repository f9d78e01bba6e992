export { ALLOWANCE_TYPES, allowanceFromAny, allowanceToAny } from "./allowance-wire.js";
export { FeegrantError } from "./errors.js";
export { createFeegrantModule } from "./module.js";
export { feeGrants } from "./service.js";
