/**
 * Forgets what lies below the height that the application lets go of (Commit's retain height): a bounded number of heights per block, in
 * order, in one write. Validators and the time of a block stay until nothing that happened in it can be punished any more.
 */
import { toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import type { Logger } from "../telemetry/log.js";
import type { BlockStore, EngineKv } from "./block-store.js";
import { nextHeight } from "./chain-state.js";
import type { ChainState } from "./chain-state.js";
import { isTooOldForEvidence } from "./evidence-pool.js";
import type { StateStore } from "./state-store.js";

/** Heights that one block may take away, so that pruning never holds up a height. */
const MAX_PER_BLOCK = 100n;
/**
 * Blocks that stay whatever the application says: its disk may have lost its last versions at a start, and peers that are a little behind
 * ask for them.
 */
const MIN_KEPT = 64n;

export interface PrunerDeps {
  readonly kv: EngineKv;
  readonly blocks: BlockStore;
  readonly states: StateStore;
  readonly log: Logger;
}

export class Pruner {
  readonly #deps: PrunerDeps;
  #hasWarned = false;

  constructor(deps: PrunerDeps) {
    this.#deps = deps;
  }

  /** @param retain lowest height that the application wants kept; 0: all */
  afterBlock(state: ChainState, retain: Height): void {
    if (retain === 0n) return;
    const { kv, blocks, states, log } = this.#deps;
    if (retain > state.lastHeight && !this.#hasWarned) {
      this.#hasWarned = true;
      log.warn("the application lets go of heights that do not exist yet", { retain, height: state.lastHeight });
    }
    const least = nextHeight(state) - MIN_KEPT;
    const limit = blocks.base + MAX_PER_BLOCK;
    const to = [retain, least, limit].reduce((a, b) => (a < b ? a : b));
    const ops = to > blocks.base ? [...states.removals(blocks.base, toHeight(to)), ...blocks.prune(toHeight(to))] : [];
    ops.push(...this.#old(state));
    if (ops.length > 0) kv.write(ops);
  }

  /** What evidence needed, from the last height looked at up to the first that is young enough. */
  #old(state: ChainState): KvOp[] {
    const { blocks, states } = this.#deps;
    const from = states.punishableFrom(state.initialHeight);
    let height: bigint = from;
    while (height < blocks.base && height < from + MAX_PER_BLOCK) {
      const time = blocks.time(toHeight(height));
      if (time !== undefined && !isTooOldForEvidence({ height, time }, state)) break;
      height++;
    }
    return height === from ? [] : [...states.removalsOfPunished(from, toHeight(height)), ...blocks.removalsOfTimes(from, toHeight(height))];
  }
}
