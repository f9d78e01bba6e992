import type { TxContext } from "../../../chain/kernel/index.js";
import { feegrantEvent } from "../events.js";
import type { Pair } from "../events.js";
import { deleteGrant } from "../grants.js";

export function revokeAllowance(ctx: TxContext, pair: Pair): void {
  deleteGrant(ctx, pair);
  ctx.emit(feegrantEvent("revoke", pair));
}
