export { SnapshotError } from "./errors.js";
export { exportVersion, exportedStores } from "./export.js";
export { STATE_PREFIXES, StateImporter } from "./import.js";
export type { ImportTarget } from "./import.js";
export { CHUNK_BYTES, MAX_CHUNKS, MAX_METADATA_BYTES, SNAPSHOT_FORMAT, checkOffer, decodeMetadata, encodeMetadata } from "./metadata.js";
export type { SnapshotMetadata, SnapshotOffer } from "./metadata.js";
