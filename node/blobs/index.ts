export { createBlobs } from "./blobs.js";
export type { BlobDeps, BlobOptions } from "./blobs.js";
export type { BlobCid, BlobLimits, Blobs, FetchedBlob, PutBlob } from "./types.js";
export { BLOB_PATH, DEFAULT_BLOB_GATEWAY_OPTIONS, createBlobGateway } from "./http.js";
export type { BlobGateway, BlobGatewayDeps, BlobGatewayOptions } from "./http.js";
