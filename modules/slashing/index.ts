export type { DoubleSign } from "./double-sign.js";
export { SlashingError } from "./errors.js";
export type { SlashingHooks } from "./hooks.js";
export { createSlashingModule } from "./module.js";
export { DEFAULT_PARAMS } from "./params.js";
export { mayLeave } from "./rules/may-leave.js";
export type { SlashingService } from "./service.js";
