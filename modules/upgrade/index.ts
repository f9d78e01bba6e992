export { UpgradeError, UpgradeHalt } from "./errors.js";
export type { HaltPlan } from "./errors.js";
export { initNewModules } from "./new-modules.js";
export { createUpgradeModule } from "./module.js";
export type { UpgradeHandler, UpgradeOptions, VersionMap } from "./options.js";
