import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `datanet`. Append-only. */
export const DatanetError = defineErrors("datanet", {
  /** A name, summary, description or tag is missing, too long or has control characters. */
  InvalidText: { code: 2, text: "invalid text" },
  /** The licence, modality, access rule or allow-list does not make sense. */
  InvalidTerms: { code: 3, text: "invalid terms" },
  DatanetNotFound: { code: 4, text: "datanet not found" },
  NotOwner: { code: 5, text: "account does not own the datanet" },
  NotDraft: { code: 6, text: "datanet is not a draft" },
  NotPublished: { code: 7, text: "datanet is not published" },
  /** The access rule keeps this account out. */
  NotAllowed: { code: 8, text: "account may not contribute to the datanet" },
  InvalidCommitment: { code: 9, text: "commitment must have 32 bytes" },
  CommitmentExists: { code: 10, text: "commitment is already on chain" },
  ContributionNotFound: { code: 11, text: "contribution not found" },
  NotContributor: { code: 12, text: "account did not commit the contribution" },
  /** It was revealed, accepted, rejected or expired before. */
  NotCommitted: { code: 13, text: "contribution does not wait to be revealed" },
  RevealTooLate: { code: 14, text: "reveal period is over" },
  CommitmentMismatch: { code: 15, text: "reveal does not match the commitment" },
  /** The blob id is not a CIDv1 in base32, or the salt has the wrong size. */
  InvalidBlob: { code: 16, text: "invalid blob" },
  /** No rows, or more than the params allow. */
  InvalidRowCount: { code: 17, text: "invalid number of rows" },
  OversizeRow: { code: 18, text: "row is too long" },
  OversizeBlob: { code: 19, text: "blob is too long" },
  /** A row digest without 32 bytes, or an empty row. */
  InvalidRow: { code: 20, text: "invalid row" },
  NothingToVersion: { code: 21, text: "no newly accepted contribution" },
  VersionFull: { code: 22, text: "version would hold too many contributions" },
  VersionNotFound: { code: 23, text: "dataset version not found" },
  InvalidParams: { code: 24, text: "invalid datanet params" },
  InvalidGenesis: { code: 25, text: "invalid datanet genesis" },
  /** The sponsor that a commit names stands for no (further) bond of this contributor. */
  NotSponsored: { code: 26, text: "no sponsor for another bond" },
});
