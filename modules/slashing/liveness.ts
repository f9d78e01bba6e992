import { toTimestamp } from "../../chain/codec/index.js";
import type { BeginContext, Context } from "../../chain/kernel/index.js";
import { Fault, toAddress, toHex } from "../../chain/primitives/index.js";
import type { Address, TimeNs } from "../../chain/primitives/index.js";
import type { ValidatorSigningInfo } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { absent, jailRefused, jailedForDoubleSign, slashedForDowntime } from "./events.js";
import { leaveSet, slashFault } from "./leave.js";
import { clearMissed, isMissed, setMissed } from "./missed-blocks.js";
import { rulesOf } from "./params.js";
import type { Rules } from "./params.js";
import type { Stake, Staking } from "./ports.js";
import { newSigningInfo } from "./signing-info.js";
import { SLASHING_STORE, slashingState } from "./state.js";

/** A place in the last commit, of a validator that is not in jail. */
interface Duty {
  readonly validator: Address;
  /** Power of the height whose commit this is. */
  readonly power: bigint;
  readonly isAbsent: boolean;
}

/** The window moves on by one block: one bit of it may flip, and the counter with it. */
function moveWindow(ctx: Context, info: ValidatorSigningInfo, duty: Duty, window: bigint): ValidatorSigningInfo {
  const { validator, isAbsent } = duty;
  const index = info.indexOffset % window;
  const wasMissed = isMissed(ctx, validator, index);
  if (wasMissed !== isAbsent) setMissed(ctx, validator, index, isAbsent);
  const change = BigInt(isAbsent) - BigInt(wasMissed);
  return { ...info, indexOffset: info.indexOffset + 1n, missedBlocksCounter: info.missedBlocksCounter + change };
}

/** Whoever is in a commit and not forgotten has a stake. */
function stakeOf(ctx: Context, staking: Staking, { validator }: Duty): Stake {
  const stake = staking.byConsensusAddress(ctx, validator);
  if (stake === undefined) throw new Fault("a validator without a stake", { validator: toHex(validator) });
  return stake;
}

/** Slash and jail; what was missed is forgotten, so that the validator is not punished again the block it returns. */
function punish(ctx: Context, staking: Staking, duty: Duty, rules: Rules): Partial<ValidatorSigningInfo> {
  const { validator: consensus, power } = duty;
  const stake = stakeOf(ctx, staking, duty);
  // The commit is that of the height before, and CometBFT's updates act one more height later.
  const fault = { height: ctx.block.height - 1n, power, fraction: rules.downtimeFraction };
  const taken = slashFault(ctx, staking, stake, fault);
  const isJailed = leaveSet(ctx, staking, stake);
  ctx.emit(slashedForDowntime({ consensus, power, taken }, isJailed));
  if (!isJailed) ctx.emit(jailRefused(stake.operator));
  clearMissed(ctx, consensus);
  const reset = { missedBlocksCounter: 0n, indexOffset: 0n };
  return isJailed ? { ...reset, jailedUntil: toTimestamp((ctx.block.time + rules.jailNs) as TimeNs) } : reset;
}

function countSignature(ctx: Context, staking: Staking, duty: Duty, rules: Rules): void {
  const { infos } = slashingState.open(ctx.store(SLASHING_STORE));
  const { validator } = duty;
  const before = infos.get(validator) ?? newSigningInfo(validator, ctx.block.height);
  if (before.tombstoned) {
    // It was the last validator when it was convicted, and leaves when there is another.
    if (leaveSet(ctx, staking, stakeOf(ctx, staking, duty))) ctx.emit(jailedForDoubleSign(validator));
    return;
  }
  const info = moveWindow(ctx, before, duty, rules.window);
  const missed = info.missedBlocksCounter;
  if (duty.isAbsent) ctx.emit(absent(validator, missed, ctx.block.height));
  const isDown = ctx.block.height > info.startHeight + rules.window && missed > rules.maxMissed;
  infos.set(validator, isDown ? { ...info, ...punish(ctx, staking, duty, rules) } : info);
}

/**
 * Counts who signed the block before (x/slashing BeginBlocker). Whoever misses more than the window allows is slashed and jailed.
 * Validators in jail have nothing to sign; those that staking has forgotten are passed over. Work: the validators of a commit.
 */
export function countSignatures(ctx: BeginContext, staking: Staking): void {
  const rules = rulesOf(slashingState.read(ctx.store(SLASHING_STORE)).params.getOrFail());
  for (const { validator, flag } of ctx.lastCommit.votes) {
    if (staking.isJailed(ctx, validator.address) !== false) continue;
    const duty = { validator: toAddress(validator.address), power: validator.power, isAbsent: flag === "absent" };
    countSignature(ctx, staking, duty, rules);
  }
}
