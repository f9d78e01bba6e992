import { message } from "../../../client/messages.js";
import { contributionCommitment } from "../../../modules/datanet/rules/commitment.js";
import { parseAddress } from "../../../chain/codec/index.js";
import { toHex } from "../../../chain/primitives/index.js";
import {
  ContributionStatus,
  MsgCommitContribution,
  MsgRevealContribution,
} from "../../../proto/gen/openledger/datanet/v1.js";
import type { Contribution } from "../../../proto/gen/openledger/datanet/v1.js";
import { CONTRIBUTORS } from "../actors.js";
import type { Actor } from "../actors.js";
import { parcelsOf } from "../corpus.js";
import type { Parcel } from "../corpus.js";
import { FIRST_PAGE, waitInStory } from "../story.js";
import type { Story } from "../story.js";

/** What a contributor brings: its parcels, each with what binds it on chain. */
export interface Offer {
  readonly actor: Actor;
  readonly parcels: readonly (Parcel & { readonly commitment: Uint8Array })[];
}

export async function prepareOffers(story: Story, datanetId: bigint): Promise<Offer[]> {
  return Promise.all(
    CONTRIBUTORS.map(async (role) => {
      const actor = story.actors[role];
      const contributor = parseAddress(actor.address);
      const parcels = await parcelsOf(actor, role, story.options);
      const bound = parcels.map((parcel) => {
        const { cid: blobCid, salt } = parcel;
        return { ...parcel, commitment: contributionCommitment({ contributor, datanetId, blobCid, salt }) };
      });
      return { actor, parcels: bound };
    }),
  );
}

/** What is on chain, by commitment. */
async function contributions(story: Story, datanetId: bigint): Promise<ReadonlyMap<string, Contribution>> {
  const answer = await story.chain.openledger.datanet.contributions({ datanetId, pagination: FIRST_PAGE });
  return new Map(answer.contributions.map((c) => [toHex(c.commitment), c]));
}

/** Every parcel's hash is on chain before anyone has seen a row of it. Returns how many were new. */
export async function commitAll(story: Story, datanetId: bigint, offers: readonly Offer[]): Promise<number> {
  const known = await contributions(story, datanetId);
  let count = 0;
  // One after the other: the order of commits is the order of training, so two runs of the story train alike.
  for (const { actor, parcels } of offers) {
    const fresh = parcels.filter((parcel) => !known.has(toHex(parcel.commitment)));
    if (fresh.length === 0) continue;
    const contributor = actor.address;
    const messages = fresh.map(({ commitment }) => message(MsgCommitContribution, { contributor, datanetId, commitment }));
    await story.chain.send(actor, messages);
    count += fresh.length;
  }
  return count;
}

async function revealOffer(story: Story, known: ReadonlyMap<string, Contribution>, { actor, parcels }: Offer): Promise<number> {
  const hidden = parcels.flatMap((parcel) => {
    const contribution = known.get(toHex(parcel.commitment));
    const isHidden = contribution?.status === ContributionStatus.CONTRIBUTION_STATUS_COMMITTED;
    return isHidden ? [{ parcel, contributionId: contribution.id }] : [];
  });
  if (hidden.length === 0) return 0;
  for (const { parcel } of hidden) await story.chain.upload(parcel.bytes);
  const messages = hidden.map(({ parcel: { cid, salt, digests }, contributionId }) =>
    message(MsgRevealContribution, { contributor: actor.address, contributionId, blobCid: cid, salt, rows: digests }),
  );
  await story.chain.send(actor, messages);
  return hidden.length;
}

/** The commitments are on chain, so the rows may be shown: uploaded to a node, then revealed. */
export async function revealAll(story: Story, datanetId: bigint, offers: readonly Offer[]): Promise<number> {
  const known = await contributions(story, datanetId);
  const counts = await Promise.all(offers.map((offer) => revealOffer(story, known, offer)));
  return counts.reduce((sum, count) => sum + count, 0);
}

function checkNotLost(contribution: Contribution): void {
  const { status, id } = contribution;
  const lost: Readonly<Record<number, string>> = {
    [ContributionStatus.CONTRIBUTION_STATUS_REJECTED]: "was rejected by the validators",
    [ContributionStatus.CONTRIBUTION_STATUS_EXPIRED]: "was not revealed in time",
  };
  const why = lost[status];
  if (why !== undefined) throw new Error(`contribution ${id} ${why}: start over with "npm start -- --reset"`);
}

/** The validators have fetched each blob and found what was promised. Returns the accepted contributions in id order. */
export async function awaitAcceptance(story: Story, datanetId: bigint, offers: readonly Offer[]): Promise<Contribution[]> {
  const wanted = offers.flatMap((offer) => offer.parcels.map((parcel) => toHex(parcel.commitment)));
  return waitInStory(story, "acceptance of the rows by the validators", async () => {
    const known = await contributions(story, datanetId);
    const mine = wanted.flatMap((commitment) => known.get(commitment) ?? []);
    mine.forEach(checkNotLost);
    const accepted = mine.filter((c) => c.status === ContributionStatus.CONTRIBUTION_STATUS_ACCEPTED);
    story.note(`${accepted.length} of ${wanted.length} contributions accepted`);
    return accepted.length === wanted.length ? accepted : undefined;
  });
}
