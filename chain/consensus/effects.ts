import type { BlockId, ExtendedCommit, Proposal, Vote, VoteType } from "../block/types.js";
import type { Address, Height } from "../primitives/index.js";
import type { CoreInput, Timeout } from "./inputs.js";

/** Everything the core can ask of the world, in the order in which it is to be performed. */
export type Effect =
  | SignProposal
  | SignVote
  | Publish
  | RequestValue
  | JudgeValue
  | ScheduleTimeout
  | CancelTimeout
  | Decide
  | CloseHeight
  | ReportEvidence
  | AskPeers
  | Resubmit;

/** Sign and answer `signed-proposal`. The host sets the time. */
export interface SignProposal {
  readonly kind: "sign-proposal";
  readonly proposal: Pick<Proposal, "height" | "round" | "polRound" | "blockId">;
}

/** What we vote, before time, extension and signatures. */
export interface UnsignedVote {
  readonly type: VoteType;
  readonly height: Height;
  readonly round: number;
  /** null votes for nil. */
  readonly blockId: BlockId | null;
  readonly validator: Address;
  readonly index: number;
}

/** Sign and answer `signed-vote`. For a precommit with a blockId the host calls ExtendVote and signs that too. */
export interface SignVote {
  readonly kind: "sign-vote";
  readonly vote: UnsignedVote;
}

export type OwnMessage =
  { readonly kind: "proposal"; readonly proposal: Proposal } | { readonly kind: "vote"; readonly vote: Vote };

/** Flush the WAL, then send to all peers; a proposal is followed by the parts of its block. */
export interface Publish {
  readonly kind: "publish";
  readonly message: OwnMessage;
}

/** L18 getValue(): build a block for this round and answer `value-built`. */
export interface RequestValue {
  readonly kind: "request-value";
  readonly height: Height;
  readonly round: number;
}

/** Collect this block's parts from peers, judge it, and answer `value-judged`. May take for ever. */
export interface JudgeValue {
  readonly kind: "judge-value";
  readonly height: Height;
  readonly round: number;
  readonly blockId: BlockId;
}

/** Answer `timeout-elapsed` once the duration for this kind and round has passed. */
export interface ScheduleTimeout {
  readonly kind: "schedule-timeout";
  readonly timeout: Timeout;
}

/** The timer no longer matters. An elapse that was already on its way is ignored by the core. */
export interface CancelTimeout {
  readonly kind: "cancel-timeout";
  readonly timeout: Timeout;
}

/**
 * L49: the block is final. Store block and commit, then FinalizeBlock and Commit. Must be idempotent: after a crash it is
 * issued again. Once per height.
 */
export interface Decide {
  readonly kind: "decide";
  readonly height: Height;
  readonly round: number;
  readonly blockId: BlockId;
  /** In validator-set order, as known at the moment of decision. */
  readonly commit: ExtendedCommit;
}

/** The commit timeout passed (or sync brought the block): store the fuller commit, then `start-height` of the next. */
export interface CloseHeight {
  readonly kind: "close-height";
  readonly height: Height;
  /** With the precommits that came after the decision: the last commit for the next proposal. */
  readonly commit: ExtendedCommit;
}

/** Two messages of one validator that an honest one never signs both. */
export type Equivocation =
  | { readonly kind: "duplicate-vote"; readonly first: Vote; readonly second: Vote }
  | {
      readonly kind: "duplicate-proposal";
      readonly proposer: Address;
      readonly first: Proposal;
      readonly second: Proposal;
    };

/** Hand to the evidence pool; a duplicate vote becomes DuplicateVoteEvidence, a duplicate proposal is for the log. */
export interface ReportEvidence {
  readonly kind: "report-evidence";
  readonly equivocation: Equivocation;
}

/**
 * We lack what peers probably have, so exchange summaries with them now rather than at the next interval.
 * "polka": the votes of `round` that a proposal rests on. "round": proposal and votes of a round we skipped to.
 */
export interface AskPeers {
  readonly kind: "ask-peers";
  readonly height: Height;
  readonly round: number;
  readonly wants: "polka" | "round";
}

/** Messages that came before their height: feed them as new inputs now, so that this height's WAL holds them. */
export interface Resubmit {
  readonly kind: "resubmit";
  readonly inputs: readonly CoreInput[];
}
