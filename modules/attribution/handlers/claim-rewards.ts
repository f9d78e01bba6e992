import { formatAddress } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import type { MsgClaimRewardsResponse } from "../../../proto/gen/openledger/attribution/v1.js";
import { AttributionError } from "../errors.js";
import { rewardsClaimed } from "../events.js";
import type { ClaimRewards } from "../messages.js";
import type { AttributionPorts } from "../ports.js";
import { ATTRIBUTION_STORE, attributionState } from "../state.js";

/** Pays everything accrued. @throws Reject attribution/2. */
export function claimRewards(ctx: TxContext, ports: AttributionPorts, msg: ClaimRewards): MsgClaimRewardsResponse {
  const { accrued } = attributionState.open(ctx.store(ATTRIBUTION_STORE));
  const amount = accrued.getOrFail(msg.account, () => AttributionError.NothingToClaim());
  accrued.delete(msg.account);
  ports.token.fromModule(ctx, ATTRIBUTION_STORE, msg.account, amount);
  ctx.emit(rewardsClaimed(formatAddress(msg.account), amount));
  return { amount: amount.toString() };
}
