/** The index of transactions and blocks by what happened in them. */
import type { Height } from "../../chain/primitives/index.js";

/** Where a transaction stands. */
export interface TxPlace {
  readonly height: Height;
  readonly index: number;
}

export interface SearchOptions {
  readonly order: "asc" | "desc";
  /** 0-based. */
  readonly offset: number;
  readonly limit: number;
}

/** One page and the number of all matches. */
export interface SearchPage<T> {
  readonly total: number;
  readonly items: readonly T[];
}

/** How far the index is. */
export interface IndexStatus {
  /** False when the settings want none. */
  readonly isEnabled: boolean;
  /** Height up to which everything is indexed; 0 before the first block. */
  readonly last: Height;
  /** Committed blocks that cannot be searched yet. */
  readonly lag: number;
  /** The index has failed for good: nothing can be searched, and everything else goes on. */
  readonly isBroken: boolean;
}

/**
 * Searches. All reject with EdgeFailure: "not-running" and CometBFT's text when there is no index, "storage" when it has failed, "busy"
 * when too many searches wait.
 */
export interface ChainIndex {
  status(): IndexStatus;
  /** The latest successful inclusion of a transaction, else its latest failed one. `hash` is its SHA-256. */
  findTx(hash: Uint8Array): Promise<TxPlace | undefined>;
  /**
   * Places of the transactions that match, ordered by height and index.
   * @throws QueryError when the text is no query; EdgeFailure "too-large" when it would read too much of the index.
   */
  searchTxs(query: string, options: SearchOptions): Promise<SearchPage<TxPlace>>;
  /** Heights of the blocks that match. @throws like `searchTxs`. */
  searchBlocks(query: string, options: SearchOptions): Promise<SearchPage<Height>>;
}
