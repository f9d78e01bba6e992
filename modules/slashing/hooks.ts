import type { Context } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { startCounting } from "./signing-info.js";
import { SLASHING_STORE, slashingState } from "./state.js";

/** What happens here when validators come and go; the part of staking's hooks that concerns us. */
export interface SlashingHooks {
  afterValidatorBonded(ctx: Context, consensus: Address, operator: Address): void;
  afterValidatorRemoved(ctx: Context, consensus: Address, operator: Address): void;
}

export const slashingHooks: SlashingHooks = {
  afterValidatorBonded: (ctx, consensus) => startCounting(ctx, consensus),
  /** Its record stays: whoever comes back with a tombstoned key is recognised. A sentence is of nobody now. */
  afterValidatorRemoved: (ctx, _consensus, operator) =>
    slashingState.open(ctx.store(SLASHING_STORE)).sentences.delete(operator),
};
