/** What a CometBFT process finds: our application behind ABCI 2.0, on a socket or over gRPC. */
import type { Application } from "../../chain/abci/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { Logger } from "../telemetry/log.js";

/** The application as the server drives it: directly, or through a connection whose answers come later. */
export type AbciApplication = {
  readonly [Name in keyof Application]-?: NonNullable<Application[Name]> extends (...request: infer Given) => infer Answer
    ? (...request: Given) => Answer | Promise<Answer>
    : never;
};

export interface Snapshot {
  readonly height: Height;
  readonly format: number;
  readonly chunks: number;
  readonly hash: Uint8Array;
  readonly metadata: Uint8Array;
}

export type SnapshotVerdict = "accept" | "abort" | "reject" | "reject-format" | "reject-sender";
export type ChunkVerdict = "accept" | "abort" | "retry" | "retry-snapshot" | "reject-snapshot";

export interface ChunkAnswer {
  readonly result: ChunkVerdict;
  readonly refetchChunks: readonly number[];
  readonly rejectSenders: readonly string[];
}

/** What answers the snapshot connection. */
export interface AbciSnapshots {
  list(): Promise<readonly Snapshot[]>;
  /** @param appHash of the snapshot's height, as a light client verified it */
  offer(snapshot: Snapshot, appHash: Uint8Array): Promise<SnapshotVerdict>;
  /** Empty when it is not here. */
  loadChunk(chunk: { readonly height: Height; readonly format: number; readonly chunk: number }): Promise<Uint8Array>;
  applyChunk(chunk: { readonly index: number; readonly chunk: Uint8Array; readonly sender: string }): Promise<ChunkAnswer>;
}

export interface AbciServerOptions {
  /** "tcp://host:port", "unix://path" or "grpc://host:port"; port 0 takes a free one. */
  readonly address: string;
  /** Longest frame taken or given, in bytes. Default 256 MiB: a block of 100 MiB with what belongs to it. */
  readonly maxFrameBytes?: number;
  /** Open at one time; CometBFT needs four. Default 16. */
  readonly maxConnections?: number;
}

export interface AbciServerDeps {
  readonly app: AbciApplication;
  /** Without it no snapshot is listed and each offer is answered with "abort". */
  readonly snapshots?: AbciSnapshots;
  readonly log: Logger;
  /** Told of what the application throws: our own fault, after which the node must halt. */
  readonly onFatal?: (error: unknown) => void;
}

export interface AbciServer {
  /** @throws EdgeFailure "config" when the address cannot be used. */
  start(): Promise<{ readonly address: string }>;
  /** Closes each connection once what it is answering is answered. */
  stop(): Promise<void>;
}

export const DEFAULT_MAX_FRAME_BYTES = 256 * 1024 * 1024;
export const DEFAULT_MAX_CONNECTIONS = 16;
