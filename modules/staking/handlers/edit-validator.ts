import { fromTimestamp, parseUopen, toTimestamp } from "../../../chain/codec/index.js";
import { SdkError } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import { DEC_ONE, formatDec, parseScaledDec } from "../../../chain/primitives/index.js";
import type { Dec } from "../../../chain/primitives/index.js";
import type {
  Commission,
  MsgEditValidatorResponse,
  Validator,
} from "../../../proto/gen/cosmos/staking/v1beta1.js";
import { StakingError } from "../errors.js";
import { validatorEdited } from "../events.js";
import type { EditValidator } from "../messages.js";
import { tell } from "../ports.js";
import type { StakingPorts } from "../ports.js";
import { checkNewRate } from "../rules/commission.js";
import { editDescription } from "../rules/description.js";
import { getValidator, putValidator, writing } from "../validators.js";

function checkRate(ctx: TxContext, rate: Dec): void {
  if (rate > DEC_ONE || rate < 0n)
    throw SdkError.InvalidRequest("commission rate must be between 0 and 1 (inclusive)");
  const least = parseScaledDec(writing(ctx).params.getOrFail().minCommissionRate);
  if (rate < least) {
    throw SdkError.InvalidRequest(
      `commission rate cannot be less than the min commission rate ${formatDec(least)}`,
    );
  }
}

function withRate(ctx: TxContext, { commissionRates, updateTime }: Commission, rate: Dec): Commission {
  const rates = {
    rate: parseScaledDec(commissionRates.rate),
    maxRate: parseScaledDec(commissionRates.maxRate),
    maxChangeRate: parseScaledDec(commissionRates.maxChangeRate),
  };
  checkNewRate(rates, rate, { now: ctx.block.time, changed: fromTimestamp(updateTime) });
  return {
    commissionRates: { ...commissionRates, rate: rate.toString() },
    updateTime: toTimestamp(ctx.block.time),
  };
}

function checkMinimum(validator: Validator, minimum: bigint): void {
  if (minimum <= BigInt(validator.minSelfDelegation)) throw StakingError.MinSelfDelegationDecreased();
  if (minimum > parseUopen(validator.tokens)) throw StakingError.SelfDelegationBelowMinimum();
}

/** As gogoproto prints the message: the event's attribute in the SDK. */
function printed({ commissionRates, updateTime }: Commission): string {
  const { rate, maxRate, maxChangeRate } = commissionRates;
  const { seconds, nanos } = updateTime;
  const time = [seconds === 0n ? "" : `seconds:${seconds} `, nanos === 0 ? "" : `nanos:${nanos} `].join("");
  return `commission_rates:<rate:"${rate}" max_rate:"${maxRate}" max_change_rate:"${maxChangeRate}" > update_time:<${time}> `;
}

/** What a validator says of itself, what it keeps of rewards, and what it promises to stake. @throws Reject sdk/18, staking/3, 9, 11, 12, 15, 16, 17. */
export function handleEditValidator(
  ctx: TxContext,
  ports: StakingPorts,
  message: EditValidator,
): MsgEditValidatorResponse {
  const { operator, rate, minSelfDelegation } = message;
  if (rate !== undefined) checkRate(ctx, rate);
  const before = getValidator(ctx, operator);
  const description = editDescription(before.description, message.description);
  const commission = rate === undefined ? before.commission : withRate(ctx, before.commission, rate);
  if (rate !== undefined) tell(ports, (l) => l.beforeValidatorModified?.(ctx, operator));
  if (minSelfDelegation !== undefined) checkMinimum(before, minSelfDelegation);
  const minimum = minSelfDelegation?.toString() ?? before.minSelfDelegation;
  putValidator(ctx, operator, { ...before, description, commission, minSelfDelegation: minimum });
  ctx.emit(validatorEdited(printed(commission), minimum));
  return {};
}
