import { formatAddress, parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import type { Address } from "../../chain/primitives/index.js";
import type { Contribution } from "../../proto/gen/openledger/datanet/v1.js";
import { DatanetError } from "./errors.js";
import type { DatanetPorts } from "./ports.js";
import { DATANET_STORE, datanetState } from "./state.js";

/** Who is behind a contribution's bond: its contributor, or a sponsor who said so (ADR 0148). */

type Backed = Pick<Contribution, "contributor" | "sponsor">;

function keyOf({ contributor, sponsor }: Backed): readonly [Address, Address] {
  return [parseAddress(contributor), parseAddress(sponsor)];
}

/** One bond more is at stake. @throws Reject datanet/26 when the sponsor stands for no further one. */
function useSponsorship(ctx: Context, backed: Backed): void {
  const { sponsorships } = datanetState.open(ctx.store(DATANET_STORE));
  const key = keyOf(backed);
  const found = sponsorships.get(key);
  if (found === undefined || found.inUse >= found.bonds) {
    throw DatanetError.NotSponsored(`${backed.sponsor} stands for ${found?.bonds ?? 0} bonds, ${found?.inUse ?? 0} in use`);
  }
  sponsorships.set(key, { ...found, inUse: found.inUse + 1 });
}

/** One bond less is at stake; one that was lost is not stood for again. */
function endSponsorship(ctx: Context, backed: Backed, isLost: boolean): void {
  const { sponsorships } = datanetState.open(ctx.store(DATANET_STORE));
  const key = keyOf(backed);
  const found = sponsorships.getOrFail(key);
  const bonds = isLost && found.bonds > 0 ? found.bonds - 1 : found.bonds;
  const inUse = found.inUse - 1;
  if (bonds === 0 && inUse === 0) sponsorships.delete(key);
  else sponsorships.set(key, { ...found, bonds, inUse });
}

/** Takes the bond of a new contribution from who is behind it. @throws Reject datanet/26, sdk/5. */
export function takeBond(ctx: Context, { token }: DatanetPorts, backed: Backed, bond: string): void {
  if (backed.sponsor !== "") useSponsorship(ctx, backed);
  token.toModule(ctx, parseAddress(backed.sponsor || backed.contributor), DATANET_STORE, parseUopen(bond));
}

/** Gives it back to whom it came from. */
export function returnBond(ctx: Context, { token }: DatanetPorts, contribution: Contribution): void {
  const { sponsor, contributor, bond } = contribution;
  if (sponsor !== "") endSponsorship(ctx, contribution, false);
  token.fromModule(ctx, DATANET_STORE, parseAddress(sponsor || contributor), parseUopen(bond));
}

/** Gives it to the community. */
export function forfeitBond(ctx: Context, { communityPool }: DatanetPorts, contribution: Contribution): void {
  if (contribution.sponsor !== "") endSponsorship(ctx, contribution, true);
  communityPool.fund(ctx, DATANET_STORE, parseUopen(contribution.bond));
}

/** How many bonds a sponsor stands for at the same time, from now on; those at stake stay so. */
export function setSponsorship(ctx: Context, sponsor: Address, contributor: Address, bonds: number): void {
  const { sponsorships } = datanetState.open(ctx.store(DATANET_STORE));
  const inUse = sponsorships.get([contributor, sponsor])?.inUse ?? 0;
  if (bonds === 0 && inUse === 0) return sponsorships.delete([contributor, sponsor]);
  const named = { sponsor: formatAddress(sponsor), contributor: formatAddress(contributor) };
  sponsorships.set([contributor, sponsor], { ...named, bonds, inUse });
}
