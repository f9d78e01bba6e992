/**
 * Snapshots of the application's state, as ABCI's snapshot connection speaks of them (cosmos-formats.md §3.3). The ABCI
 * server, state sync and the command line import this file only; `createSnapshots` is called by the composition root.
 */
import type { Height } from "../../chain/primitives/index.js";

/** One snapshot. Whoever takes it at the same height gets the same bytes, so any peer's chunks fit any other's. */
export interface Snapshot {
  /** The committed version that it holds. The header of the next height has its application hash. */
  readonly height: Height;
  readonly format: number;
  readonly chunks: number;
  /** SHA-256 of `metadata`, 32 bytes. */
  readonly hash: Uint8Array;
  /** The hash of each chunk, and the roots that make up the application hash. */
  readonly metadata: Uint8Array;
}

/** Answer to an offer: `reject` is this snapshot, `reject-format` all of its format, `abort` state sync as a whole. */
export type OfferResult = "accept" | "abort" | "reject" | "reject-format" | "reject-sender";

export type ApplyResult = "accept" | "abort" | "retry" | "retry-snapshot" | "reject-snapshot";

export interface ChunkRequest {
  readonly height: Height;
  readonly format: number;
  /** From 0. */
  readonly chunk: number;
}

export interface ApplyChunkRequest {
  /** From 0. Chunks are applied in order; one that was applied already is accepted again. */
  readonly index: number;
  readonly chunk: Uint8Array;
  /** The peer that it came from; empty when nobody knows. */
  readonly sender: string;
}

export interface ApplyChunkResponse {
  readonly result: ApplyResult;
  /** To be fetched and applied again. */
  readonly refetchChunks: readonly number[];
  /** Peers that sent what no honest peer sends. */
  readonly rejectSenders: readonly string[];
}

/** What the snapshot connection asks. Never throws for what a peer sent. */
export interface Snapshots {
  /** Newest first. */
  list(): Promise<readonly Snapshot[]>;
  /** @param appHash of the snapshot's height, from a header that the caller trusts */
  offer(snapshot: Snapshot, appHash: Uint8Array): Promise<OfferResult>;
  /** Empty when there is no such chunk (any more). */
  loadChunk(request: ChunkRequest): Promise<Uint8Array>;
  /** After an accepted offer. The last chunk is accepted only when the application stands at the snapshot. */
  applyChunk(request: ApplyChunkRequest): Promise<ApplyChunkResponse>;
}
