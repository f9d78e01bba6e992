/** Takes the last block out of the index of a stopped node, whose operator undoes that block. */
import { parseU64be, u64be } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import type { BlockEvent } from "../rpc/types.js";
import type { LevelKv } from "../storage/index.js";
import { indexInput } from "./entries.js";
import { LAST_KEY } from "./keys.js";
import { indexOps } from "./write.js";

/**
 * Does nothing when the index has not come to the block. A transaction that an earlier block holds too is not found by its hash any more;
 * every other entry of earlier blocks stays.
 */
export async function removeFromIndex(kv: LevelKv, event: BlockEvent): Promise<void> {
  const { height } = event.stored.block.header;
  const last = kv.get(LAST_KEY);
  if (last === undefined || parseU64be(last) < height) return;
  const nothing = { get: () => undefined };
  const removals = indexOps(indexInput(event), nothing).map(({ key }): KvOp => ({ key, value: undefined }));
  kv.write([...removals, { key: LAST_KEY, value: u64be(height - 1n) }]);
  await kv.flushed();
}
