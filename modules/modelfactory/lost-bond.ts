import type { Context } from "../../chain/kernel/context.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type { ModelFactoryPorts } from "./ports.js";
import { splitLostBond } from "./rules/lost-bond.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** Pays the bond of whoever lost out of escrow. Returns what the winner got. */
export function payLostBond(ctx: Context, ports: ModelFactoryPorts, bond: Uopen, winner: Address): Uopen {
  const { params } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const split = splitLostBond(bond, params.getOrFail());
  if (split.winner > 0n) ports.token.fromModule(ctx, MODELFACTORY_STORE, winner, split.winner);
  if (split.community > 0n) ports.communityPool.fund(ctx, MODELFACTORY_STORE, split.community);
  return split.winner;
}
