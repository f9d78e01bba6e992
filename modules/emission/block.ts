import { parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { countFrozen } from "./counting.js";
import { beginEpoch, closeEpoch } from "./epochs.js";
import type { EmissionPorts } from "./ports.js";
import { EMISSION_STORE, emissionState } from "./state.js";

/**
 * While emission is on, an epoch begins with the first block after the last one, and frozen data is counted; the last block of an
 * epoch closes it, whether emission is still on or not. Bounded work.
 */
export function endBlock(ctx: Context, ports: EmissionPorts): void {
  const { params, epoch } = emissionState.open(ctx.store(EMISSION_STORE));
  const { height } = ctx.block;
  const isOn = parseUopen(params.getOrFail().amount) > 0n;
  const last = epoch.get();
  const isOver = last === undefined || last.endHeight < height;
  if (isOver && !isOn) return;
  const running = isOver ? beginEpoch(ctx, (last?.number ?? 0n) + 1n, height) : last;
  if (isOn) countFrozen(ctx, ports, running.number);
  if (height >= running.endHeight) closeEpoch(ctx, ports, running);
}
