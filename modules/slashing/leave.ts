import type { Context } from "../../chain/kernel/index.js";
import { UOPEN_PER_OPEN, toHeight, toVotingPower } from "../../chain/primitives/index.js";
import type { Dec, Height, Uopen } from "../../chain/primitives/index.js";
import type { Slash, Stake, Staking } from "./ports.js";
import { punishablePower } from "./rules/last-validator.js";

/** Blocks between the height whose stake signs and that of which it is a fault: updates of the set act that much later. */
const UPDATE_DELAY = 1n;

/** The height whose stake stood behind a signature at `height`; stake that left before did not take part. */
export function stakedAt(height: bigint): Height {
  return toHeight(height > UPDATE_DELAY ? height - UPDATE_DELAY : 0n);
}

/**
 * Out of the validator set, unless nobody would be left: a set without validators cannot make the block that brings one back
 * (ADR 0124). False when the validator stays for that reason.
 */
export function leaveSet(ctx: Context, staking: Staking, stake: Stake): boolean {
  if (!staking.hasOther(ctx, stake.operator)) return false;
  staking.setJailed(ctx, stake.operator, true);
  return true;
}

/** Slashes for a fault of consensus; the last validator keeps the one OPEN that its power needs. */
export function slashFault(
  ctx: Context,
  staking: Staking,
  stake: Stake,
  fault: { readonly height: bigint; readonly power: bigint; readonly fraction: Dec },
): Uopen {
  const isLast = !stake.isJailed && !staking.hasOther(ctx, stake.operator);
  const spare = stake.tokens > UOPEN_PER_OPEN ? stake.tokens - UOPEN_PER_OPEN : 0n;
  const slash: Slash = {
    consensusAddress: stake.consensusAddress,
    infractionHeight: stakedAt(fault.height),
    power: toVotingPower(isLast ? punishablePower(fault, spare) : fault.power),
    fraction: fault.fraction,
  };
  return staking.slash(ctx, slash);
}
