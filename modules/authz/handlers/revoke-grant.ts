import type { TxContext } from "../../../chain/kernel/index.js";
import { revoked } from "../events.js";
import { deleteGrant } from "../grants.js";
import type { GrantKey } from "../state.js";

export function revokeGrant(ctx: TxContext, key: GrantKey): void {
  deleteGrant(ctx, key);
  ctx.emit(revoked(key));
}
