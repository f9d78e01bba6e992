export { DatanetError } from "./errors.js";
export { createDatanetModule } from "./module.js";
export type { DatanetPorts } from "./ports.js";
export { contributionCommitment } from "./rules/commitment.js";
export type { ContributionOpening } from "./rules/commitment.js";
export { blobBytes, countedPositions, rowsRoot } from "./rules/rows.js";
export type { DatanetService } from "./service.js";
export { DATANET_STORE } from "./state.js";
export { QUALITY_KIND } from "./task.js";
