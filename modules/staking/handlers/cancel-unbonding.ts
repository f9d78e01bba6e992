import {
  formatAddress,
  formatOperatorAddress,
  fromTimestamp,
  parseUopen,
} from "../../../chain/codec/index.js";
import { SdkError } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import { Reject, subUopen } from "../../../chain/primitives/index.js";
import type {
  MsgCancelUnbondingDelegationResponse,
  UnbondingDelegationEntry,
} from "../../../proto/gen/cosmos/staking/v1beta1.js";
import { delegate } from "../delegations.js";
import { StakingError } from "../errors.js";
import { unbondingCancelled } from "../events.js";
import { checkWorthAnEntry } from "../leaving.js";
import { checkDenom } from "../messages.js";
import type { CancelUnbonding } from "../messages.js";
import type { StakingPorts } from "../ports.js";
import { isWorthless } from "../rules/shares.js";
import { NOT_BONDED_POOL } from "../state.js";
import { putUnbonding } from "../unbondings.js";
import { getValidator, reading, stakeOf } from "../validators.js";

/** A gRPC status is not registered with the SDK, so a transaction reports it as an error of nobody. */
function noUnbonding({ delegator, operator }: CancelUnbonding): Reject {
  const names = `delegator ${formatAddress(delegator)} not found for validator ${formatOperatorAddress(operator)}`;
  return new Reject("undefined", 1, `rpc error: code = NotFound desc = unbonding delegation with ${names}`);
}

function entryAt(
  ctx: TxContext,
  entries: readonly UnbondingDelegationEntry[],
  { creationHeight, stake }: CancelUnbonding,
) {
  const index = entries.findIndex((e) => e.creationHeight === creationHeight);
  const entry = entries[index];
  if (entry === undefined)
    throw SdkError.NotFound(`unbonding delegation entry is not found at block height ${creationHeight}`);
  if (parseUopen(entry.balance) < stake.amount)
    throw SdkError.InvalidRequest("amount is greater than the unbonding delegation entry balance");
  if (fromTimestamp(entry.completionTime) < ctx.block.time)
    throw SdkError.InvalidRequest("unbonding delegation is already processed");
  return { index, entry };
}

/** What is leaving goes back to its validator. @throws Reject sdk/18, staking/3, staking/34, staking/7, undefined/1, sdk/38. */
export function handleCancelUnbonding(
  ctx: TxContext,
  ports: StakingPorts,
  message: CancelUnbonding,
): MsgCancelUnbondingDelegationResponse {
  const { delegator, operator, stake } = message;
  checkDenom(stake);
  const validator = getValidator(ctx, operator);
  if (isWorthless(stakeOf(validator))) throw StakingError.DelegatorShareExRateInvalid();
  if (validator.jailed) throw StakingError.ValidatorJailed();
  const { entries } = reading(ctx).unbondings.getOrFail([delegator, operator], () => noUnbonding(message));
  const { index, entry } = entryAt(ctx, entries, message);
  const balance = subUopen(parseUopen(entry.balance), stake.amount);
  // Else whoever has much could leave crumbs behind, one entry after the other.
  if (balance > 0n) checkWorthAnEntry(ctx, operator, balance);
  delegate(ctx, ports, { delegator, operator, amount: stake.amount, source: NOT_BONDED_POOL });
  const rest: UnbondingDelegationEntry = {
    ...entry,
    balance: balance.toString(),
    initialBalance: subUopen(parseUopen(entry.initialBalance), stake.amount).toString(),
  };
  putUnbonding(ctx, message, balance === 0n ? entries.toSpliced(index, 1) : entries.with(index, rest));
  ctx.emit(unbondingCancelled(message, stake.amount, message.creationHeight));
  return {};
}
