import { changeParams, checkAuthority, currentParams, event } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import type { MsgUpdateParamsResponse } from "../../../proto/gen/cosmos/consensus/v1.js";
import type { UpdateParams } from "../messages.js";

/** Governance changes the engine's limits, from the next block on. @throws Reject gov/13, comet/4, comet/14. */
export function updateParams(ctx: TxContext, { authority, text, apply }: UpdateParams): MsgUpdateParamsResponse {
  checkAuthority(authority);
  changeParams(ctx, apply(currentParams(ctx)));
  ctx.emit(event("update_consensus_params", { authority, parameters: text }));
  return {};
}
