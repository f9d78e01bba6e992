import { toTimestamp } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import type { MsgUndelegateResponse } from "../../../proto/gen/cosmos/staking/v1beta1.js";
import { sharesForAmount } from "../delegations.js";
import { unbonded } from "../events.js";
import { checkDenom } from "../messages.js";
import type { Undelegate } from "../messages.js";
import type { StakingPorts } from "../ports.js";
import { undelegate } from "../unbondings.js";

/** @throws Reject staking/3, staking/19, staking/22, sdk/18, staking/27. */
export function handleUndelegate(
  ctx: TxContext,
  ports: StakingPorts,
  { stake, ...who }: Undelegate,
): MsgUndelegateResponse {
  const shares = sharesForAmount(ctx, who, stake.amount);
  checkDenom(stake);
  const { completion, amount } = undelegate(ctx, ports, { ...who, shares });
  ctx.emit(unbonded(who, amount, completion));
  return {
    completionTime: toTimestamp(completion),
    amount: { denom: stake.denom, amount: amount.toString() },
  };
}
