import type { Context } from "../../chain/kernel/index.js";
import { takeShare, toUopen } from "../../chain/primitives/index.js";
import type { Address, Height, Ppm, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { punishDoubleSign } from "./double-sign.js";
import type { DoubleSign } from "./double-sign.js";
import { jailRefused, jailed, slashed } from "./events.js";
import type { Stake, Staking } from "./ports.js";
import { mayLeave } from "./rules/may-leave.js";
import { SLASHING_STORE, slashingState } from "./state.js";

/** What other modules may ask for when a validator is proven wrong. `validator`: consensus address. */
export interface SlashingService {
  /** Takes a share of the stake, rounded down, to `toModule`'s account; returns how much. Nothing from the forgotten. */
  slash(ctx: Context, validator: Address, share: Ppm, toModule: string): Uopen;
  /**
   * Out of the validator set until it asks to return, at `until` or later. A second sentence lengthens the first.
   * False when too much power would be gone (rules/may-leave.ts): the validator then stays, and the caller may ask again.
   */
  jail(ctx: Context, validator: Address, until: Height): boolean;
  /** Convicted of a double sign: it never validates again. */
  isTombstoned(stores: ReadStores, validator: Address): boolean;
  /** Slashes, jails for ever and tombstones. Whether the proof holds is the caller's to check. */
  punishDoubleSign(ctx: Context, fault: DoubleSign): void;
}

/** Staked power of those whose sentence is not over. Sentences are few: one ends with its validator's return. */
function servingPower(ctx: Context, staking: Staking): bigint {
  let sum = 0n;
  for (const [operator, until] of slashingState.open(ctx.store(SLASHING_STORE)).sentences.entries()) {
    const stake = until > ctx.block.height ? staking.byOperator(ctx, operator) : undefined;
    if (stake?.isJailed === true) sum += stake.stakedPower;
  }
  return sum;
}

/** Reads the set and the sentences, not all validators that anybody ever made: block hooks come here. */
function hasRoom(ctx: Context, staking: Staking, stake: Stake): boolean {
  const active = staking.members(ctx).reduce((sum, { power }) => sum + power, 0n);
  return mayLeave({ leaving: stake.power, active, serving: servingPower(ctx, staking) });
}

export function createSlashingService(staking: Staking): SlashingService {
  return {
    slash(ctx, validator, share, toModule) {
      const stake = staking.byConsensusAddress(ctx, validator);
      if (stake === undefined) return toUopen(0n);
      const taken = staking.takeStake(ctx, stake.operator, { amount: takeShare(stake.tokens, share), toModule });
      ctx.emit(slashed(stake.operator, taken));
      return taken;
    },
    jail(ctx, validator, until) {
      const stake = staking.byConsensusAddress(ctx, validator);
      if (stake === undefined) return false;
      const { sentences } = slashingState.open(ctx.store(SLASHING_STORE));
      if (!stake.isJailed && !hasRoom(ctx, staking, stake)) {
        ctx.emit(jailRefused(stake.operator));
        return false;
      }
      const before = sentences.get(stake.operator);
      sentences.set(stake.operator, before !== undefined && before > until ? before : until);
      if (!stake.isJailed) staking.setJailed(ctx, stake.operator, true);
      ctx.emit(jailed(stake.operator, until));
      return true;
    },
    isTombstoned: (stores, validator) =>
      slashingState.read(stores.store(SLASHING_STORE)).infos.get(validator)?.tombstoned === true,
    punishDoubleSign: (ctx, fault) => punishDoubleSign(ctx, staking, fault),
  };
}
