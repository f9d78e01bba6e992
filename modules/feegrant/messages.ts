import type { MsgGrantAllowance, MsgPruneAllowances, MsgRevokeAllowance } from "../../proto/gen/cosmos/feegrant/v1beta1.js";
import { parseAddress } from "../../chain/codec/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import { equalBytes } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { allowanceFromAny } from "./allowance-wire.js";
import type { Pair } from "./events.js";
import type { Allowance } from "./rules/allowance.js";

export interface GrantAllowance extends Pair {
  readonly allowance: Allowance;
}

export interface PruneAllowances {
  readonly pruner: Address;
}

function parsePair(wire: { readonly granter: string; readonly grantee: string }, ifSame: string): Pair {
  const pair = { granter: parseAddress(wire.granter), grantee: parseAddress(wire.grantee) };
  if (equalBytes(pair.granter, pair.grantee)) throw SdkError.InvalidAddress(ifSame);
  return pair;
}

/** @throws Reject sdk/7 on an address or when both are the same; what the allowance's own parser throws. */
export function parseGrantAllowance(wire: MsgGrantAllowance): GrantAllowance {
  const pair = parsePair(wire, "cannot self-grant fee authorization");
  return { ...pair, allowance: allowanceFromAny(wire.allowance) };
}

/** @throws Reject sdk/7. */
export function parseRevokeAllowance(wire: MsgRevokeAllowance): Pair {
  return parsePair(wire, "addresses must be different");
}

/** @throws Reject sdk/7. */
export function parsePruneAllowances(wire: MsgPruneAllowances): PruneAllowances {
  return { pruner: parseAddress(wire.pruner) };
}
