import type { TxContext } from "../../../chain/kernel/index.js";
import { UOPEN } from "../../../chain/primitives/index.js";
import type { MsgWithdrawDelegatorRewardResponse } from "../../../proto/gen/cosmos/distribution/v1beta1.js";
import { beginDelegation, findStake, settleDelegation } from "../delegations.js";
import type { WithdrawDelegatorReward } from "../messages.js";
import type { DistributionPorts } from "../ports.js";

/**
 * The delegation is settled and counts anew from now. Zero is answered as "0uopen", as the SDK does here.
 *
 * @throws Reject staking/3, staking/19, distribution/5.
 */
export function withdrawDelegatorReward(
  ctx: TxContext,
  ports: DistributionPorts,
  msg: WithdrawDelegatorReward,
): MsgWithdrawDelegatorRewardResponse {
  const stake = findStake(ports, ctx, msg);
  const paid = settleDelegation(ctx, ports, stake);
  beginDelegation(ctx, stake);
  return { amount: [{ denom: UOPEN, amount: paid.toString() }] };
}
