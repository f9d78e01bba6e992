import { parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { sumUopen } from "../../chain/primitives/index.js";
import { Allocation } from "../../proto/gen/openledger/emission/v1.js";
import type { Epoch } from "../../proto/gen/openledger/emission/v1.js";
import { emissionAllocated, epochClosed } from "./events.js";
import type { EmissionPorts } from "./ports.js";
import { allocate } from "./rules/allocate.js";
import { EMISSION_STORE, emissionState } from "./state.js";

/** The epoch that begins with the block at `height`. */
export function beginEpoch(ctx: Context, number: bigint, height: bigint): Epoch {
  const { params, epoch } = emissionState.open(ctx.store(EMISSION_STORE));
  const next = { number, startHeight: height, endHeight: height + params.getOrFail().epochBlocks - 1n };
  epoch.set(next);
  return next;
}

/**
 * Shares out the amount of an epoch over the Datanets whose rows counted in it, and takes it from the community pool. Work: one
 * step for each of them.
 */
export function closeEpoch(ctx: Context, { communityPool }: EmissionPorts, { number: epoch }: Epoch): void {
  const { params, running, allocations } = emissionState.open(ctx.store(EMISSION_STORE));
  const { amount, maxPerMib, weights, holdEpochs, epochBlocks } = params.getOrFail();
  const weightOf = new Map(weights.map(({ datanetId, weight }) => [datanetId, weight]));
  const candidates = [...running.entries({ prefix: [epoch] })].map(([[, datanetId], bytes]) => {
    return { datanetId, weight: weightOf.get(datanetId) ?? 0, bytes };
  });
  const budget = {
    amount: parseUopen(amount),
    maxPerMib: parseUopen(maxPerMib),
    available: communityPool.available(ctx, ctx.block.time),
  };
  const parts = allocate(budget, candidates);
  const total = sumUopen(parts);
  if (total > 0n) communityPool.spendTo(ctx, EMISSION_STORE, total);
  candidates.forEach(({ datanetId, bytes }, i) => {
    const given = (parts[i] ?? 0n).toString();
    const matureHeight = ctx.block.height + 1n + BigInt(holdEpochs) * epochBlocks;
    const allocation = Allocation.create({ datanetId, epoch, bytes, amount: given, matureHeight, paid: "0", returned: "0" });
    allocations.set([datanetId, epoch], allocation);
    running.delete([epoch, datanetId]);
    ctx.emit(emissionAllocated(allocation));
  });
  if (candidates.length > 0) ctx.emit(epochClosed(epoch, total));
}
