export { decodeSnapshot, encodeSnapshot, fromInfo, toInfo } from "./codec.js";
export type { RestoreStatus, SnapshotApp, SnapshotDeps, SnapshotKv, SnapshotOptions, SnapshotService } from "./options.js";
export { createSnapshots } from "./service.js";
export type {
  ApplyChunkRequest,
  ApplyChunkResponse,
  ApplyResult,
  ChunkRequest,
  OfferResult,
  Snapshot,
  Snapshots,
} from "./types.js";
