/** Where the index is kept, seen from the node: in this thread for tests, in one of its own for a node. */
import type { Height } from "../../chain/primitives/index.js";
import type { LevelKv } from "../storage/index.js";
import type { IndexInput } from "./entries.js";
import { IndexStore } from "./store.js";
import type { IndexStoreOptions } from "./store.js";
import type { SearchOptions, SearchPage, TxPlace } from "./types.js";

export interface IndexBackend {
  /** Height up to which everything is indexed. */
  open(): Promise<Height>;
  /** Resolves when the block can be searched. Blocks come in order. */
  index(input: IndexInput): Promise<void>;
  findTx(hash: Uint8Array, base: Height): Promise<TxPlace | undefined>;
  searchTxs(text: string, options: SearchOptions, base: Height): Promise<SearchPage<TxPlace>>;
  searchBlocks(text: string, options: SearchOptions, base: Height): Promise<SearchPage<Height>>;
  /** Forgets what is below `base`, a bounded step at a time. Not called again before it has resolved. */
  prune(base: Height): Promise<void>;
  clear(): Promise<void>;
  /** Flushes and releases what it holds. */
  close(): Promise<void>;
}

/** In this thread, over a store that the caller opens and closes. */
export function inlineBackend(kv: LevelKv, options: IndexStoreOptions): IndexBackend {
  const store = new IndexStore(kv, options);
  return {
    open: () => Promise.resolve(store.last()),
    index: (input) =>
      new Promise((resolve) => {
        store.index(input);
        resolve();
      }),
    findTx: (hash, base) => Promise.resolve(store.findTx(hash, base)),
    searchTxs: (text, search, base) => store.searchTxs(text, search, base),
    searchBlocks: (text, search, base) => store.searchBlocks(text, search, base),
    prune: (base) => store.prune(base),
    clear: () => store.clear(),
    close: () => store.flushed(),
  };
}
