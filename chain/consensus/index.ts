export { createCore, heightOfCore, isProposalWanted, isVoteWanted, step, unanswered } from "./core.js";
export type { Core, StepResult } from "./core.js";
export { EARLY_HEIGHTS } from "./early.js";
export type {
  AskPeers,
  CancelTimeout,
  CloseHeight,
  Decide,
  Effect,
  Equivocation,
  JudgeValue,
  OwnMessage,
  Publish,
  ReportEvidence,
  RequestValue,
  Resubmit,
  ScheduleTimeout,
  SignProposal,
  SignVote,
  UnsignedVote,
} from "./effects.js";
export { MAX_SUMMARY_ROUNDS, valueStatus, voteSummary, votesMissing } from "./gossip.js";
export type { Missing, RoundSummary, ValueStatus, VoteSummary } from "./gossip.js";
export { PROPOSALS_AHEAD } from "./height.js";
export type { HeightState } from "./height.js";
export type { CoreInput, Timeout, TimeoutKind, VoteCertificate } from "./inputs.js";
export { proposerAt } from "./proposer.js";
export { CLAUSES } from "./round.js";
export type { Clause, RoundState, Step } from "./round.js";
export { isSameValue, valueKey } from "./value-key.js";
export type { ValueKey } from "./value-key.js";
export { markVerified } from "./verified.js";
export type { Verified } from "./verified.js";
export { MAX_ROUND } from "./votes.js";
