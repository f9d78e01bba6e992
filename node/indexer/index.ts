export { DEFAULT_INDEXER_OPTIONS, createIndexer } from "./indexer.js";
export type { Indexer, IndexerDeps, IndexerOptions } from "./indexer.js";
export { eventMap, matches, withTypes } from "./match.js";
export type { EventMap } from "./match.js";
export { QueryError, formatQuery, parseQuery } from "./query.js";
export type { Condition, Query } from "./query.js";
export type { ChainIndex, SearchOptions, SearchPage, TxPlace } from "./types.js";
