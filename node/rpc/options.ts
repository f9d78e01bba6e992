/** Settings of the RPC listener. */

export interface RpcOptions {
  /** Loopback unless the operator says otherwise. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Origins that browsers may call from; "*" is every one. Empty, as on CometBFT, means none. */
  readonly corsOrigins: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxBatch: number;
  readonly maxConnections: number;
  /** How long a request may take to arrive. */
  readonly requestTimeoutMs: number;
  /** How long `broadcast_tx_commit` waits for the block. */
  readonly commitTimeoutMs: number;
  readonly maxCommitWaiters: number;
  readonly webSocket: WebSocketOptions;
}

export interface WebSocketOptions {
  readonly maxClients: number;
  readonly maxSubscriptionsPerClient: number;
  /** Requests of one client that are being answered at the same time. */
  readonly maxInFlight: number;
  /** Bytes that may wait to be sent to one client; a slower one is disconnected. */
  readonly maxBufferedBytes: number;
  readonly pingIntervalMs: number;
}

/** CometBFT's defaults, with a batch limit that fits CosmJS's batch client (20). */
export const DEFAULT_RPC_OPTIONS: RpcOptions = {
  host: "127.0.0.1",
  port: 26657,
  corsOrigins: [],
  maxBodyBytes: 1_000_000,
  maxBatch: 100,
  maxConnections: 900,
  requestTimeoutMs: 10_000,
  commitTimeoutMs: 10_000,
  maxCommitWaiters: 100,
  webSocket: {
    maxClients: 100,
    maxSubscriptionsPerClient: 5,
    maxInFlight: 32,
    maxBufferedBytes: 8 * 1024 * 1024,
    pingIntervalMs: 27_000,
  },
};
