import type { TxContext } from "../../../chain/kernel/index.js";
import type { MsgCancelUpgradeResponse } from "../../../proto/gen/cosmos/upgrade/v1beta1.js";
import { checkUpgradeAuthority } from "../messages.js";
import type { CancelUpgrade } from "../messages.js";
import { UPGRADE_STORE, upgradeState } from "../state.js";

/** Forgets the plan; without one nothing changes. @throws Reject upgrade/6. */
export function cancelUpgrade(ctx: TxContext, { authority }: CancelUpgrade): MsgCancelUpgradeResponse {
  checkUpgradeAuthority(authority);
  upgradeState.open(ctx.store(UPGRADE_STORE)).plan.delete();
  return {};
}
