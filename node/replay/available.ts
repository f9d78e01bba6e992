import { setTimeout as sleep } from "node:timers/promises";
import { equalBytes } from "../../chain/primitives/index.js";
import { stateRootOf } from "../../modules/modelfactory/rules/train-state.js";
import { isFailure, throwIfAborted } from "../errors.js";
import type { FailureCode } from "../errors.js";
import { MAX_TASK_BLOB_BYTES } from "../tasks/blob-reader.js";
import type { BlobReads } from "../tasks/blob-reader.js";

/** Whether a published blob could be had, and was what it should be. */
export type Found =
  | { readonly kind: "good"; readonly bytes: Uint8Array }
  | { readonly kind: "unavailable"; readonly cid: string }
  | { readonly kind: "corrupt"; readonly cid: string };

export interface Patience {
  readonly signal: AbortSignal;
  /** Milliseconds after which a blob counts as withheld. */
  readonly waitMs: number;
}

/** Pause between two attempts. */
const PAUSE_MS = 1_000;

/** What says something of the blob rather than of the way to it. */
const ABSENT: readonly FailureCode[] = ["not-found", "timeout", "aborted"];

/**
 * Asks for a blob until it comes or patience ends.
 *
 * @throws EdgeFailure when the caller stops, the disk fails, or nobody could be asked to the end: that says nothing of the blob.
 */
export async function findBlob(blobs: BlobReads, cid: string, { signal, waitMs }: Patience): Promise<Found> {
  const deadline = AbortSignal.timeout(waitMs);
  const limits = { maxBytes: MAX_TASK_BLOB_BYTES, signal: AbortSignal.any([signal, deadline]) };
  let isAbsent = false;
  let last: unknown;
  for (;;) {
    try {
      if (!(await blobs.has(cid))) await blobs.fetch(cid, limits);
      return { kind: "good", bytes: await blobs.get(cid, limits) };
    } catch (error) {
      throwIfAborted(signal);
      if (isFailure(error, "malformed") || isFailure(error, "too-large")) return { kind: "corrupt", cid };
      if (isFailure(error, "storage") || isFailure(error, "not-running")) throw error;
      isAbsent = ABSENT.some((code) => isFailure(error, code));
      last = error;
    }
    await sleep(PAUSE_MS, undefined, { signal: limits.signal }).catch(() => undefined);
    throwIfAborted(signal);
    if (!deadline.aborted) continue;
    if (isAbsent) return { kind: "unavailable", cid };
    throw last;
  }
}

/** The same for the blob of a state, which must have the root that is on record. */
export async function findState(
  blobs: BlobReads,
  state: { readonly cid: string; readonly root: Uint8Array },
  patience: Patience,
): Promise<Found> {
  const found = await findBlob(blobs, state.cid, patience);
  if (found.kind !== "good") return found;
  const root = stateRootOf(found.bytes);
  return root !== undefined && equalBytes(root, state.root) ? found : { kind: "corrupt", cid: state.cid };
}
