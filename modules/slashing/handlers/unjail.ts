import { fromTimestamp } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import { truncateInt } from "../../../chain/primitives/index.js";
import type { MsgUnjailResponse } from "../../../proto/gen/cosmos/slashing/v1beta1.js";
import { SlashingError } from "../errors.js";
import { unjailed } from "../events.js";
import type { Unjail } from "../messages.js";
import type { Stake, Staking } from "../ports.js";
import { SLASHING_STORE, slashingState } from "../state.js";

/** The operator has enough of its own at stake. @throws Reject slashing/6, slashing/7. */
function checkSelfDelegation(ctx: TxContext, staking: Staking, stake: Stake): void {
  const shares = staking.delegation(ctx, stake.operator, stake.operator);
  if (shares === undefined) throw SlashingError.MissingSelfDelegation();
  const own = truncateInt(staking.tokensFromShares(stake, shares));
  if (own < stake.minSelfDelegation) throw SlashingError.SelfDelegationTooLow(`${own} less than ${stake.minSelfDelegation}`);
}

/** Its time is over by every account: the sentence of a module, downtime, a tombstone. @throws Reject slashing/4. */
function checkServed(ctx: TxContext, stake: Stake): void {
  const { infos, sentences } = slashingState.read(ctx.store(SLASHING_STORE));
  // Without a record it never validated, and was jailed for what its operator took out of its own stake.
  const info = infos.get(stake.consensusAddress);
  if (info?.tombstoned === true) throw SlashingError.ValidatorJailed();
  if (info !== undefined && ctx.block.time < fromTimestamp(info.jailedUntil)) throw SlashingError.ValidatorJailed();
  const until = sentences.get(stake.operator);
  if (until !== undefined && ctx.block.height < until) throw SlashingError.ValidatorJailed(`until height ${until}`);
}

/** The operator asks, once its time is served (x/slashing Unjail). @throws Reject slashing/2, 6, 7, 5, 4, in this order. */
export function unjail(ctx: TxContext, staking: Staking, msg: Unjail): MsgUnjailResponse {
  const stake = staking.byOperator(ctx, msg.operator);
  if (stake === undefined) throw SlashingError.NoValidatorForAddress();
  checkSelfDelegation(ctx, staking, stake);
  if (!stake.isJailed) throw SlashingError.ValidatorNotJailed();
  checkServed(ctx, stake);
  slashingState.open(ctx.store(SLASHING_STORE)).sentences.delete(msg.operator);
  staking.setJailed(ctx, msg.operator, false);
  ctx.emit(unjailed(msg.operator));
  return {};
}
