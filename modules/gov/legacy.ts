import { MsgExecLegacyContent } from "../../proto/gen/cosmos/gov/v1.js";
import type { Params, Proposal, Vote } from "../../proto/gen/cosmos/gov/v1.js";
import type {
  DepositParams,
  MsgSubmitProposal,
  MsgVoteWeighted,
  Proposal as LegacyProposal,
  TallyParams,
  TallyResult,
  Vote as LegacyVote,
  VotingParams,
} from "../../proto/gen/cosmos/gov/v1beta1.js";
import type { Any, Timestamp } from "../../proto/gen/google/protobuf.js";
import { formatAddress, parseAddress, toTimestamp } from "../../chain/codec/index.js";
import { GOV_AUTHORITY, SdkError } from "../../chain/kernel/index.js";
import { ZERO_TIME, formatDec, parseDec, parseScaledDec, utf8 } from "../../chain/primitives/index.js";
import { checkAbstract, parseContent } from "./contents.js";
import { checkSubmission, parseVoteWeighted } from "./messages.js";
import type { Submission, Vote as VoteMessage } from "./messages.js";
import type { TallyText } from "./lookups.js";
import { parseDeposit } from "./rules/deposit.js";

/** Gov v1beta1 in terms of v1: what comes in becomes the new form, what goes out the old one (the SDK's migrations/v3). */

const EXEC_URL = `/${MsgExecLegacyContent.typeName}`;

/** Old content as the one message of a proposal. @throws Reject sdk/2, sdk/7, sdk/10, sdk/18, gov/5, 15, 22 or 23. */
export function parseLegacySubmitProposal({ content, initialDeposit, proposer }: MsgSubmitProposal): Submission {
  const parsed = parseContent(content);
  checkAbstract(parsed);
  const value = MsgExecLegacyContent.encode({ content, authority: formatAddress(GOV_AUTHORITY) });
  return checkSubmission({
    proposer: parseAddress(proposer),
    messages: [{ typeUrl: EXEC_URL, value }],
    deposit: parseDeposit(initialDeposit),
    metadata: "",
    title: parsed.title,
    summary: parsed.description,
    isExpedited: false,
  });
}

/** Weights are scaled integers on the wire of v1beta1, decimal texts in v1. @throws Reject sdk/7, sdk/18 or gov/7. */
export function parseLegacyVoteWeighted({ proposalId, voter, options }: MsgVoteWeighted): VoteMessage {
  const plain = options.map(({ option, weight }) => ({ option, weight: formatDec(parseScaledDec(weight)) }));
  return parseVoteWeighted({ proposalId, voter, options: plain, metadata: "" });
}

const NO_TIME = toTimestamp(ZERO_TIME);
const time = (given: Timestamp | undefined): Timestamp => given ?? NO_TIME;

/** The content of an old proposal, or the message itself: old clients show its type (the SDK does so since its issue 14334). */
function contentOf({ messages }: Proposal): Any | undefined {
  const [message, ...others] = messages;
  if (message === undefined || others.length > 0) return undefined;
  return message.typeUrl === EXEC_URL ? MsgExecLegacyContent.decode(message.value).content : message;
}

/** A proposal that has not exactly one message has no content here; a single one is refused by `toLegacyProposal`. */
export function toListedProposal(proposal: Proposal): LegacyProposal {
  return {
    proposalId: proposal.id,
    content: contentOf(proposal),
    status: proposal.status,
    finalTallyResult: toLegacyTally(proposal.finalTallyResult),
    submitTime: time(proposal.submitTime),
    depositEndTime: time(proposal.depositEndTime),
    totalDeposit: proposal.totalDeposit,
    votingStartTime: time(proposal.votingStartTime),
    votingEndTime: time(proposal.votingEndTime),
  };
}

/** @throws Reject sdk/29 unless the proposal has one message. */
export function toLegacyProposal(proposal: Proposal): LegacyProposal {
  if (proposal.messages.length !== 1)
    throw SdkError.InvalidType(
      "can't convert a gov/v1 Proposal to gov/v1beta1 Proposal when amount of proposal messages not exactly one",
    );
  return toListedProposal(proposal);
}

export function toLegacyVote({ proposalId, voter, options }: Vote): LegacyVote {
  const scaled = options.map(({ option, weight }) => ({ option, weight: parseDec(weight).toString() }));
  return { proposalId, voter, option: 0, options: scaled };
}

export function toLegacyTally(tally: TallyText | undefined): TallyResult {
  const { yesCount = "0", abstainCount = "0", noCount = "0", noWithVetoCount = "0" } = tally ?? {};
  return { yes: yesCount, abstain: abstainCount, no: noCount, noWithVeto: noWithVetoCount };
}

const ZERO_DEC = utf8("0");
const NO_DURATION = { seconds: 0n, nanos: 0 };
const scaled = (text: string): Uint8Array => utf8(parseDec(text).toString());

/** The parameters of one kind; the others are empty, as the SDK leaves them. */
export function toLegacyParams(
  params: Params,
  type: string,
): { depositParams: DepositParams; votingParams: VotingParams; tallyParams: TallyParams } {
  const { minDeposit, maxDepositPeriod, votingPeriod, quorum, threshold, vetoThreshold } = params;
  return {
    depositParams:
      type === "deposit"
        ? { minDeposit, maxDepositPeriod: maxDepositPeriod ?? NO_DURATION }
        : { minDeposit: [], maxDepositPeriod: NO_DURATION },
    votingParams: { votingPeriod: type === "voting" ? (votingPeriod ?? NO_DURATION) : NO_DURATION },
    tallyParams:
      type === "tallying"
        ? { quorum: scaled(quorum), threshold: scaled(threshold), vetoThreshold: scaled(vetoThreshold) }
        : { quorum: ZERO_DEC, threshold: ZERO_DEC, vetoThreshold: ZERO_DEC },
  };
}
