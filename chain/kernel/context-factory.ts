import type { Event } from "../abci/index.js";
import { createInfiniteGasMeter } from "../store/index.js";
import type { Stores } from "../store/index.js";
import type { BlockInfo, Context } from "./context.js";

/** A context for genesis and for the begin and end of blocks: no gas limit. */
export function blockContext(stores: Stores, block: BlockInfo, events: Event[]): Context {
  return {
    block,
    gas: createInfiniteGasMeter(),
    store: (name) => stores.store(name),
    emit: (event) => void events.push(event),
  };
}
