import { parseAddress } from "../../chain/codec/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { utf8 } from "../../chain/primitives/index.js";
import {
  Access,
  Modality,
  MsgCommitContribution,
  MsgCreateDatanet,
  MsgCreateVersion,
  MsgPublishDatanet,
  MsgRevealContribution,
  MsgSponsorContributor,
} from "../../proto/gen/openledger/datanet/v1.js";
import { contributionCommitment } from "./rules/commitment.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

/** One message of a simulation, as a transaction would carry it. */
export interface SimulatedMessage {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const cidOf = (n: number): string => `b${"afkrei".padEnd(57, "a")}${BASE32.charAt(n)}`;
const oneOf = (draw: Draw, accounts: readonly string[]): string => accounts[draw(accounts.length)] ?? "";
const message = <M>(codec: { readonly typeName: string; encode(m: M): Uint8Array }, value: M): SimulatedMessage => ({
  typeUrl: `/${codec.typeName}`,
  value: codec.encode(value),
});

/** Commit and reveal of one account agree on blob and salt by the account alone, so that a later reveal can fit. */
function opening(contributor: string, datanetId: bigint) {
  const account = parseAddress(contributor);
  return { contributor: account, datanetId, blobCid: cidOf((account[0] ?? 0) % 32), salt: sha256(account) };
}

const create: Factory = (draw, accounts) =>
  message(
    MsgCreateDatanet,
    MsgCreateDatanet.create({
      owner: oneOf(draw, accounts),
      name: `datanet ${draw(1_000)}`,
      modality: Modality.MODALITY_TEXT,
      license: { spdx: "CC0-1.0", commercialUse: draw(2) === 0, derivatives: draw(8) > 0, expiresAt: 0n },
      access: Access.ACCESS_OPEN,
    }),
  );

const publish: Factory = (draw, accounts) =>
  message(MsgPublishDatanet, { owner: oneOf(draw, accounts), datanetId: BigInt(1 + draw(3)) });

const commit: Factory = (draw, accounts) => {
  const contributor = oneOf(draw, accounts);
  const datanetId = BigInt(1 + draw(3));
  const sponsor = draw(3) === 0 ? oneOf(draw, accounts) : "";
  return message(MsgCommitContribution, { contributor, datanetId, commitment: contributionCommitment(opening(contributor, datanetId)), sponsor });
};

const sponsor: Factory = (draw, accounts) => {
  const at = draw(accounts.length);
  const other = at + 1 + draw(Math.max(1, accounts.length - 1));
  const contributor = accounts[other % accounts.length] ?? "";
  return message(MsgSponsorContributor, { sponsor: accounts[at] ?? "", contributor, bonds: draw(4) });
};

const reveal: Factory = (draw, accounts) => {
  const contributor = oneOf(draw, accounts);
  const { blobCid, salt } = opening(contributor, 1n);
  const rows = Array.from({ length: 1 + draw(4) }, () => `row ${draw(12)}`).map((row) => ({ hash: sha256(utf8(row)), bytes: row.length }));
  return message(MsgRevealContribution, { contributor, contributionId: BigInt(1 + draw(12)), blobCid, salt, rows });
};

const version: Factory = (draw, accounts) =>
  message(MsgCreateVersion, { owner: oneOf(draw, accounts), datanetId: BigInt(1 + draw(3)) });

/** One factory per message. */
export const factories: readonly Factory[] = [create, publish, commit, reveal, version, sponsor];
