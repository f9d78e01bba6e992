import type { Event } from "../../chain/abci/index.js";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { event, formatUopen } from "../../chain/kernel/index.js";
import { UOPEN } from "../../chain/primitives/index.js";
import type { Address, Dec, Uopen } from "../../chain/primitives/index.js";
import { formatDecCoins } from "./dec-coins.js";

/** Types, attributes and their order are the SDK's. */

/** A validator's own part of an allocation. */
export function commissionEarned(operator: Address, amount: Dec): Event {
  return event("commission", { amount: formatDecCoins(amount), validator: formatOperatorAddress(operator) });
}

/** The whole of an allocation to a validator, its commission inside. */
export function rewardsEarned(operator: Address, amount: Dec): Event {
  return event("rewards", { amount: formatDecCoins(amount), validator: formatOperatorAddress(operator) });
}

/** Zero is written out, as the SDK does here. */
export function rewardsWithdrawn(delegator: Address, operator: Address, amount: Uopen): Event {
  return event("withdraw_rewards", {
    amount: amount === 0n ? `0${UOPEN}` : formatUopen(amount),
    validator: formatOperatorAddress(operator),
    delegator: formatAddress(delegator),
  });
}

export function commissionWithdrawn(amount: Uopen): Event {
  return event("withdraw_commission", { amount: formatUopen(amount) });
}

export function withdrawAddressSet(withdraw: Address): Event {
  return event("set_withdraw_address", { withdraw_address: formatAddress(withdraw) });
}
