import type { Context } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { jailRefused, jailedForDoubleSign, slashedForDoubleSign } from "./events.js";
import { leaveSet, slashFault } from "./leave.js";
import { rulesOf } from "./params.js";
import type { Staking } from "./ports.js";
import { newSigningInfo } from "./signing-info.js";
import { SLASHING_STORE, slashingState } from "./state.js";

/** Two signatures for one place, proven. */
export interface DoubleSign {
  readonly consensusAddress: Address;
  /** At which it signed twice. */
  readonly height: bigint;
  /** That it had there. */
  readonly power: bigint;
}

/** 9999-12-31T23:59:59Z, the end of time of a Timestamp: what the SDK calls for ever. */
const FOR_EVER = { seconds: 253_402_300_799n, nanos: 0 } as const;

/**
 * Slashed, out of the set, never back (x/evidence handleEquivocationEvidence). The last validator is slashed and tombstoned all
 * the same, and leaves as soon as there is another (ADR 0124). One that staking has forgotten is left alone.
 */
export function punishDoubleSign(ctx: Context, staking: Staking, { consensusAddress, height, power }: DoubleSign): void {
  const stake = staking.byConsensusAddress(ctx, consensusAddress);
  if (stake === undefined) return;
  const { infos, params } = slashingState.open(ctx.store(SLASHING_STORE));
  const fraction = rulesOf(params.getOrFail()).doubleSignFraction;
  const taken = slashFault(ctx, staking, stake, { height, power, fraction });
  ctx.emit(slashedForDoubleSign({ consensus: consensusAddress, power, taken }));
  if (!stake.isJailed) {
    const left = leaveSet(ctx, staking, stake);
    ctx.emit(left ? jailedForDoubleSign(consensusAddress) : jailRefused(stake.operator));
  }
  const info = infos.get(consensusAddress) ?? newSigningInfo(consensusAddress, ctx.block.height);
  infos.set(consensusAddress, { ...info, jailedUntil: FOR_EVER, tombstoned: true });
}
