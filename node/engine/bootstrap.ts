/** Stores of an engine that begins after a height whose block it does not have: what state sync leaves behind. */
import { join } from "node:path";
import { encodeExtendedCommit, encodeValidatorSet } from "../../chain/block/index.js";
import type { ExtendedCommit } from "../../chain/block/index.js";
import { Fault, concatBytes, u64be } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import { openKv } from "../storage/index.js";
import type { LevelKv } from "../storage/index.js";
import { encodeBlockId } from "./block-id-codec.js";
import type { ChainState } from "./chain-state.js";
import { StateStore } from "./state-store.js";
import { KIND, heightKey, singleKey } from "./store-keys.js";

async function withStore<T>(dataDir: string, run: (kv: LevelKv) => Promise<T> | T): Promise<T> {
  const failed: { error?: unknown } = {};
  const kv = await openKv({ dir: join(dataDir, "blocks"), onFatal: (error) => (failed.error = error) });
  try {
    return await run(kv);
  } finally {
    await kv.close();
  }
}

/** The height that an engine has reached; 0 before its first block. */
export function engineHeight(dataDir: string): Promise<bigint> {
  return withStore(dataDir, (kv) => new StateStore(kv).load()?.lastHeight ?? 0n);
}

/**
 * Writes what an engine needs in order to go on after `state.lastHeight`: its state, and the commit of that height. The block itself
 * is not there, so the first block held will be the next one.
 *
 * @throws Fault when the engine has blocks.
 */
export async function bootstrapEngine(dataDir: string, { state, commit }: { readonly state: ChainState; readonly commit: ExtendedCommit }): Promise<void> {
  await withStore(dataDir, async (kv) => {
    const states = new StateStore(kv);
    const before = states.load()?.lastHeight ?? 0n;
    if (before !== 0n) throw new Fault("an engine that has blocks cannot begin elsewhere", { height: before });
    const { lastHeight: height, lastBlockId, lastValidators } = state;
    const range = { key: singleKey(KIND.range), value: concatBytes(u64be(height + 1n), u64be(height)) };
    const ops: KvOp[] = [
      range,
      { key: heightKey(KIND.blockId, height), value: encodeBlockId(lastBlockId) },
      { key: heightKey(KIND.commit, height), value: encodeExtendedCommit(commit) },
    ];
    if (lastValidators !== null) ops.push({ key: heightKey(KIND.validators, height), value: encodeValidatorSet(lastValidators) });
    kv.write(ops);
    states.save(state);
    // The state is what says that all of this is there, so it was last; this only asks the disk to confirm.
    kv.write([range], { sync: true });
    await kv.flushed();
  });
}
