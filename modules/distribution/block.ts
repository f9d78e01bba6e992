import type { BeginContext } from "../../chain/kernel/index.js";
import { allocateCollected } from "./allocate.js";
import { sweepDust } from "./pool.js";
import type { DistributionPorts } from "./ports.js";

/** The fees of the block before, by its votes; then whole uopen of dust go to the community. Work: one step for each vote. */
export function beginBlock(ctx: BeginContext, ports: DistributionPorts): void {
  if (ctx.block.height > 1n) allocateCollected(ctx, ports, ctx.lastCommit.votes);
  sweepDust(ctx, ports);
}
