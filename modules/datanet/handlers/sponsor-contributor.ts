import { formatAddress } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import type { MsgSponsorContributorResponse } from "../../../proto/gen/openledger/datanet/v1.js";
import { setSponsorship } from "../bonds.js";
import { contributorSponsored } from "../events.js";
import type { SponsorContributor } from "../messages.js";

/** Nothing moves yet: each bond leaves the sponsor when the contributor commits. */
export function sponsorContributor(ctx: TxContext, { sponsor, contributor, bonds }: SponsorContributor): MsgSponsorContributorResponse {
  setSponsorship(ctx, sponsor, contributor, bonds);
  ctx.emit(contributorSponsored(formatAddress(sponsor), formatAddress(contributor), bonds));
  return {};
}
