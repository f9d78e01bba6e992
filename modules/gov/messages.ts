import type {
  MsgCancelProposal,
  MsgDeposit,
  MsgExecLegacyContent,
  MsgSubmitProposal,
  MsgVote,
  MsgVoteWeighted,
  WeightedVoteOption,
} from "../../proto/gen/cosmos/gov/v1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { parseAddress } from "../../chain/codec/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import { utf8 } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import { parseContent } from "./contents.js";
import type { Content } from "./contents.js";
import { GovError } from "./errors.js";
import { parseDeposit } from "./rules/deposit.js";
import { statedIn } from "./rules/metadata.js";
import { parseWeights, single } from "./rules/weights.js";

/** Bytes of metadata and of a title; a summary may have forty times as many (the SDK's figures). */
const MAX_METADATA_BYTES = 255;
const MAX_SUMMARY_BYTES = 40 * MAX_METADATA_BYTES;
/** Messages in one proposal at most. */
const MAX_MESSAGES = 256;

export interface Submission {
  readonly proposer: Address;
  readonly messages: readonly Any[];
  readonly deposit: Uopen;
  readonly metadata: string;
  readonly title: string;
  readonly summary: string;
  readonly isExpedited: boolean;
}

function checkMetadataLength(metadata: string): void {
  const { length } = utf8(metadata);
  if (length > MAX_METADATA_BYTES) throw GovError.MetadataTooLong(`got metadata with length ${length}`);
}

/** Metadata in the recommended form must say what the proposal says. */
function checkStated({ metadata, title, summary }: Submission): void {
  if (metadata === "") return;
  const stated = statedIn(metadata);
  if (stated === undefined) return;
  if (stated.title !== title)
    throw GovError.InvalidContent(`metadata title '${stated.title}' must equal proposal title '${title}'`);
  if (stated.summary !== summary)
    throw GovError.InvalidContent(`metadata summary '${stated.summary}' must equal proposal summary '${summary}'`);
}

/** @throws Reject sdk/18, sdk/7, sdk/10, gov/5, 11, 15, 22 or 23. */
export function checkSubmission(submission: Submission): Submission {
  const { title, summary, messages, metadata } = submission;
  if (title === "") throw SdkError.InvalidRequest("proposal title cannot be empty");
  if (summary === "") throw SdkError.InvalidRequest("proposal summary cannot be empty");
  if (messages.length === 0 && metadata === "")
    throw GovError.NoMessages("either metadata or Msgs length must be non-nil");
  if (messages.length > MAX_MESSAGES) throw SdkError.InvalidRequest(`more than ${MAX_MESSAGES} messages`);
  checkMetadataLength(metadata);
  checkStated(submission);
  const summaryBytes = utf8(summary).length;
  if (summaryBytes > MAX_SUMMARY_BYTES) throw GovError.SummaryTooLong(`got summary with length ${summaryBytes}`);
  checkMetadataLength(title);
  return submission;
}

export function parseSubmitProposal(wire: MsgSubmitProposal): Submission {
  return checkSubmission({
    proposer: parseAddress(wire.proposer),
    messages: wire.messages,
    deposit: parseDeposit(wire.initialDeposit),
    metadata: wire.metadata,
    title: wire.title,
    summary: wire.summary,
    isExpedited: wire.expedited,
  });
}

export interface Deposit {
  readonly proposalId: bigint;
  readonly depositor: Address;
  readonly amount: Uopen;
}

/** @throws Reject sdk/7, sdk/10 or gov/23. */
export function parseDepositMessage(wire: Pick<MsgDeposit, "proposalId" | "depositor" | "amount">): Deposit {
  const amount = parseDeposit(wire.amount);
  if (amount === 0n) throw SdkError.InvalidCoins("");
  return { proposalId: wire.proposalId, depositor: parseAddress(wire.depositor), amount };
}

export interface Vote {
  readonly proposalId: bigint;
  readonly voter: Address;
  /** As they were sent, with weights that sum to one. */
  readonly options: readonly WeightedVoteOption[];
  readonly metadata: string;
}

/** @throws Reject sdk/7 or gov/7. */
export function parseVote({ proposalId, voter, option, metadata }: MsgVote): Vote {
  checkMetadataLength(metadata);
  return { proposalId, voter: parseAddress(voter), options: single(option), metadata };
}

/** @throws Reject sdk/7, sdk/18 or gov/7. */
export function parseVoteWeighted({ proposalId, voter, options, metadata }: MsgVoteWeighted): Vote {
  const address = parseAddress(voter);
  parseWeights(options);
  checkMetadataLength(metadata);
  return { proposalId, voter: address, options, metadata };
}

export interface Cancel {
  readonly proposalId: bigint;
  readonly proposer: Address;
}

export function parseCancelProposal({ proposalId, proposer }: MsgCancelProposal): Cancel {
  return { proposalId, proposer: parseAddress(proposer) };
}

export interface ExecContent {
  readonly authority: Address;
  readonly content: Content;
}

/** @throws Reject sdk/7, sdk/2 or gov/5. */
export function parseExecLegacyContent({ authority, content }: MsgExecLegacyContent): ExecContent {
  return { authority: parseAddress(authority), content: parseContent(content) };
}
