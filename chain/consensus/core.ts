import type { Proposal, Vote } from "../block/types.js";
import { toHeight } from "../primitives/index.js";
import type { Height } from "../primitives/index.js";
import { createExtendedCommit } from "./commit.js";
import { EARLY_HEIGHTS, NO_EARLY, keepEarly, takeEarly } from "./early.js";
import type { EarlyMessages } from "./early.js";
import type { Effect, Equivocation } from "./effects.js";
import {
  PROPOSALS_AHEAD,
  andThen,
  applyInput,
  askForPolka,
  finish,
  settle,
  startHeight,
  turn,
  withVerdict,
} from "./height.js";
import type { HeightState, Turn } from "./height.js";
import type {
  CoreInput,
  DecidedBySync,
  ReceivedCertificate,
  StartHeight,
  Timeout,
  ValueBuilt,
  ValueJudged,
} from "./inputs.js";
import { answered, judgeKey, requestValueKey, signProposalKey, signVoteKey, timeoutKey } from "./pending.js";
import { proposerAt } from "./proposer.js";
import type { Clause } from "./round.js";
import { addCertificate, addVote, tallyOf } from "./votes.js";
import type { Conflict, Counted } from "./votes.js";
import { isSameValue, valueKey } from "./value-key.js";

/**
 * The consensus core: `step(core, input)` is pure, total and synchronous, and a run is `inputs.reduce(step)`. It holds one
 * height at a time; the host's duties (WAL, signer, timers, values) are in README.md.
 */
export interface Core {
  /** null before the first `start-height`. */
  readonly current: HeightState | null;
  readonly early: EarlyMessages;
}

export interface StepResult {
  readonly next: Core;
  readonly effects: readonly Effect[];
  /** Clauses of the paper that were taken, in order: for logs, metrics and the simulator's coverage. */
  readonly clauses: readonly Clause[];
}

export function createCore(): Core {
  return { current: null, early: NO_EARLY };
}

/** One input, one transition. */
export function step(core: Core, input: CoreInput): StepResult {
  if (input.kind === "start-height") return onStartHeight(core, input);
  const { current } = core;
  if (current === null) return { next: core, effects: [], clauses: [] };
  if (
    (input.kind === "vote" && input.vote.height > current.height) ||
    (input.kind === "proposal" && input.proposal.height > current.height)
  ) {
    const early = keepEarly(core.early, current.height, input);
    return { next: early === core.early ? core : { ...core, early }, effects: [], clauses: [] };
  }
  if (heightOf(input) !== current.height || current.isClosed) return { next: core, effects: [], clauses: [] };
  const { next, effects, clauses } = finish(apply(current, input));
  return { next: { ...core, current: next }, effects, clauses };
}

/** After a replay: what was asked and not answered, oldest first. Performing these makes the node whole again. */
export function unanswered(core: Core): readonly Effect[] {
  return core.current === null ? [] : [...core.current.pending.values()];
}

/** Is a proposal of this height and round worth verifying? Bounds the work of `proposerAt` for a peer's round number. */
export function isProposalWanted(core: Core, height: Height, round: number): boolean {
  const s = core.current;
  if (s === null || !Number.isSafeInteger(round) || round < 0) return false;
  if (height > s.height) return height <= s.height + EARLY_HEIGHTS && round <= PROPOSALS_AHEAD;
  return height === s.height && s.round.decision === null && isProposalRound(s, round);
}

/** Is a vote of this height worth verifying? After the decision only precommits of its round are, for the last commit. */
export function isVoteWanted(core: Core, vote: Pick<Vote, "type" | "height" | "round">): boolean {
  const s = core.current;
  if (s === null) return false;
  if (vote.height > s.height) return vote.height <= s.height + EARLY_HEIGHTS;
  return vote.height === s.height && !s.isClosed && isVoteCounted(s, vote);
}

function heightOf(input: Exclude<CoreInput, StartHeight>): Height {
  switch (input.kind) {
    case "proposal":
    case "signed-proposal":
      return input.proposal.height;
    case "vote":
    case "signed-vote":
      return input.vote.height;
    case "certificate":
      return input.certificate.height;
    case "timeout-elapsed":
      return input.timeout.height;
    case "decided-by-sync":
      return input.commit.height;
    case "value-built":
    case "value-judged":
      return input.height;
    default:
      return input satisfies never;
  }
}

function apply(s: HeightState, input: Exclude<CoreInput, StartHeight>): Turn {
  switch (input.kind) {
    case "proposal":
      return onProposal(s, input.proposal);
    case "signed-proposal":
      return onSignedProposal(s, input.proposal);
    case "vote":
      return isVoteCounted(s, input.vote)
        ? onCounted(s, addVote(s.votes, input.vote, s.round.round))
        : turn(s);
    case "signed-vote":
      return onSignedVote(s, input.vote);
    case "certificate":
      return onCertificate(s, input);
    case "value-built":
      return onValueBuilt(s, input);
    case "value-judged":
      return onValueJudged(s, input);
    case "timeout-elapsed":
      return onTimeout(s, input.timeout);
    case "decided-by-sync":
      return onDecidedBySync(s, input);
    default:
      return input satisfies never;
  }
}

function onStartHeight(core: Core, input: StartHeight): StepResult {
  if (core.current !== null && input.height <= core.current.height)
    return { next: core, effects: [], clauses: [] };
  const { early, inputs } = takeEarly(core.early, input.height);
  const started = finish(andThen(startHeight(input.height, input.validators, input.self), settle));
  const resubmit: Effect[] = inputs.length === 0 ? [] : [{ kind: "resubmit", inputs }];
  return {
    next: { current: started.next, early },
    effects: [...started.effects, ...resubmit],
    clauses: started.clauses,
  };
}

function isProposalRound(s: HeightState, round: number): boolean {
  return Number.isSafeInteger(round) && round >= s.round.round && round <= s.round.round + PROPOSALS_AHEAD;
}

function onProposal(s: HeightState, proposal: Proposal): Turn {
  const { round, polRound } = proposal;
  if (s.round.decision !== null || !isProposalRound(s, round)) return turn(s);
  if (!Number.isSafeInteger(polRound) || polRound < -1 || polRound >= round) return turn(s);
  const kept = s.proposals.get(round);
  if (kept !== undefined) return onSecondProposal(s, kept.proposal, proposal);
  const proposals = new Map(s.proposals).set(round, { proposal, isDuplicateReported: false });
  const accepted = turn({ ...s, proposals });
  return round === s.round.round ? andThen(andThen(accepted, askForPolka), settle) : accepted;
}

/** Only the first proposal of a round is prevoted on; a contradicting one is reported once. */
function onSecondProposal(s: HeightState, first: Proposal, second: Proposal): Turn {
  const isSame = isSameValue(first.blockId, second.blockId) && first.polRound === second.polRound;
  if (isSame || s.proposals.get(first.round)?.isDuplicateReported === true) return turn(s);
  const proposals = new Map(s.proposals).set(first.round, { proposal: first, isDuplicateReported: true });
  const proposer = proposerAt(s.validators, first.round).address;
  return turn({ ...s, proposals }, [report({ kind: "duplicate-proposal", proposer, first, second })]);
}

function onSignedProposal(s: HeightState, proposal: Proposal): Turn {
  const next = { ...s, pending: answered(s.pending, signProposalKey(proposal.round)) };
  if (s.round.decision !== null || proposal.round !== s.round.round) return turn(next);
  return andThen(turn(next, [{ kind: "publish", message: { kind: "proposal", proposal } }]), (state) =>
    onProposal(state, proposal),
  );
}

function isVoteCounted(s: HeightState, vote: Pick<Vote, "type" | "round">): boolean {
  const { decision } = s.round;
  return decision === null || (vote.type === "precommit" && vote.round === decision.round);
}

/** A vote that crosses no threshold enables no clause, so the multiplexer need not look. */
function onCounted(s: HeightState, { keeper, crossed, conflicts }: Counted): Turn {
  const counted = turn({ ...s, votes: keeper }, conflicts.map(reportConflict));
  return crossed.length === 0 || s.round.decision !== null ? counted : andThen(counted, settle);
}

function onSignedVote(s: HeightState, vote: Vote): Turn {
  const next = { ...s, pending: answered(s.pending, signVoteKey(vote)) };
  if (!isVoteCounted(s, vote)) return turn(next);
  const published = turn(next, [{ kind: "publish", message: { kind: "vote", vote } }]);
  return andThen(published, (state) => onCounted(state, addVote(state.votes, vote, state.round.round)));
}

function onCertificate(s: HeightState, { certificate }: ReceivedCertificate): Turn {
  if (!isVoteCounted(s, certificate)) return turn(s);
  const votes = certificate.votes.filter((v) => v.height === s.height);
  return onCounted(s, addCertificate(s.votes, certificate, votes));
}

function onValueBuilt(s: HeightState, { round, blockId }: ValueBuilt): Turn {
  const key = requestValueKey(round);
  if (!s.pending.has(key)) return turn(s);
  const next = withVerdict({ ...s, pending: answered(s.pending, key) }, blockId, "valid");
  return andThen(applyInput(next, { kind: "value-built", blockId }), settle);
}

/** The first verdict stands: ProcessProposal is a function of committed state and block. */
function onValueJudged(s: HeightState, { blockId, isValid }: ValueJudged): Turn {
  if ((s.values.get(valueKey(blockId)) ?? "unknown") !== "unknown") return turn(s);
  const next = { ...s, pending: answered(s.pending, judgeKey(blockId)) };
  if (s.round.decision !== null) return turn(next);
  return settle(withVerdict(next, blockId, isValid ? "valid" : "invalid"));
}

function onTimeout(s: HeightState, timeout: Timeout): Turn {
  const key = timeoutKey(timeout);
  if (!s.pending.has(key)) return turn(s);
  const next = { ...s, pending: answered(s.pending, key) };
  if (timeout.kind === "commit") return closeHeight(next);
  return andThen(applyInput(next, { kind: "timeout", timeout: timeout.kind, round: timeout.round }), settle);
}

/** The time for late precommits is over: settle the last commit. */
function closeHeight(s: HeightState): Turn {
  const { decision } = s.round;
  if (decision === null) return turn(s);
  const { height } = s;
  const commit = createExtendedCommit(s.validators, tallyOf(s.votes, decision.round, "precommit"), {
    ...decision,
    height,
  });
  return turn({ ...s, isClosed: true }, [{ kind: "close-height", height, commit }]);
}

/** The network decided without us. No wait for late precommits: we are late already. */
function onDecidedBySync(s: HeightState, { commit }: DecidedBySync): Turn {
  if (s.round.decision !== null) return turn(s);
  const { height, round, blockId } = commit;
  const decided: HeightState = {
    ...s,
    round: { ...s.round, step: "commit", decision: { blockId, round } },
    isClosed: true,
  };
  return turn(decided, [
    { kind: "decide", height, round, blockId, commit },
    { kind: "close-height", height, commit },
  ]);
}

function reportConflict(conflict: Conflict): Effect {
  return report({ kind: "duplicate-vote", first: conflict.first, second: conflict.second });
}

function report(equivocation: Equivocation): Effect {
  return { kind: "report-evidence", equivocation };
}

/** The height in progress, or 0. */
export function heightOfCore(core: Core): Height {
  return core.current?.height ?? toHeight(0n);
}
