export { createBlobs } from "./blobs.js";
export type { BlobDeps, BlobOptions } from "./blobs.js";
export type { BlobCid, BlobLimits, Blobs, FetchedBlob, PutBlob } from "./types.js";
