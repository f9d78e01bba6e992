import type { Event } from "../abci/index.js";
import type { BeginContext, BlockInfo } from "../kernel/context.js";
import { toHeight, toTimeNs } from "../primitives/index.js";
import { createInfiniteGasMeter, createScratchStores } from "../store/index.js";
import type { ReadStore } from "../store/index.js";

const nothing: ReadStore = { get: () => undefined, has: () => false, iterate: () => [] };

/** A context over empty stores that remembers its events; the block can be moved on by hand. */
export interface ScratchContext extends BeginContext {
  block: BlockInfo;
  readonly events: Event[];
  lastCommit: BeginContext["lastCommit"];
  misbehavior: BeginContext["misbehavior"];
}

export function createScratchContext(chainId = "test-1"): ScratchContext {
  const stores = createScratchStores({ store: () => nothing });
  const events: Event[] = [];
  return {
    block: {
      chainId,
      height: toHeight(1n),
      time: toTimeNs(1_700_000_000n, 0),
      proposer: new Uint8Array(0),
      hash: new Uint8Array(32),
    },
    lastCommit: { round: 0, votes: [] },
    misbehavior: [],
    nextValidatorsHash: new Uint8Array(32).fill(2),
    appHash: new Uint8Array(32).fill(3),
    gas: createInfiniteGasMeter(),
    events,
    store: (name) => stores.store(name),
    emit: (event) => void events.push(event),
  };
}

/** Moves to another height; a second passes per block. */
export function advance(ctx: ScratchContext, height: bigint): void {
  ctx.block = { ...ctx.block, height: toHeight(height), time: toTimeNs(1_700_000_000n + height, 0) };
}
