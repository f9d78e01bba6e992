/** What a CometBFT process finds: our application behind ABCI 2.0, on a socket or over gRPC. */
import type { Height } from "../../chain/primitives/index.js";
import type { AppConnection } from "../app/index.js";
import type { Snapshots } from "../snapshots/types.js";
import type { Logger } from "../telemetry/log.js";

export interface AbciServerOptions {
  /** "tcp://host:port", "unix://path" or "grpc://host:port"; port 0 takes a free one. */
  readonly address: string;
  /** Longest frame taken (over gRPC: or given), in bytes. Default 256 MiB: a block of 100 MiB with what belongs to it. */
  readonly maxFrameBytes?: number;
  /** After this height CometBFT gets no answer that would let it go on (halt.ts); 0, the default, sets no end. */
  readonly haltHeight?: Height;
  /** Open at one time; CometBFT needs four. Default 16. */
  readonly maxConnections?: number;
}

export interface AbciServerDeps {
  readonly app: AppConnection;
  /** Without it no snapshot is listed and each offer is answered with "abort". */
  readonly snapshots?: Snapshots;
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
