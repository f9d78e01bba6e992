import type { Event } from "../../chain/abci/index.js";
import { formatOperatorAddress } from "../../chain/codec/index.js";
import type { Address } from "../../chain/primitives/index.js";

type Rows = readonly (readonly [key: string, value: string])[];

function event(type: string, rows: Rows): Event {
  return { type, attributes: rows.map(([key, value]) => ({ key, value, index: true })) };
}

/** Stake was taken; `amount` in uopen. */
export function slashed(operator: Address, amount: bigint): Event {
  return event("slash", [
    ["address", formatOperatorAddress(operator)],
    ["burned_coins", "0"],
    ["amount", amount.toString()],
  ]);
}

export function jailed(operator: Address, until: bigint): Event {
  return event("jail", [
    ["jailed", formatOperatorAddress(operator)],
    ["until_height", until.toString()],
  ]);
}

/** A module asked for it, and too much power would have been gone. */
export function jailRefused(operator: Address): Event {
  return event("jail_refused", [["validator", formatOperatorAddress(operator)]]);
}

export function unjailed(operator: Address): Event {
  return event("unjail", [["validator", formatOperatorAddress(operator)]]);
}
