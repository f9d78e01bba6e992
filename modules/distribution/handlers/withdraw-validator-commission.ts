import { toCoins } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import { DEC_ZERO, decFromInt, subDec, truncateUopen } from "../../../chain/primitives/index.js";
import type { MsgWithdrawValidatorCommissionResponse } from "../../../proto/gen/cosmos/distribution/v1beta1.js";
import { parseDecCoins, toDecCoins } from "../dec-coins.js";
import { withdrawAddressOf } from "../delegations.js";
import { DistributionError } from "../errors.js";
import { commissionWithdrawn } from "../events.js";
import type { WithdrawValidatorCommission } from "../messages.js";
import type { DistributionPorts } from "../ports.js";
import { DISTRIBUTION_STORE, distributionState } from "../state.js";

/** Whole uopen are paid; the fraction stays for the next time. @throws Reject distribution/7. */
export function withdrawValidatorCommission(
  ctx: TxContext,
  ports: DistributionPorts,
  { operator }: WithdrawValidatorCommission,
): MsgWithdrawValidatorCommissionResponse {
  const { commissions, outstanding } = distributionState.open(ctx.store(DISTRIBUTION_STORE));
  const found = commissions.get(operator);
  const commission = found === undefined ? DEC_ZERO : parseDecCoins(found.commission);
  if (commission === 0n) throw DistributionError.NoValidatorCommission();

  const paid = truncateUopen(commission);
  commissions.set(operator, { commission: toDecCoins(subDec(commission, decFromInt(paid))) });
  const left = subDec(parseDecCoins(outstanding.getOrFail(operator).rewards), decFromInt(paid));
  outstanding.set(operator, { rewards: toDecCoins(left) });
  if (paid > 0n) ports.token.fromModule(ctx, DISTRIBUTION_STORE, withdrawAddressOf(ctx, operator), paid);
  ctx.emit(commissionWithdrawn(paid));
  return { amount: toCoins(paid) };
}
