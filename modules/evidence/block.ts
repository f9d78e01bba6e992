import type { Misbehavior } from "../../chain/abci/index.js";
import { currentParams } from "../../chain/kernel/index.js";
import type { BeginContext, Context } from "../../chain/kernel/index.js";
import { toAddress } from "../../chain/primitives/index.js";
import { equivocationOf, hashOf } from "./equivocation.js";
import type { Slashing, Staking } from "./ports.js";
import { EVIDENCE_STORE, evidenceState } from "./state.js";

/** Too old by both measures: as CometBFT counts, and so that stake which may have left since cannot be asked for. */
function isStale(ctx: Context, { height, time }: Misbehavior): boolean {
  const { maxAgeNumBlocks, maxAgeDurationNs } = currentParams(ctx).evidence;
  return ctx.block.time - time > maxAgeDurationNs && ctx.block.height - height > maxAgeNumBlocks;
}

/** Evidence that convicts nobody is passed over: of the unknown, the unbonded, the stale and the tombstoned (the SDK's guards). */
function convict(ctx: Context, staking: Staking, slashing: Slashing, found: Misbehavior): void {
  const consensusAddress = toAddress(found.validator.address);
  const validator = staking.byConsensusAddress(ctx, consensusAddress);
  if (validator === undefined || validator.status === "unbonded" || isStale(ctx, found)) return;
  if (slashing.isTombstoned(ctx, consensusAddress)) return;
  slashing.punishDoubleSign(ctx, { consensusAddress, height: found.height, power: found.validator.power });
  const evidence = equivocationOf(found);
  evidenceState.open(ctx.store(EVIDENCE_STORE)).convictions.set(hashOf(evidence), evidence);
}

/** Judges what the engine proved about validators (x/evidence BeginBlocker). Work: the evidence of one block. */
export function beginBlock(ctx: BeginContext, staking: Staking, slashing: Slashing): void {
  for (const found of ctx.misbehavior) convict(ctx, staking, slashing, found);
}
