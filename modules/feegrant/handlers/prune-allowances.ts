import type { TxContext } from "../../../chain/kernel/index.js";
import { pruned } from "../events.js";
import { deleteExpired } from "../grants.js";
import type { PruneAllowances } from "../messages.js";

/** Of one message (the SDK's figure). Blocks prune by themselves; this is for queues that grew faster. */
const PRUNED_PER_MESSAGE = 75;

export function pruneAllowances(ctx: TxContext, { pruner }: PruneAllowances): void {
  deleteExpired(ctx, PRUNED_PER_MESSAGE);
  ctx.emit(pruned(pruner));
}
