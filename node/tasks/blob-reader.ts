import type { Blobs } from "../blobs/types.js";

/** What reading takes of a blob store: the node's own, or a gateway over HTTP. */
export type BlobReads = Pick<Blobs, "has" | "fetch" | "get">;

/** Largest blob a task may need: a base model. */
export const MAX_TASK_BLOB_BYTES = 256 * 1024 * 1024;

/** Deadline for bringing one blob here. */
const FETCH_TIMEOUT_MS = 60_000;

/** A blob that is here or at a peer, whole and verified. @throws EdgeFailure "not-found", "too-large", "aborted", ... */
export async function readBlob(blobs: BlobReads, cid: string, signal: AbortSignal, maxBytes = MAX_TASK_BLOB_BYTES): Promise<Uint8Array> {
  const limits = { maxBytes, signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]) };
  if (!(await blobs.has(cid))) await blobs.fetch(cid, limits);
  return blobs.get(cid, limits);
}
