import { toTimestamp } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import type { MsgBeginRedelegateResponse } from "../../../proto/gen/cosmos/staking/v1beta1.js";
import { sharesForAmount } from "../delegations.js";
import { redelegated } from "../events.js";
import { checkDenom } from "../messages.js";
import type { BeginRedelegate } from "../messages.js";
import type { StakingPorts } from "../ports.js";
import { redelegate } from "../redelegations.js";

/** @throws Reject staking/3, staking/19, staking/22, sdk/18, and as `redelegate`. */
export function handleBeginRedelegate(
  ctx: TxContext,
  ports: StakingPorts,
  { stake, ...move }: BeginRedelegate,
): MsgBeginRedelegateResponse {
  const { delegator, source: operator } = move;
  const shares = sharesForAmount(ctx, { delegator, operator }, stake.amount);
  checkDenom(stake);
  const completion = redelegate(ctx, ports, { ...move, shares });
  ctx.emit(redelegated(move, stake.amount, completion));
  return { completionTime: toTimestamp(completion) };
}
