export { DEFAULT_INDEXER_OPTIONS, createIndexer, createThreadedIndexer } from "./indexer.js";
export type { Indexer, IndexerDeps, IndexerOptions } from "./indexer.js";
export { eventMap, matches, withTypes } from "./match.js";
export type { EventMap } from "./match.js";
export { createNullIndexer } from "./null-index.js";
export { QueryError, formatQuery, parseQuery } from "./query.js";
export type { Condition, Query } from "./query.js";
export { removeFromIndex } from "./remove.js";
export type { ChainIndex, IndexStatus, SearchOptions, SearchPage, TxPlace } from "./types.js";
