/**
 * One height back, for an operator whose application went wrong in its last block: CometBFT's rollback (state/rollback.go), with one
 * atomic write. The block stays and is executed again at the next start, or goes too, and is fetched or decided anew. What the signer
 * signed is never forgotten.
 */
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import { EdgeFailure } from "../errors.js";
import { BlockStore } from "./block-store.js";
import type { EngineKv } from "./block-store.js";
import type { ChainState } from "./chain-state.js";
import { restoredEvidence } from "./evidence-pool.js";
import { StateStore } from "./state-store.js";
import type { StoredBlock } from "./types.js";

/** What a rollback will do, before it does it. */
export interface Rollback {
  /** Of the state afterwards. The application must be there before `perform`. */
  readonly height: Height;
  readonly appHash: Uint8Array;
  /** The block above, and what it did when that is known. */
  readonly undone: { readonly stored: StoredBlock; readonly results: FinalizeBlockResponse | undefined } | undefined;
  /** Changes the stores, all at once; durable when it resolves. */
  perform(): Promise<void>;
}

/**
 * Plans the way one height back. A block that the state has not taken in is what a crash or an earlier rollback left: then the state stays,
 * so that a rollback without `isHard` can be repeated.
 *
 * @param isHard removes the block too
 * @throws EdgeFailure "not-found" when there is no state, or nothing below it to go back to; "storage" when the stores contradict one another.
 */
export function planRollback(kv: EngineKv, isHard: boolean): Rollback {
  const blocks = new BlockStore(kv, 0);
  const states = new StateStore(kv);
  const state = states.load();
  if (state === undefined) throw new EdgeFailure("not-found", "no state found: this node has not run");
  const { top } = blocks;
  const isPending = top === state.lastHeight + 1n || (state.lastHeight === 0n && top === state.initialHeight);
  if (!isPending && top !== state.lastHeight)
    throw new EdgeFailure("storage", `statestore height (${state.lastHeight}) is not one below or equal to blockstore height (${top})`);
  if (isPending && state.lastHeight === 0n) throw new EdgeFailure("not-found", "there is no height below the first block");
  const target = isPending ? state : stateBefore(state, blocks, states);
  const stored = blocks.block(top);
  const undone = stored === undefined ? undefined : { stored, results: states.results(top) };
  const ops: KvOp[] = [...states.removalsAbove(target), ...states.ops(target)];
  if (isHard && stored !== undefined) ops.push(...blocks.removalOfTop(), ...states.removalOfResults(top), ...restoredEvidence(stored.block.evidence));
  return {
    height: target.lastHeight,
    appHash: target.appHash,
    undone,
    async perform() {
      kv.write(ops, { sync: true });
      await kv.flushed();
    },
  };
}

/** The state in which the last block was executed: its header holds what the block before it left. */
function stateBefore(state: ChainState, blocks: BlockStore, states: StateStore): ChainState {
  const last = blocks.block(state.lastHeight);
  const height = toHeight(state.lastHeight - 1n);
  const before = blocks.block(height);
  if (last === undefined || before === undefined || state.lastValidators === null)
    throw new EdgeFailure("not-found", `block at height ${height} not found: ${whyAbsent(height, state, blocks)}`);
  const lastValidators = states.validators(height);
  const params = states.params(state.lastHeight);
  if (lastValidators === undefined || params === undefined)
    throw new EdgeFailure("not-found", `validators or parameters of height ${height} are not kept`);
  const { header } = last.block;
  return {
    ...state,
    lastHeight: height,
    lastBlockId: before.id,
    lastTime: before.block.header.time,
    validators: state.lastValidators,
    nextValidators: state.validators,
    lastValidators,
    params,
    appVersion: header.appVersion,
    appHash: header.appHash,
    lastResultsHash: header.lastResultsHash,
  };
}

function whyAbsent(height: Height, state: ChainState, blocks: BlockStore): string {
  if (height < state.initialHeight) return "there is no height below the first block; comet unsafe-reset-all begins anew";
  return `blocks below ${blocks.base} were pruned`;
}
