import type { ValidatorUpdate } from "../../chain/abci/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { STAKING_STORE, stakingState } from "./state.js";
import { viewOf } from "./validator.js";

/**
 * What the engine has to know: the new power of each validator that changed since it was last told, zero for one that
 * leaves. It acts two blocks later. Work: validators that changed.
 */
export function endBlock(ctx: Context): ValidatorUpdate[] {
  const { changed, told, validators } = stakingState.open(ctx.store(STAKING_STORE));
  const updates: ValidatorUpdate[] = [];
  for (const operator of changed.keys()) {
    changed.delete(operator);
    const { publicKey, power } = viewOf(validators.getOrFail(operator));
    if ((told.get(operator) ?? 0n) === power) continue;
    if (power === 0n) told.delete(operator);
    else told.set(operator, power);
    updates.push({ publicKey, power });
  }
  return updates;
}
