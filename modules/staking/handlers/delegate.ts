import type { TxContext } from "../../../chain/kernel/index.js";
import type { MsgDelegateResponse } from "../../../proto/gen/cosmos/staking/v1beta1.js";
import { delegate } from "../delegations.js";
import { delegated } from "../events.js";
import { checkDenom } from "../messages.js";
import type { Delegate } from "../messages.js";
import type { StakingPorts } from "../ports.js";
import { getValidator } from "../validators.js";

/** @throws Reject staking/3, sdk/18, staking/34, sdk/5. */
export function handleDelegate(
  ctx: TxContext,
  ports: StakingPorts,
  { delegator, operator, stake }: Delegate,
): MsgDelegateResponse {
  getValidator(ctx, operator);
  checkDenom(stake);
  const shares = delegate(ctx, ports, { delegator, operator, amount: stake.amount, source: "account" });
  ctx.emit(delegated({ delegator, operator }, stake.amount, shares));
  return {};
}
