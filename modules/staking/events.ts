import type { Event } from "../../chain/abci/index.js";
import { formatAddress, formatOperatorAddress, formatTimestamp } from "../../chain/codec/index.js";
import { event, formatUopen } from "../../chain/kernel/index.js";
import { UOPEN, formatDec, splitTime } from "../../chain/primitives/index.js";
import type { Address, Dec, TimeNs, Uopen } from "../../chain/primitives/index.js";
import type { Pair } from "./delegations.js";
import type { Move } from "./redelegations.js";

/** The SDK's events of x/staking, attribute for attribute. */

/** A single coin is written out even when it is nothing; a list of coins is empty then. */
function coin(amount: Uopen): string {
  return `${amount}${UOPEN}`;
}

/** Whole seconds, as Go's RFC 3339. */
function seconds(time: TimeNs): string {
  return formatTimestamp({ seconds: splitTime(time).seconds, nanos: 0 });
}

export function validatorCreated(operator: Address, amount: Uopen): Event {
  return event("create_validator", { validator: formatOperatorAddress(operator), amount: coin(amount) });
}

/** `commission` as Go prints the message. */
export function validatorEdited(commission: string, minSelfDelegation: string): Event {
  return event("edit_validator", { commission_rate: commission, min_self_delegation: minSelfDelegation });
}

export function delegated({ delegator, operator }: Pair, amount: Uopen, shares: Dec): Event {
  return event("delegate", {
    validator: formatOperatorAddress(operator),
    delegator: formatAddress(delegator),
    amount: coin(amount),
    new_shares: formatDec(shares),
  });
}

export function unbonded({ delegator, operator }: Pair, amount: Uopen, completion: TimeNs): Event {
  return event("unbond", {
    validator: formatOperatorAddress(operator),
    delegator: formatAddress(delegator),
    amount: coin(amount),
    completion_time: seconds(completion),
  });
}

export function redelegated({ source, destination }: Move, amount: Uopen, completion: TimeNs): Event {
  return event("redelegate", {
    source_validator: formatOperatorAddress(source),
    destination_validator: formatOperatorAddress(destination),
    amount: coin(amount),
    completion_time: seconds(completion),
  });
}

export function unbondingCancelled({ delegator, operator }: Pair, amount: Uopen, height: bigint): Event {
  return event("cancel_unbonding_delegation", {
    amount: coin(amount),
    validator: formatOperatorAddress(operator),
    delegator: formatAddress(delegator),
    creation_height: height.toString(),
  });
}

export function unbondingCompleted({ delegator, operator }: Pair, amount: Uopen): Event {
  return event("complete_unbonding", {
    amount: formatUopen(amount),
    validator: formatOperatorAddress(operator),
    delegator: formatAddress(delegator),
  });
}

export function redelegationCompleted({ delegator, source, destination }: Move, amount: Uopen): Event {
  return event("complete_redelegation", {
    amount: formatUopen(amount),
    delegator: formatAddress(delegator),
    source_validator: formatOperatorAddress(source),
    destination_validator: formatOperatorAddress(destination),
  });
}
