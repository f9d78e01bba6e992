import type { TxContext } from "../../../chain/kernel/index.js";
import type { MsgSetWithdrawAddressResponse } from "../../../proto/gen/cosmos/distribution/v1beta1.js";
import { checkMayRedirect } from "../delegations.js";
import { withdrawAddressSet } from "../events.js";
import type { SetWithdrawAddress } from "../messages.js";
import type { DistributionPorts } from "../ports.js";
import { DISTRIBUTION_STORE, distributionState } from "../state.js";

/** @throws Reject sdk/4, distribution/8. */
export function setWithdrawAddress(
  ctx: TxContext,
  ports: DistributionPorts,
  msg: SetWithdrawAddress,
): MsgSetWithdrawAddressResponse {
  checkMayRedirect(ctx, ports, msg.withdraw);
  ctx.emit(withdrawAddressSet(msg.withdraw.address));
  distributionState.open(ctx.store(DISTRIBUTION_STORE)).withdrawAddresses.set(msg.delegator, msg.withdraw.address);
  return {};
}
