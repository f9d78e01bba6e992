import { defineErrors } from "../primitives/index.js";

/**
 * Refusals of what peers, files and the application hand to consensus. Codespace `comet`: these never reach a
 * transaction result, but gossip verdicts and tests match on the numbers, so they are append-only too.
 */
export const CometError = defineErrors("comet", {
  /** Bytes that are not the one canonical encoding of their message. */
  MalformedBytes: { code: 2, text: "malformed encoding" },
  /** A size, count or length above its bound. */
  LimitExceeded: { code: 3, text: "limit exceeded" },
  /** A number outside the range its field allows. */
  OutOfRange: { code: 4, text: "number out of range" },
  /** A hash that is neither empty nor 32 bytes, or empty where it must not be. */
  InvalidHash: { code: 5, text: "invalid hash length" },
  /** A BlockID that is neither zero nor complete, or the wrong one of the two. */
  InvalidBlockId: { code: 6, text: "invalid block id" },
  InvalidHeader: { code: 7, text: "invalid header" },
  InvalidVote: { code: 8, text: "invalid vote" },
  InvalidProposal: { code: 9, text: "invalid proposal" },
  InvalidCommit: { code: 10, text: "invalid commit" },
  /** A part that does not belong to its part set: index, size or proof. */
  InvalidPart: { code: 11, text: "invalid block part" },
  InvalidEvidence: { code: 12, text: "invalid evidence" },
  /** Validators that cannot form a set: none, duplicates, a wrong address, an unknown proposer. */
  InvalidValidators: { code: 13, text: "invalid validator set" },
  InvalidParams: { code: 14, text: "invalid consensus parameters" },
  /** A block whose header does not commit to its content. */
  InvalidBlock: { code: 15, text: "invalid block" },
  WrongSignature: { code: 16, text: "wrong signature" },
  /** Valid signatures, but not of enough voting power. */
  InsufficientPower: { code: 17, text: "not enough voting power signed" },
  /** A signature under another validator's position, or of nobody in the set. */
  ValidatorMismatch: { code: 18, text: "validator mismatch" },
  /** A light client's header that does not follow from what is trusted. */
  UntrustedHeader: { code: 19, text: "header cannot be trusted" },
});
