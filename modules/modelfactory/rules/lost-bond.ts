import { subUopen, takeShare, toPpm } from "../../../chain/primitives/index.js";
import type { Uopen } from "../../../chain/primitives/index.js";

/** Where the bond of whoever lost a dispute goes; the two parts sum to the bond. */
export interface LostBond {
  readonly winner: Uopen;
  readonly community: Uopen;
}

/**
 * The winner's share is rounded down; the community pool owns what remains. It is never nothing: a trainer who is caught could
 * otherwise lose to a second account of its own first, and have its bond back.
 */
export function splitLostBond(bond: Uopen, { winnerSharePpm }: { readonly winnerSharePpm: number }): LostBond {
  const winner = takeShare(bond, toPpm(BigInt(winnerSharePpm)));
  return { winner, community: subUopen(bond, winner) };
}
