/** Settings of the HTTP door. */

export interface RestOptions {
  /** Loopback unless the operator says otherwise. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Origins whose pages may call; "*" is every one. */
  readonly corsOrigins: readonly string[];
  /** Longest body of a query. What is mounted beside the queries has its own limits. */
  readonly maxBodyBytes: number;
  /** Requests of one address; 0 sets no limit. */
  readonly requestsPerMinute: number;
  /** How long a request may take to arrive, and its answer to be taken. */
  readonly timeoutMs: number;
  readonly maxConnections: number;
}

export const DEFAULT_REST_OPTIONS: RestOptions = {
  host: "127.0.0.1",
  port: 1317,
  corsOrigins: [],
  maxBodyBytes: 1_000_000,
  requestsPerMinute: 6_000,
  timeoutMs: 30_000,
  maxConnections: 1_000,
};
