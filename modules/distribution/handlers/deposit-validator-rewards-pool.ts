import type { TxContext } from "../../../chain/kernel/index.js";
import { decFromInt } from "../../../chain/primitives/index.js";
import type { MsgDepositValidatorRewardsPoolResponse } from "../../../proto/gen/cosmos/distribution/v1beta1.js";
import { creditValidator } from "../allocate.js";
import { AbsentStake } from "../errors.js";
import type { DepositValidatorRewardsPool } from "../messages.js";
import type { DistributionPorts } from "../ports.js";
import { DISTRIBUTION_STORE } from "../state.js";

/** @throws Reject sdk/5 when the depositor has less, staking/3 without such a validator. */
export function depositValidatorRewardsPool(
  ctx: TxContext,
  { token, staking }: DistributionPorts,
  { depositor, operator, amount }: DepositValidatorRewardsPool,
): MsgDepositValidatorRewardsPoolResponse {
  token.toModule(ctx, depositor, DISTRIBUTION_STORE, amount);
  const validator = staking.byOperator(ctx, operator);
  if (validator === undefined) throw AbsentStake.NoValidatorFound();
  creditValidator(ctx, validator, decFromInt(amount));
  return {};
}
