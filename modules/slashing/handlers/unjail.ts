import type { TxContext } from "../../../chain/kernel/index.js";
import type { MsgUnjailResponse } from "../../../proto/gen/cosmos/slashing/v1beta1.js";
import { SlashingError } from "../errors.js";
import { unjailed } from "../events.js";
import type { Unjail } from "../messages.js";
import type { Staking } from "../ports.js";
import { SLASHING_STORE, slashingState } from "../state.js";

/** The operator asks, once its sentence is served. @throws Reject slashing/2, slashing/4, slashing/5. */
export function unjail(ctx: TxContext, staking: Staking, msg: Unjail): MsgUnjailResponse {
  const { sentences } = slashingState.open(ctx.store(SLASHING_STORE));
  const stake = staking.byOperator(ctx, msg.operator);
  if (stake === undefined) throw SlashingError.NoValidatorForAddress();
  if (!stake.isJailed) throw SlashingError.ValidatorNotJailed();
  const until = sentences.get(msg.operator);
  if (until !== undefined && ctx.block.height < until) throw SlashingError.ValidatorJailed(`until height ${until}`);
  sentences.delete(msg.operator);
  staking.setJailed(ctx, msg.operator, false);
  ctx.emit(unjailed(msg.operator));
  return {};
}
