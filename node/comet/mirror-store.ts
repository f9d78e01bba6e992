/**
 * The mirror's disk: the stores of the embedded engine, in the same folder and format, so that every reader of the node works
 * unchanged and a chain that moves to the other engine keeps its history.
 */
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import { encodeBlock, toExtendedCommit } from "../../chain/block/index.js";
import type { Block, BlockId, Commit } from "../../chain/block/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { encodeFinalizeResponse } from "../app/index.js";
import { BlockStore } from "../engine/block-store.js";
import type { EngineKv } from "../engine/block-store.js";
import type { ChainState } from "../engine/chain-state.js";
import { Pruner } from "../engine/pruner.js";
import { StateStore } from "../engine/state-store.js";
import { KIND, heightKey, singleKey } from "../engine/store-keys.js";
import type { Logger } from "../telemetry/log.js";

/** Heights forgotten in one write. */
const CLEARED_AT_ONCE = 1_000n;

export interface MirroredBlock {
  readonly id: BlockId;
  readonly block: Block;
  /** Encoded. */
  readonly bytes: Uint8Array;
  readonly commit: Commit;
}

export class MirrorStore {
  readonly states: StateStore;
  readonly #kv: EngineKv;
  readonly #extendedHeights: number;
  readonly #log: Logger;
  #blocks: BlockStore;
  #pruner: Pruner;

  /** @param extendedHeights see BlockStore */
  constructor(kv: EngineKv, extendedHeights: number, log: Logger) {
    this.#kv = kv;
    this.#extendedHeights = extendedHeights;
    this.#blocks = new BlockStore(kv, extendedHeights);
    this.states = new StateStore(kv);
    this.#log = log;
    this.#pruner = this.#createPruner();
  }

  get blocks(): BlockStore {
    return this.#blocks;
  }

  /** What the application answered, before the block is here. It survives our own death; CometBFT has it after a loss of power. */
  keepResults(height: Height, response: FinalizeBlockResponse): void {
    this.#kv.write([{ key: heightKey(KIND.results, height), value: encodeFinalizeResponse(response) }]);
  }

  /** Block and commit are durable when the promise resolves, and the results written before; the state with the next block. */
  async save({ id, block, bytes, commit }: MirroredBlock, next: ChainState): Promise<void> {
    const { height } = block.header;
    await this.#blocks.save({ height, id, bytes, commit: this.#extended(height, commit), time: block.header.time });
    this.states.save(next);
  }

  /** Forgets every block: the chain goes on at a height that does not follow. */
  clear(): void {
    const { top } = this.#blocks;
    while (this.#blocks.base < top) {
      const { base } = this.#blocks;
      const to = toHeight(base + CLEARED_AT_ONCE < top ? base + CLEARED_AT_ONCE : top);
      this.#kv.write([...this.states.removals(base, to), ...this.#blocks.prune(to)]);
    }
    this.#kv.write([{ key: singleKey(KIND.range), value: undefined }, { key: singleKey(KIND.state), value: undefined }]);
    this.#blocks = new BlockStore(this.#kv, this.#extendedHeights);
    this.#pruner = this.#createPruner();
  }

  prune(state: ChainState, retain: Height): void {
    this.#pruner.afterBlock(state, retain);
  }

  #createPruner(): Pruner {
    return new Pruner({ kv: this.#kv, blocks: this.#blocks, states: this.states, log: this.#log });
  }

  /** CometBFT's RPC shows no extensions; where this store has them already, of a block that the embedded engine made, they stay. */
  #extended(height: Height, commit: Commit): ReturnType<typeof toExtendedCommit> {
    const known = height <= this.#blocks.top ? this.#blocks.extendedCommit(height) : undefined;
    return known ?? toExtendedCommit(commit);
  }
}

export function mirroredBlock(found: { readonly id: BlockId; readonly block: Block; readonly commit: Commit }): MirroredBlock {
  return { ...found, bytes: encodeBlock(found.block) };
}

export const NO_HEIGHT = toHeight(0n);
