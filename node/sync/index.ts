export { BlockSync, verifySyncBlock } from "./block-sync.js";
export type { SyncDeps, SyncSource, SyncTarget } from "./block-sync.js";
export { SnapshotExchange } from "./snapshot-exchange.js";
export { StateSync } from "./state-sync.js";
export type { StateSyncDeps, StateSyncOptions, SyncedState } from "./state-sync.js";
export { TrustedChain } from "./trusted-chain.js";
export type { Server, TrustedChainOptions } from "./trusted-chain.js";
