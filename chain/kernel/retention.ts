import type { ConsensusParams } from "../block/index.js";
import { toHeight } from "../primitives/index.js";
import type { Height } from "../primitives/index.js";

/** What of its past a node keeps. Its own choice: no state transition depends on it. */
export interface Retention {
  /** Blocks that are kept at least; 0 keeps all of them. `min-retain-blocks` of the SDK. */
  readonly minRetainBlocks: bigint;
  /** The oldest snapshot that others may restore: they ask for the blocks from its height on. Undefined without snapshots. */
  readonly oldestSnapshot: Height | undefined;
}

/**
 * The first height that the engine must keep after a commit, 0 for all (baseapp GetBlockRetentionHeight): blocks go that are older than
 * the setting, than any evidence that could still come in, and than the oldest snapshot that is there, however long it took to take the
 * ones after it; and none go while one of these reaches back to before the first block.
 */
export function retainHeight(
  height: Height,
  { minRetainBlocks, oldestSnapshot }: Retention,
  { evidence }: Pick<ConsensusParams, "evidence">,
): Height {
  if (minRetainBlocks === 0n) return toHeight(0n);
  const longest = minRetainBlocks > evidence.maxAgeNumBlocks ? minRetainBlocks : evidence.maxAgeNumBlocks;
  const first = toHeight(height > longest ? height - longest : 0n);
  return oldestSnapshot !== undefined && oldestSnapshot < first ? oldestSnapshot : first;
}
