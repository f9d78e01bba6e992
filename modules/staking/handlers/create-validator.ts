import { formatOperatorAddress, toTimestamp } from "../../../chain/codec/index.js";
import { ed25519Address } from "../../../chain/crypto/index.js";
import { ED25519_URL } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import { formatDec, parseScaledDec } from "../../../chain/primitives/index.js";
import { PubKey } from "../../../proto/gen/cosmos/crypto/ed25519.js";
import { BondStatus, Validator } from "../../../proto/gen/cosmos/staking/v1beta1.js";
import type { MsgCreateValidatorResponse } from "../../../proto/gen/cosmos/staking/v1beta1.js";
import { delegate } from "../delegations.js";
import { StakingError } from "../errors.js";
import { validatorCreated } from "../events.js";
import { checkDenom } from "../messages.js";
import type { CreateValidator } from "../messages.js";
import { tell } from "../ports.js";
import type { StakingPorts } from "../ports.js";
import { findByConsensus, putValidator, writing } from "../validators.js";

function checkNew(ctx: TxContext, { operator, publicKey, rates, value }: CreateValidator): void {
  const { params, validators } = writing(ctx);
  const least = parseScaledDec(params.getOrFail().minCommissionRate);
  if (rates.rate < least) {
    throw StakingError.CommissionLTMinRate(
      `cannot set validator commission to less than minimum rate of ${formatDec(least)}`,
    );
  }
  if (validators.has(operator)) throw StakingError.ValidatorOwnerExists();
  if (findByConsensus(ctx, ed25519Address(publicKey)) !== undefined)
    throw StakingError.ValidatorPubKeyExists();
  checkDenom(value);
}

/** Without stake and out of the set; both come by delegation. */
function newValidator(ctx: TxContext, message: CreateValidator): Validator {
  const { operator, publicKey, description, rates, minSelfDelegation } = message;
  const commissionRates = {
    rate: rates.rate.toString(),
    maxRate: rates.maxRate.toString(),
    maxChangeRate: rates.maxChangeRate.toString(),
  };
  return Validator.create({
    operatorAddress: formatOperatorAddress(operator),
    consensusPubkey: { typeUrl: ED25519_URL, value: PubKey.encode({ key: publicKey }) },
    status: BondStatus.BOND_STATUS_UNBONDED,
    tokens: "0",
    delegatorShares: "0",
    description,
    unbondingTime: { seconds: 0n, nanos: 0 },
    commission: { commissionRates, updateTime: toTimestamp(ctx.block.time) },
    minSelfDelegation: minSelfDelegation.toString(),
  });
}

/** A validator with its operator's stake; it enters the set at the end of the block, when it is strong enough. @throws Reject staking/40, 4, 5, sdk/18, sdk/5. */
export function handleCreateValidator(
  ctx: TxContext,
  ports: StakingPorts,
  message: CreateValidator,
): MsgCreateValidatorResponse {
  const { operator, publicKey, value } = message;
  checkNew(ctx, message);
  putValidator(ctx, operator, newValidator(ctx, message));
  writing(ctx).byConsensus.set(ed25519Address(publicKey), operator);
  tell(ports, (l) => l.afterValidatorCreated?.(ctx, operator));
  delegate(ctx, ports, { delegator: operator, operator, amount: value.amount, source: "account" });
  ctx.emit(validatorCreated(operator, value.amount));
  return {};
}
