/** No index: what `tx_index.indexer = "null"` asks for. The texts are CometBFT's. */
import { toHeight } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import type { EventFeed } from "../rpc/types.js";
import type { Indexer } from "./indexer.js";

/** Passes events on as they come, and refuses every search. */
export function createNullIndexer(feed: EventFeed): Indexer {
  const refuse = (what: string) => (): Promise<never> =>
    Promise.reject(new EdgeFailure("not-running", `${what} indexing is disabled`));
  return {
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    caughtUp: () => Promise.resolve(),
    subscribe: (listener) => feed.subscribe(listener),
    status: () => ({ isEnabled: false, last: toHeight(0n), lag: 0, isBroken: false }),
    findTx: refuse("transaction"),
    searchTxs: refuse("transaction"),
    searchBlocks: refuse("block"),
  };
}
