import type { Event } from "../../chain/abci/index.js";
import { toHex } from "../../chain/primitives/index.js";
import type { Contribution, Datanet, DatasetVersion } from "../../proto/gen/openledger/datanet/v1.js";

type Rows = readonly (readonly [key: string, value: string])[];

function event(type: string, rows: Rows): Event {
  return { type, attributes: rows.map(([key, value]) => ({ key, value, index: true })) };
}

const ids = (c: Contribution): Rows => [
  ["datanet_id", c.datanetId.toString()],
  ["contribution_id", c.id.toString()],
  ["contributor", c.contributor],
];

export function datanetCreated(datanet: Datanet): Event {
  return event("create_datanet", [
    ["datanet_id", datanet.id.toString()],
    ["owner", datanet.owner],
    ["deposit", datanet.deposit],
  ]);
}

export function datanetPublished(datanet: Datanet): Event {
  return event("publish_datanet", [
    ["datanet_id", datanet.id.toString()],
    ["owner", datanet.owner],
  ]);
}

export function contributionCommitted(c: Contribution): Event {
  return event("commit_contribution", [
    ...ids(c),
    ["commitment", toHex(c.commitment)],
    ["bond", c.bond],
    ...(c.sponsor === "" ? [] : [["sponsor", c.sponsor] as const]),
    ["reveal_deadline", c.revealDeadline.toString()],
  ]);
}

export function contributorSponsored(sponsor: string, contributor: string, bonds: number): Event {
  return event("sponsor_contributor", [
    ["sponsor", sponsor],
    ["contributor", contributor],
    ["bonds", bonds.toString()],
  ]);
}

export function contributionRevealed(c: Contribution, taskId: bigint): Event {
  return event("reveal_contribution", [
    ...ids(c),
    ["blob_cid", c.blobCid],
    ["rows", c.rowCount.toString()],
    ["task_id", taskId.toString()],
  ]);
}

export function contributionAccepted(c: Contribution): Event {
  return event("accept_contribution", [
    ...ids(c),
    ["rows", c.rowCount.toString()],
    ["duplicate_rows", c.duplicateRows.toString()],
  ]);
}

/** The bond went to the community pool. */
export function contributionRejected(c: Contribution, forfeited: string): Event {
  return event("reject_contribution", [...ids(c), ["forfeited", forfeited]]);
}

/** The validators reached no verdict; it may be revealed again. */
export function contributionReturned(c: Contribution): Event {
  return event("return_contribution", [...ids(c), ["reveal_deadline", c.revealDeadline.toString()]]);
}

export function contributionExpired(c: Contribution, bond: { readonly forfeited: string; readonly returned: string }): Event {
  return event("expire_contribution", [...ids(c), ["forfeited", bond.forfeited], ["returned", bond.returned]]);
}

export function versionCreated(v: DatasetVersion): Event {
  return event("create_version", [
    ["datanet_id", v.datanetId.toString()],
    ["version", v.version.toString()],
    ["root", toHex(v.root)],
    ["contributions", v.contributions.toString()],
    ["rows", v.rows.toString()],
  ]);
}
