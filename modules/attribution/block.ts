import type { ValidatorUpdate } from "../../chain/abci/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { drawAudits } from "./audits.js";
import type { AttributionPorts } from "./ports.js";
import { finishRecords } from "./window.js";

/** Windows that are over, a bounded number of them. */
export function beginBlock(ctx: Context, ports: AttributionPorts): void {
  finishRecords(ctx, ports);
}

/** Lots that are due, a bounded number of them. */
export function endBlock(ctx: Context, ports: AttributionPorts): ValidatorUpdate[] {
  drawAudits(ctx, ports);
  return [];
}
