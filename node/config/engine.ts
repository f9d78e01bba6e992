/** Settings of the embedded engine. They change how fast a node is, never what it computes. */

/** A timer's length: `baseMs + growthMs * round`. Growth lets a slow network meet in some round. */
export interface TimerConfig {
  readonly baseMs: number;
  readonly growthMs: number;
}

export interface EngineConfig {
  /** How long to wait for a proposal before voting nil. */
  readonly propose: TimerConfig;
  /** How long to wait for more prevotes once two thirds voted, but not alike. */
  readonly prevote: TimerConfig;
  readonly precommit: TimerConfig;
  /** How long to wait for late precommits after a decision: the pace of the chain when idle. */
  readonly commitMs: number;
  /** Without this a proposer waits until there are transactions, or for `emptyBlocksIntervalMs`. */
  readonly createEmptyBlocks: boolean;
  /** The longest wait of a proposer without transactions, when empty blocks are off. Must stay below `propose`. */
  readonly emptyBlocksIntervalMs: number;
  /** Longest time between two summaries of our votes to every peer. */
  readonly gossipMs: number;
  /** Shortest time between two summaries: a burst of votes makes one. */
  readonly gossipMinMs: number;
  /** A block this far ahead of our clock is refused when it is proposed (CometBFT 0.38.22). */
  readonly blockTimeToleranceMs: number;
  /** Nothing above this height is signed; 0 sets no end. */
  readonly haltHeight: bigint;
  /** Heights whose extended commits are kept for peers that sync to the tip. */
  readonly extendedCommitHeights: number;
}

export const DEFAULT_ENGINE_CONFIG: EngineConfig = {
  propose: { baseMs: 3_000, growthMs: 500 }, // CometBFT's default
  prevote: { baseMs: 1_000, growthMs: 500 }, // CometBFT's default
  precommit: { baseMs: 1_000, growthMs: 500 }, // CometBFT's default
  commitMs: 1_000, // CometBFT's default
  createEmptyBlocks: true, // vote extensions travel in blocks, so attestation needs them
  emptyBlocksIntervalMs: 1_000,
  gossipMs: 1_000, // one lost message costs at most this long
  gossipMinMs: 50, // well below any timeout, well above a loopback round trip
  blockTimeToleranceMs: 60_000, // CometBFT's default
  haltHeight: 0n,
  extendedCommitHeights: 256, // more than a peer falls behind while it fetches one batch
};

/** Bounds of the mempool. */
export interface MempoolConfig {
  readonly maxTxs: number;
  readonly maxBytes: number;
  /** Longest transaction. */
  readonly maxTxBytes: number;
  /** Hashes of transactions seen lately, accepted or not. */
  readonly cacheSize: number;
  /** Waiting transactions of one sender. */
  readonly maxPerSender: number;
  /** A transaction that no block took in so many blocks is dropped; 0 keeps it. */
  readonly ttlBlocks: number;
  /** Up to so many waiting transactions are all checked again after each block; of more, those whose senders the block touched. */
  readonly recheckUpTo: number;
  /** CheckTx that are asked for together: a message to another thread costs as much as a check, and a block waits for them. */
  readonly checksAtOnce: number;
  /** How long transactions are gathered before a batch is sent, after a while without any. */
  readonly batchMs: number;
  /** The same while batches follow one another: a message costs every node as much as dozens of transactions. */
  readonly busyBatchMs: number;
  readonly batchBytes: number;
}

export const DEFAULT_MEMPOOL_CONFIG: MempoolConfig = {
  maxTxs: 5_000, // CometBFT's default
  maxBytes: 67_108_864, // 64 MiB, as CometBFT 0.38.17 and later
  maxTxBytes: 1_048_576, // CometBFT's default
  cacheSize: 10_000, // CometBFT's default
  maxPerSender: 256, // a sender cannot fill the pool alone
  ttlBlocks: 0, // CometBFT's default: no expiry
  recheckUpTo: 1_000, // 30 ms; without a limit the cost of a block grows with the pool (performance.md §0.8)
  checksAtOnce: 16, // 5 ms of an application on the same thread
  batchMs: 5, // measured: one transaction per message costs 300 us and more, in batches 6 to 15 (performance.md §0)
  busyBatchMs: 50, // far below a block; at 250 transactions a second and node a batch holds 12 and not one
  batchBytes: 61_440, // with its framing below the 64 KiB of the topic
};
