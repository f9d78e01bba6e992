import type { SidecarClient } from "../sidecar-client/index.js";
import type { StateReader } from "../tasks/index.js";
import type { RemoteBlobs } from "./remote-blobs.js";

/** Where a replay reads, and what it runs on. */
export interface ReplayPlace {
  readonly state: StateReader;
  readonly blobs: RemoteBlobs;
  readonly sidecar: SidecarClient;
  readonly signal: AbortSignal;
}
