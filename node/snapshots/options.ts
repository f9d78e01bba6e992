/** What the operator sets, what the service needs of its node, and the bounds on its work. */
import type { InfoResponse } from "../../chain/abci/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { LevelKv } from "../storage/index.js";
import type { Logger } from "../telemetry/log.js";
import type { Snapshot, Snapshots } from "./types.js";

export interface SnapshotOptions {
  /** Holds one folder a snapshot. */
  readonly dir: string;
  /** A snapshot of every height that this divides; 0 takes none. */
  readonly interval: number;
  /** How many stay; 0 keeps all. */
  readonly keepRecent: number;
  /** Tests only: every node must cut alike. Default CHUNK_BYTES. */
  readonly chunkBytes?: number;
}

/** What of the application the service needs: KernelApplication fits. */
export interface SnapshotApp {
  /** Names of the stores of its state, ascending. */
  readonly stores: readonly string[];
  info(): InfoResponse;
  hold(version: Height): () => void;
  restored(): void;
}

/** The application's disk. */
export type SnapshotKv = Pick<LevelKv, "get" | "write" | "flushed" | "entries">;

export interface SnapshotDeps {
  readonly kv: SnapshotKv;
  readonly app: SnapshotApp;
  readonly log: Logger;
}

/** A snapshot that is being restored. */
export interface RestoreStatus {
  readonly snapshot: Snapshot;
  /** The chunk to apply next. */
  readonly next: number;
}

export interface SnapshotService extends Snapshots {
  /** Removes what a crash left half written, and finds the restore that it interrupted. */
  start(): Promise<void>;
  /** Ends the snapshot that is being taken, if there is one, without it. */
  stop(): Promise<void>;
  /**
   * To be called in the same turn as the commit of a height; what is due happens afterwards, in slices. Answers the oldest snapshot that is
   * there or being taken: who restores it needs the blocks from its height on.
   */
  committed(height: Height): Height | undefined;
  /** Resolves when the snapshot that is being taken is there, or has failed. */
  idle(): Promise<void>;
  restoring(): Promise<RestoreStatus | undefined>;
  /** Gives up the restore in progress and forgets what it brought. */
  forget(): Promise<void>;
}

/** How long the service works before others have their turn: below anything that consensus or a client notices. */
export const SLICE_MS = 4;

/** The share of time that it leaves to others: it rests so many times as long as it worked. */
export const REST = 2;
