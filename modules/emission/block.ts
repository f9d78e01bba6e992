import { parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { countFrozen } from "./counting.js";
import { beginEpoch, closeEpoch } from "./epochs.js";
import type { EmissionPorts } from "./ports.js";
import { EMISSION_STORE, emissionState } from "./state.js";

/** Counts what was frozen while emission is on; the last block of an epoch closes it and the next one begins. Bounded work. */
export function endBlock(ctx: Context, ports: EmissionPorts): void {
  const { params, epoch } = emissionState.open(ctx.store(EMISSION_STORE));
  const { height } = ctx.block;
  const running = epoch.get() ?? beginEpoch(ctx, 1n, height);
  if (parseUopen(params.getOrFail().amount) > 0n) countFrozen(ctx, ports, running.number);
  if (height < running.endHeight) return;
  closeEpoch(ctx, ports, running);
  beginEpoch(ctx, running.number + 1n, height + 1n);
}
