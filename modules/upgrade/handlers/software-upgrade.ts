import { SdkError } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import type { MsgSoftwareUpgradeResponse } from "../../../proto/gen/cosmos/upgrade/v1beta1.js";
import { checkUpgradeAuthority } from "../messages.js";
import type { SoftwareUpgrade } from "../messages.js";
import { UPGRADE_STORE, upgradeState } from "../state.js";

/** Schedules a plan in place of any other; this height is not too late, the plan then acts in the next block. @throws Reject upgrade/6, sdk/18. */
export function softwareUpgrade(ctx: TxContext, { authority, plan }: SoftwareUpgrade): MsgSoftwareUpgradeResponse {
  checkUpgradeAuthority(authority);
  const state = upgradeState.open(ctx.store(UPGRADE_STORE));
  if (plan.height < ctx.block.height) throw SdkError.InvalidRequest("upgrade cannot be scheduled in the past");
  if (state.applied.has(plan.name))
    throw SdkError.InvalidRequest(`upgrade with name ${plan.name} has already been completed`);
  state.plan.set(plan);
  return {};
}
