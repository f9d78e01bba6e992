import type { BlockId, Proposal, ValidatorSet } from "../block/types.js";
import { equalBytes } from "../primitives/index.js";
import type { Address, Height } from "../primitives/index.js";
import { createExtendedCommit } from "./commit.js";
import type { Effect } from "./effects.js";
import { multiplex } from "./mux.js";
import type { Verdict } from "./mux.js";
import { remember, retire } from "./pending.js";
import type { Pending } from "./pending.js";
import { proposerAt } from "./proposer.js";
import { INITIAL_ROUND_STATE, applyRound } from "./round.js";
import type { Clause, RoundInput, RoundOutput, RoundState } from "./round.js";
import { createVoteKeeper, enterRound, roundsOf, tallyOf } from "./votes.js";
import type { VoteKeeper } from "./votes.js";
import { valueKey } from "./value-key.js";
import type { ValueKey } from "./value-key.js";

/** Our place in the validator set of a height. */
export interface Self {
  readonly address: Address;
  readonly index: number;
}

/** The first proposal of a round, and whether a second one has been reported. */
export interface KeptProposal {
  readonly proposal: Proposal;
  readonly isDuplicateReported: boolean;
}

/** Everything about the height in progress. */
export interface HeightState {
  readonly height: Height;
  readonly validators: ValidatorSet;
  /** null follows without voting. */
  readonly self: Self | null;
  readonly round: RoundState;
  readonly votes: VoteKeeper;
  /** round -> proposal, for our round and at most PROPOSALS_AHEAD later ones */
  readonly proposals: ReadonlyMap<number, KeptProposal>;
  /** value -> verdict; "unknown" was asked for */
  readonly values: ReadonlyMap<ValueKey, Verdict>;
  readonly pending: Pending;
  /** `close-height` was issued: the last commit is settled, and only the next height matters. */
  readonly isClosed: boolean;
}

/** How many rounds beyond ours a proposal may be. */
export const PROPOSALS_AHEAD = 8;

/** A state with what was said on the way to it. */
export interface Turn {
  readonly next: HeightState;
  readonly effects: readonly Effect[];
  readonly clauses: readonly Clause[];
}

export function turn(next: HeightState, effects: readonly Effect[] = []): Turn {
  return { next, effects, clauses: [] };
}

export function andThen(a: Turn, f: (s: HeightState) => Turn): Turn {
  const b = f(a.next);
  return { next: b.next, effects: [...a.effects, ...b.effects], clauses: [...a.clauses, ...b.clauses] };
}

/** L10: round 0 of a height. */
export function startHeight(height: Height, validators: ValidatorSet, self: Address | null): Turn {
  const index = self === null ? -1 : validators.validators.findIndex((v) => equalBytes(v.address, self));
  const state: HeightState = {
    height,
    validators,
    self: self === null || index < 0 ? null : { address: self, index },
    round: INITIAL_ROUND_STATE,
    votes: createVoteKeeper(validators),
    proposals: new Map(),
    values: new Map(),
    pending: new Map(),
    isClosed: false,
  };
  return startRound(state, 0);
}

/** The proposal of our round, if it came. */
export function currentProposal(s: HeightState): Proposal | null {
  return s.proposals.get(s.round.round)?.proposal ?? null;
}

export function withVerdict(s: HeightState, blockId: BlockId, verdict: Verdict): HeightState {
  return { ...s, values: new Map(s.values).set(valueKey(blockId), verdict) };
}

/** Applies one round input and turns its outputs into effects. */
export function applyInput(s: HeightState, input: RoundInput): Turn {
  const { next, outputs, clause } = applyRound(s.round, input);
  const start: Turn = { next: { ...s, round: next }, effects: [], clauses: clause === null ? [] : [clause] };
  return outputs.reduce((t, output) => andThen(t, (state) => perform(state, output)), start);
}

/** Takes enabled clauses until none is left, then asks for the values that are still missing and drops stale requests. */
export function settle(s: HeightState): Turn {
  let result = turn(s);
  for (let input = nextInput(s); input !== null; input = nextInput(result.next)) {
    const taken: RoundInput = input;
    result = andThen(result, (state) => applyInput(state, taken));
  }
  return andThen(result, wantValues);
}

/** Ends every step: pending requests follow the state and the effects. */
export function finish(t: Turn): Turn {
  const { pending, cancelled } = retire(remember(t.next.pending, t.effects), t.next.round);
  return { ...t, next: { ...t.next, pending }, effects: [...t.effects, ...cancelled] };
}

function nextInput(s: HeightState): RoundInput | null {
  return multiplex({
    round: s.round,
    votes: s.votes,
    proposal: currentProposal(s),
    verdictOf: (blockId) => s.values.get(valueKey(blockId)) ?? "unknown",
  });
}

/** L11: enters the round, with votes and proposal that came before us. */
function startRound(s: HeightState, round: number): Turn {
  const { keeper, conflicts } = enterRound(s.votes, round);
  const evidence = conflicts.map((c): Effect => ({
    kind: "report-evidence",
    equivocation: { kind: "duplicate-vote", ...c },
  }));
  const proposals = new Map([...s.proposals].filter(([r]) => r >= round));
  const isProposer = s.self !== null && equalBytes(proposerAt(s.validators, round).address, s.self.address);
  const entered = applyInput({ ...s, votes: keeper, proposals }, { kind: "new-round", round, isProposer });
  return andThen({ ...entered, effects: [...evidence, ...entered.effects] }, askForPolka);
}

/** L28 may lack its polka: the proposer has it, so peers can send it as a certificate. */
export function askForPolka(s: HeightState): Turn {
  const proposal = currentProposal(s);
  if (proposal === null || proposal.polRound < 0 || s.round.step !== "propose") return turn(s);
  const quorum = tallyOf(s.votes, proposal.polRound, "prevote").quorum;
  if (quorum !== null && valueKey(quorum.blockId) === valueKey(proposal.blockId)) return turn(s);
  return turn(s, [{ kind: "ask-peers", height: s.height, round: proposal.polRound, wants: "polka" }]);
}

function perform(s: HeightState, output: RoundOutput): Turn {
  const { height } = s;
  const { round } = s.round;
  switch (output.kind) {
    case "get-value":
      return turn(s, [{ kind: "request-value", height, round }]);
    case "propose": {
      const { blockId, polRound } = output;
      return turn(s, [{ kind: "sign-proposal", proposal: { height, round, polRound, blockId } }]);
    }
    case "vote": {
      if (s.self === null) return turn(s);
      const { address: validator, index } = s.self;
      const { type, blockId } = output;
      return turn(s, [{ kind: "sign-vote", vote: { type, height, round, blockId, validator, index } }]);
    }
    case "schedule":
      return turn(s, [{ kind: "schedule-timeout", timeout: { kind: output.timeout, height, round } }]);
    case "start-round":
      return output.round === round + 1 ? startRound(s, output.round) : skipRound(s, output.round);
    case "decide":
      return decide(s, output);
    default:
      return output satisfies never;
  }
}

/** We are late by more than a round: what was said in the new one may have passed us by. */
function skipRound(s: HeightState, round: number): Turn {
  return andThen(startRound(s, round), (state) =>
    turn(state, [{ kind: "ask-peers", height: s.height, round, wants: "round" }]),
  );
}

function decide(
  s: HeightState,
  { blockId, round }: { readonly blockId: BlockId; readonly round: number },
): Turn {
  const { height } = s;
  const commit = createExtendedCommit(s.validators, tallyOf(s.votes, round, "precommit"), {
    height,
    round,
    blockId,
  });
  return turn(s, [
    { kind: "decide", height, round, blockId, commit },
    { kind: "schedule-timeout", timeout: { kind: "commit", height, round } },
  ]);
}

/** Values that a proposal or a quorum names and that we do not hold: L22, L28, L36 and L49 wait for their verdict. */
function wantValues(s: HeightState): Turn {
  if (s.round.decision !== null) return turn(s);
  const named = [currentProposal(s)?.blockId, tallyOf(s.votes, s.round.round, "prevote").quorum?.blockId];
  for (const round of roundsOf(s.votes)) named.push(tallyOf(s.votes, round, "precommit").quorum?.blockId);
  return named.reduce((t: Turn, blockId) => {
    if (blockId === undefined || blockId === null || t.next.values.has(valueKey(blockId))) return t;
    return andThen(t, (state) =>
      turn(withVerdict(state, blockId, "unknown"), [
        { kind: "judge-value", height: s.height, round: s.round.round, blockId },
      ]),
    );
  }, turn(s));
}
