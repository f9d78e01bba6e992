import type { Event } from "../../chain/abci/index.js";
import { formatConsensusAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { event } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";

/** Stake was taken for a lie of an attester; `amount` in uopen. */
export function slashed(operator: Address, amount: bigint): Event {
  return event("slash", { address: formatOperatorAddress(operator), burned_coins: "0", amount: amount.toString() });
}

export function jailed(operator: Address, until: bigint): Event {
  return event("jail", { jailed: formatOperatorAddress(operator), until_height: until.toString() });
}

/** Too much power would have been gone, or all of it. */
export function jailRefused(operator: Address): Event {
  return event("jail_refused", { validator: formatOperatorAddress(operator) });
}

export function unjailed(operator: Address): Event {
  return event("unjail", { validator: formatOperatorAddress(operator) });
}

/** A block without the validator's signature. `missed` of the window's blocks are missing by now. */
export function absent(consensus: Address, missed: bigint, height: bigint): Event {
  return event("liveness", {
    address: formatConsensusAddress(consensus),
    missed_blocks: missed.toString(),
    height: height.toString(),
  });
}

/** What a validator lost for a fault of consensus. */
export interface Punishment {
  readonly consensus: Address;
  /** That it had when it was at fault. */
  readonly power: bigint;
  /** uopen. The SDK's attribute says burned; here the coins go to the community pool. */
  readonly taken: bigint;
}

/** Slashed for being absent too often, and in jail unless nobody else would be left. */
export function slashedForDowntime({ consensus, power, taken }: Punishment, isJailed: boolean): Event {
  const address = formatConsensusAddress(consensus);
  return event("slash", {
    address,
    power: power.toString(),
    reason: "missing_signature",
    ...(isJailed ? { jailed: address } : {}),
    burned_coins: taken.toString(),
  });
}

/** Slashed for signing two blocks of one height. */
export function slashedForDoubleSign({ consensus, power, taken }: Punishment): Event {
  return event("slash", {
    address: formatConsensusAddress(consensus),
    power: power.toString(),
    reason: "double_sign",
    burned_coins: taken.toString(),
  });
}

/** Out of the validator set after a double sign; the SDK names this event as the other. */
export function jailedForDoubleSign(consensus: Address): Event {
  return event("slash", { jailed: formatConsensusAddress(consensus) });
}
