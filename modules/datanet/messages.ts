import { parseAddress } from "../../chain/codec/index.js";
import { equalBytes, toHash32, utf8 } from "../../chain/primitives/index.js";
import type { Address, Hash32 } from "../../chain/primitives/index.js";
import { Access, Modality } from "../../proto/gen/openledger/datanet/v1.js";
import type {
  License,
  MsgCommitContribution,
  MsgCreateDatanet,
  MsgCreateVersion,
  MsgPublishDatanet,
  MsgRevealContribution,
  MsgSponsorContributor,
  RowDigest,
} from "../../proto/gen/openledger/datanet/v1.js";
import { DatanetError } from "./errors.js";
import { SALT_BYTES } from "./rules/commitment.js";

/** Domain messages, and wire to domain with every check that needs no state. */

/** Bytes of UTF-8 at most; what a wallet still shows. */
export const TEXT_BOUNDS = { name: 64, summary: 280, description: 4_096, tag: 32, tags: 16, allowList: 256 } as const;

/** Bonds of one contributor that one sponsor may stand for at the same time. */
export const MAX_SPONSORED = 10_000;

export interface CreateDatanet {
  readonly owner: Address;
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly modality: number;
  readonly license: License;
  readonly access: number;
  /** Bech32 accounts, each valid, none twice. */
  readonly allowList: readonly string[];
}

export interface OwnerAction {
  readonly owner: Address;
  readonly datanetId: bigint;
}

export interface CommitContribution {
  readonly contributor: Address;
  readonly datanetId: bigint;
  readonly commitment: Hash32;
  /** Who pays the bond instead of the contributor. */
  readonly sponsor: Address | undefined;
}

export interface SponsorContributor {
  readonly sponsor: Address;
  readonly contributor: Address;
  readonly bonds: number;
}

export interface RevealContribution {
  readonly contributor: Address;
  readonly contributionId: bigint;
  readonly blobCid: string;
  readonly salt: Uint8Array;
  readonly rows: readonly RowDigest[];
}

/** CIDv1 with a SHA-256 digest in lower-case base32: 36 bytes, 59 characters. */
const CID = /^b[a-z2-7]{58}$/;
const SPDX = /^[A-Za-z0-9.+-]{1,64}$/;
const MAX_EXPIRY = 253_402_300_799n;

/** Line ends are allowed where `lines` is set; other control characters never. */
function checkText(field: string, text: string, rule: { readonly min: number; readonly max: number; readonly lines?: true }): void {
  const length = utf8(text).length;
  if (length < rule.min || length > rule.max) {
    throw DatanetError.InvalidText(`${field} must have ${rule.min} to ${rule.max} bytes, got ${length}`);
  }
  const forbidden = rule.lines === true ? /[^\P{Cc}\n\t]/u : /\p{Cc}/u;
  if (forbidden.test(text)) throw DatanetError.InvalidText(`${field} has control characters`);
}

function checkLicense(license: License): void {
  if (!SPDX.test(license.spdx)) throw DatanetError.InvalidTerms("licence must be an SPDX identifier or custom");
  if (license.expiresAt < 0n || license.expiresAt > MAX_EXPIRY) throw DatanetError.InvalidTerms("licence expiry out of range");
}

function checkAccess(wire: MsgCreateDatanet): void {
  if (wire.modality !== Modality.MODALITY_TEXT) throw DatanetError.InvalidTerms("modality must be text");
  const isListed = wire.access === Access.ACCESS_ALLOW_LIST;
  if (!isListed && wire.access !== Access.ACCESS_OPEN) throw DatanetError.InvalidTerms("unknown access rule");
  if (isListed !== wire.allowList.length > 0) throw DatanetError.InvalidTerms("an allow-list goes with its access rule");
  if (wire.allowList.length > TEXT_BOUNDS.allowList) throw DatanetError.InvalidTerms("allow-list is too long");
  wire.allowList.forEach((account) => parseAddress(account));
  if (new Set(wire.allowList).size !== wire.allowList.length) throw DatanetError.InvalidTerms("account is listed twice");
}

/** @throws Reject datanet/2, datanet/3, sdk/7. */
export function parseCreateDatanet(wire: MsgCreateDatanet): CreateDatanet {
  const owner = parseAddress(wire.owner);
  checkText("name", wire.name, { min: 1, max: TEXT_BOUNDS.name });
  checkText("summary", wire.summary, { min: 0, max: TEXT_BOUNDS.summary });
  checkText("description", wire.description, { min: 0, max: TEXT_BOUNDS.description, lines: true });
  if (wire.tags.length > TEXT_BOUNDS.tags) throw DatanetError.InvalidText("too many tags");
  wire.tags.forEach((tag) => checkText("tag", tag, { min: 1, max: TEXT_BOUNDS.tag }));
  if (new Set(wire.tags).size !== wire.tags.length) throw DatanetError.InvalidText("tag stands twice");
  checkLicense(wire.license);
  checkAccess(wire);
  return { ...wire, owner };
}

/** @throws Reject sdk/7. */
export function parseOwnerAction(wire: MsgPublishDatanet | MsgCreateVersion): OwnerAction {
  return { owner: parseAddress(wire.owner), datanetId: wire.datanetId };
}

/** @throws Reject sdk/7, datanet/9. */
export function parseCommitContribution(wire: MsgCommitContribution): CommitContribution {
  const contributor = parseAddress(wire.contributor);
  if (wire.commitment.length !== 32) throw DatanetError.InvalidCommitment(`got ${wire.commitment.length}`);
  const sponsor = wire.sponsor === "" ? undefined : parseAddress(wire.sponsor);
  return { contributor, datanetId: wire.datanetId, commitment: toHash32(wire.commitment), sponsor };
}

/** @throws Reject sdk/7; datanet/3 on oneself, or too many. */
export function parseSponsorContributor(wire: MsgSponsorContributor): SponsorContributor {
  const [sponsor, contributor] = [parseAddress(wire.sponsor), parseAddress(wire.contributor)];
  if (equalBytes(sponsor, contributor)) throw DatanetError.InvalidTerms("nobody is his own sponsor");
  if (wire.bonds > MAX_SPONSORED) throw DatanetError.InvalidTerms(`at most ${MAX_SPONSORED} bonds, got ${wire.bonds}`);
  return { sponsor, contributor, bonds: wire.bonds };
}

/** @throws Reject sdk/7, datanet/16, datanet/17, datanet/20. */
export function parseRevealContribution(wire: MsgRevealContribution): RevealContribution {
  const contributor = parseAddress(wire.contributor);
  if (!CID.test(wire.blobCid)) throw DatanetError.InvalidBlob("blob id must be a CIDv1 in base32");
  if (wire.salt.length < SALT_BYTES.min || wire.salt.length > SALT_BYTES.max) {
    throw DatanetError.InvalidBlob(`salt must have ${SALT_BYTES.min} to ${SALT_BYTES.max} bytes, got ${wire.salt.length}`);
  }
  if (wire.rows.length === 0) throw DatanetError.InvalidRowCount("no rows");
  wire.rows.forEach(({ hash, bytes }, position) => {
    if (hash.length !== 32 || bytes === 0) throw DatanetError.InvalidRow(`row ${position}`, { position });
  });
  return { ...wire, contributor };
}
