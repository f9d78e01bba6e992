import type { ConsensusParams } from "../block/index.js";
import { toHeight } from "../primitives/index.js";
import type { Height } from "../primitives/index.js";

/** What of its past a node keeps. Its own choice: no state transition depends on it. */
export interface Retention {
  /** Blocks that are kept at least; 0 keeps all of them. `min-retain-blocks` of the SDK. */
  readonly minRetainBlocks: bigint;
  /** Blocks back to the oldest snapshot that is kept, so that who restores it finds the blocks after it; 0 without snapshots. */
  readonly snapshotBlocks: bigint;
}

/** Nothing is dropped. */
export const KEEP_ALL: Retention = { minRetainBlocks: 0n, snapshotBlocks: 0n };

/**
 * The first height that the engine must keep after a commit, 0 for all (baseapp GetBlockRetentionHeight): blocks go that are older than
 * the setting, than any evidence that could still come in, and than the oldest snapshot; and none go while one of these reaches back to
 * before the first block.
 */
export function retainHeight(
  height: Height,
  { minRetainBlocks, snapshotBlocks }: Retention,
  { evidence }: Pick<ConsensusParams, "evidence">,
): Height {
  if (minRetainBlocks === 0n) return toHeight(0n);
  const spans = [minRetainBlocks, snapshotBlocks, evidence.maxAgeNumBlocks].filter((blocks) => blocks > 0n);
  const longest = spans.reduce((a, b) => (a > b ? a : b));
  return toHeight(height > longest ? height - longest : 0n);
}
