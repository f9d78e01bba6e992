export { BlockSync, verifySyncBlock } from "./block-sync.js";
export type { SyncDeps, SyncSource, SyncTarget } from "./block-sync.js";
