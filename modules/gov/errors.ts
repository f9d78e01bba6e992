import { Reject, defineErrors } from "../../chain/primitives/index.js";

/** Codespace "gov": numbers and texts are the SDK's (x/gov/types/errors.go). Append only. */
export const GovError = defineErrors("gov", {
  InactiveProposal: { code: 3, text: "inactive proposal" },
  AlreadyActiveProposal: { code: 4, text: "proposal already active" },
  InvalidContent: { code: 5, text: "invalid proposal content" },
  InvalidType: { code: 6, text: "invalid proposal type" },
  InvalidVote: { code: 7, text: "invalid vote option" },
  InvalidGenesis: { code: 8, text: "invalid genesis state" },
  NoHandler: { code: 9, text: "no handler exists for proposal type" },
  UnroutableMessage: { code: 10, text: "proposal message not recognized by router" },
  NoMessages: { code: 11, text: "no messages proposed" },
  InvalidMessage: { code: 12, text: "invalid proposal message" },
  InvalidSigner: { code: 13, text: "expected gov account as only signer for proposal message" },
  MetadataTooLong: { code: 15, text: "metadata too long" },
  DepositTooSmall: { code: 16, text: "minimum deposit is too small" },
  InvalidProposer: { code: 18, text: "invalid proposer" },
  VotingPeriodEnded: { code: 20, text: "voting period already ended" },
  InvalidProposal: { code: 21, text: "invalid proposal" },
  SummaryTooLong: { code: 22, text: "summary too long" },
  InvalidDepositDenom: { code: 23, text: "invalid deposit denom" },
  /** Ours: so many accounts hold deposits of one proposal that no further one may join them. */
  TooManyDepositors: { code: 100, text: "too many depositors" },
});

/** What the SDK's collections answer for a key that is not there. */
export function notFound(key: string, type: string): Reject {
  return new Reject("collections", 1, `collections: not found: key '${key}' of type github.com/cosmos/gogoproto/${type}`);
}

/** A proposal that does not exist, where a message names it. */
export function noProposal(id: bigint): Reject {
  return notFound(id.toString(), "cosmos.gov.v1.Proposal");
}
