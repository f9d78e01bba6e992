import { toCoins } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import { DEC_ZERO, decFromInt, minDec, subDec, truncateUopen } from "../../../chain/primitives/index.js";
import type { MsgWithdrawValidatorCommissionResponse } from "../../../proto/gen/cosmos/distribution/v1beta1.js";
import { parseDecCoins, toDecCoins } from "../dec-coins.js";
import { withdrawAddressOf } from "../delegations.js";
import { DistributionError } from "../errors.js";
import { commissionWithdrawn } from "../events.js";
import type { WithdrawValidatorCommission } from "../messages.js";
import type { DistributionPorts } from "../ports.js";
import { DISTRIBUTION_STORE, distributionState } from "../state.js";

/**
 * Whole uopen are paid; the fraction stays for the next time. Never more than is outstanding, from which delegators may have
 * taken last places too many.
 *
 * @throws Reject distribution/7.
 */
export function withdrawValidatorCommission(
  ctx: TxContext,
  ports: DistributionPorts,
  { operator }: WithdrawValidatorCommission,
): MsgWithdrawValidatorCommissionResponse {
  const { commissions, outstanding } = distributionState.open(ctx.store(DISTRIBUTION_STORE));
  const found = commissions.get(operator);
  const commission = found === undefined ? DEC_ZERO : parseDecCoins(found.commission);
  if (commission === 0n) throw DistributionError.NoValidatorCommission();

  const owed = parseDecCoins(outstanding.getOrFail(operator).rewards);
  const paid = truncateUopen(minDec(commission, owed));
  commissions.set(operator, { commission: toDecCoins(subDec(commission, decFromInt(paid))) });
  outstanding.set(operator, { rewards: toDecCoins(subDec(owed, decFromInt(paid))) });
  if (paid > 0n) ports.token.fromModule(ctx, DISTRIBUTION_STORE, withdrawAddressOf(ctx, operator), paid);
  ctx.emit(commissionWithdrawn(paid));
  return { amount: toCoins(paid) };
}
