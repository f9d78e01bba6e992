import type { BlockId, ExtendedCommit, Proposal, ValidatorSet, Vote, VoteType } from "../block/types.js";
import type { Address, Height } from "../primitives/index.js";
import type { Verified } from "./verified.js";

/** What a timer is for. Durations belong to the host: a base per kind plus a growth per round (paper: initTimeout, delta). */
export type TimeoutKind = "propose" | "prevote" | "precommit" | "commit";

/** Identifies one timer: at most one of each identity runs at a time. */
export interface Timeout {
  readonly kind: TimeoutKind;
  readonly height: Height;
  readonly round: number;
}

/** Votes of one type and round, all for one value, with more than two thirds of the power: a portable quorum. */
export interface VoteCertificate {
  readonly type: VoteType;
  readonly height: Height;
  readonly round: number;
  /** null certifies a quorum for nil. */
  readonly blockId: BlockId | null;
  /** Each verified; those that do not match the head of the certificate are ignored. */
  readonly votes: readonly Vote[];
}

/**
 * Everything that can move the core. The union is closed, plain data, and complete: the WAL is a list of these, and
 * replaying it is applying them again. An input that does not apply changes nothing and has no effects.
 */
export type CoreInput =
  | StartHeight
  | ReceivedProposal
  | ReceivedVote
  | ReceivedCertificate
  | ValueBuilt
  | ValueJudged
  | SignedProposal
  | SignedVote
  | TimeoutElapsed
  | DecidedBySync;

/** The height above was committed by the application: begin this one at round 0 (L10). Must be above the current height. */
export interface StartHeight {
  readonly kind: "start-height";
  readonly height: Height;
  /** Of this height; its `proposer` proposes round 0. */
  readonly validators: ValidatorSet;
  /** Our validator address; null for a node that only follows. An address outside the set follows too. */
  readonly self: Address | null;
}

/** A proposal signed by the proposer of its round (`proposerAt`). */
export interface ReceivedProposal {
  readonly kind: "proposal";
  readonly proposal: Verified<Proposal>;
}

/** A vote of another validator, or our own coming back from a peer. */
export interface ReceivedVote {
  readonly kind: "vote";
  readonly vote: Verified<Vote>;
}

/** A quorum in one piece. Counts votes that the limit on conflicting votes per validator would refuse one by one. */
export interface ReceivedCertificate {
  readonly kind: "certificate";
  readonly certificate: Verified<VoteCertificate>;
}

/** Answer to `request-value`: the host built a block, judged it itself, and keeps its parts durably. */
export interface ValueBuilt {
  readonly kind: "value-built";
  readonly height: Height;
  readonly round: number;
  readonly blockId: BlockId;
}

/** Answer to `judge-value`: the parts are complete and durable, and header checks and ProcessProposal gave this verdict. */
export interface ValueJudged {
  readonly kind: "value-judged";
  readonly height: Height;
  readonly blockId: BlockId;
  readonly isValid: boolean;
}

/** Answer to `sign-proposal`. A signer that refuses answers nothing: the propose timeout covers for it. */
export interface SignedProposal {
  readonly kind: "signed-proposal";
  readonly proposal: Proposal;
}

/** Answer to `sign-vote`, with time, signature, and for a non-nil precommit the extension and its signature. */
export interface SignedVote {
  readonly kind: "signed-vote";
  readonly vote: Vote;
}

/** A timer set by `schedule-timeout` ran out. */
export interface TimeoutElapsed {
  readonly kind: "timeout-elapsed";
  readonly timeout: Timeout;
}

/** Block sync brought this height's block and a commit that was verified in full; parts are complete and durable. */
export interface DecidedBySync {
  readonly kind: "decided-by-sync";
  readonly commit: Verified<ExtendedCommit>;
}
