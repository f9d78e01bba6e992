export { SlashingError } from "./errors.js";
export { createSlashingModule } from "./module.js";
export { mayLeave } from "./rules/may-leave.js";
export type { SlashingService } from "./service.js";
