import type { BlockId, VoteType } from "../block/types.js";
import type { TimeoutKind } from "./inputs.js";
import { isSameValue } from "./value-key.js";

/**
 * One round of Tendermint (arXiv 1807.04938, algorithm 1), and nothing else: no votes, no powers, no identities.
 * `mux.ts` finds which "upon" clause is enabled and passes it here with its premises checked; here each clause is told
 * once, with its line. Lnn: line of the paper.
 */

/** The paper's step_p, before StartRound ("new") and after the decision ("commit"). */
export type Step = "new" | "propose" | "prevote" | "precommit" | "commit";

/** A value and the round in which it got its polka. */
export interface RoundValue {
  readonly blockId: BlockId;
  readonly round: number;
}

/** The variables of L1 to L9 that outlive a clause. */
export interface RoundState {
  readonly round: number;
  readonly step: Step;
  /** lockedValue_p, lockedRound_p; null is -1. */
  readonly locked: RoundValue | null;
  /** validValue_p, validRound_p; null is -1. */
  readonly valid: RoundValue | null;
  /** L34 "for the first time" in this round. */
  readonly hasPrevoteTimer: boolean;
  /** L47 "for the first time" in this round. */
  readonly hasPrecommitTimer: boolean;
  /** decision_p[h_p], and the round whose precommits made it. */
  readonly decision: RoundValue | null;
}

/** An enabled clause. Votes and verdicts it rests on were checked by the multiplexer. */
export type RoundInput =
  /** L11 StartRound. */
  | { readonly kind: "new-round"; readonly round: number; readonly isProposer: boolean }
  /** L18: the host has built our value. */
  | { readonly kind: "value-built"; readonly blockId: BlockId }
  /** L22: the proposer's value of this round, without a proof-of-lock round. */
  | { readonly kind: "proposal"; readonly blockId: BlockId; readonly isValid: boolean }
  /** L28: the proposer's value of this round, with its polka in an earlier round. */
  | {
      readonly kind: "proposal-and-polka-previous";
      readonly blockId: BlockId;
      readonly polRound: number;
      readonly isValid: boolean;
    }
  /** L34: two thirds prevoted anything in this round. */
  | { readonly kind: "polka-any" }
  /** L36: two thirds prevoted, in this round, a value that we hold and that is valid. */
  | { readonly kind: "polka-value"; readonly blockId: BlockId }
  /** L44: two thirds prevoted nil in this round. */
  | { readonly kind: "polka-nil" }
  /** L47: two thirds precommitted anything in this round. */
  | { readonly kind: "precommit-any" }
  /** L49: two thirds precommitted, in any one round, a value that we hold and that is valid. */
  | { readonly kind: "precommit-value"; readonly blockId: BlockId; readonly round: number }
  /** L55: a third was heard from in a later round. */
  | { readonly kind: "skip-round"; readonly round: number }
  /** L57, L61, L65. */
  | { readonly kind: "timeout"; readonly timeout: Exclude<TimeoutKind, "commit">; readonly round: number };

/** What a clause says to the world. */
export type RoundOutput =
  | { readonly kind: "get-value" }
  | { readonly kind: "propose"; readonly blockId: BlockId; readonly polRound: number }
  | { readonly kind: "vote"; readonly type: VoteType; readonly blockId: BlockId | null }
  | { readonly kind: "schedule"; readonly timeout: Exclude<TimeoutKind, "commit"> }
  | { readonly kind: "start-round"; readonly round: number }
  | { readonly kind: "decide"; readonly blockId: BlockId; readonly round: number };

/** Branches of the algorithm, named by their first line: what a trace of a run consists of. */
export const CLAUSES = [
  "L14", // a proposer without a valid value asks for one
  "L16", // a proposer proposes its valid value again
  "L18", // a proposer proposes a fresh value
  "L20", // a follower waits for the proposal
  "L22", // prevote a fresh proposal
  "L26", // prevote nil on a fresh proposal: invalid, or locked on another
  "L28", // prevote a proposal that carries a polka round
  "L32", // prevote nil on it: invalid, or locked later on another
  "L34", // prevote timer
  "L36", // lock and precommit
  "L42", // a late polka sets the valid value only
  "L44", // precommit nil
  "L47", // precommit timer
  "L49", // decide
  "L55", // skip to a later round
  "L57", // propose timeout: prevote nil
  "L61", // prevote timeout: precommit nil
  "L65", // precommit timeout: next round
] as const;
export type Clause = (typeof CLAUSES)[number];

export interface Transition {
  readonly next: RoundState;
  readonly outputs: readonly RoundOutput[];
  /** Which clause was taken; null when the input did not apply. */
  readonly clause: Clause | null;
}

/** L1 to L9: the state before round 0. */
export const INITIAL_ROUND_STATE: RoundState = {
  round: 0,
  step: "new",
  locked: null,
  valid: null,
  hasPrevoteTimer: false,
  hasPrecommitTimer: false,
  decision: null,
};

/** One input, one transition; an input that does not apply leaves the state as it was. */
export function applyRound(s: RoundState, input: RoundInput): Transition {
  if (s.step === "commit") return stay(s);
  switch (input.kind) {
    case "new-round": // L11
      return input.round > s.round || s.step === "new" ? startRound(s, input) : stay(s);
    case "value-built": // L18: propose what the host built, unless a polka showed a better value meanwhile
      if (s.step !== "propose") return stay(s);
      return to("L18", s, propose(s, input.blockId));
    case "proposal": // L22
      return s.step === "propose" ? prevote(s, input, -1) : stay(s);
    case "proposal-and-polka-previous": // L28
      if (s.step !== "propose" || input.polRound < 0 || input.polRound >= s.round) return stay(s);
      return prevote(s, input, input.polRound);
    case "polka-any": // L34
      if (s.step !== "prevote" || s.hasPrevoteTimer) return stay(s);
      return to("L34", { ...s, hasPrevoteTimer: true }, [{ kind: "schedule", timeout: "prevote" }]);
    case "polka-value":
      return polkaValue(s, { blockId: input.blockId, round: s.round });
    case "polka-nil": // L44
      return s.step === "prevote" ? vote("L44", s, "precommit", null) : stay(s);
    case "precommit-any": // L47
      if (s.step === "new" || s.hasPrecommitTimer) return stay(s);
      return to("L47", { ...s, hasPrecommitTimer: true }, [{ kind: "schedule", timeout: "precommit" }]);
    case "precommit-value": // L49: from any step and for any round
      return decide(s, { blockId: input.blockId, round: input.round });
    case "skip-round": // L55
      return input.round > s.round ? to("L55", s, [{ kind: "start-round", round: input.round }]) : stay(s);
    case "timeout":
      return input.round === s.round ? onTimeout(s, input.timeout) : stay(s);
    default:
      return input satisfies never;
  }
}

/** L11 to L21. The propose timer also runs for the proposer, whose host may fail to build or to sign. */
function startRound(
  s: RoundState,
  input: { readonly round: number; readonly isProposer: boolean },
): Transition {
  const next: RoundState = {
    ...s,
    round: input.round,
    step: "propose",
    hasPrevoteTimer: false,
    hasPrecommitTimer: false,
  };
  const timer: RoundOutput = { kind: "schedule", timeout: "propose" };
  if (!input.isProposer) return to("L20", next, [timer]);
  if (next.valid !== null) return to("L16", next, [timer, ...propose(next, next.valid.blockId)]);
  return to("L14", next, [timer, { kind: "get-value" }]);
}

/** L15 to L19: the valid value with its round goes before a fresh one. */
function propose(s: RoundState, fresh: BlockId): readonly RoundOutput[] {
  if (s.valid !== null) return [{ kind: "propose", blockId: s.valid.blockId, polRound: s.valid.round }];
  return [{ kind: "propose", blockId: fresh, polRound: -1 }];
}

/**
 * L23 to L26 and L29 to L32: prevote a valid value if we are not locked, or locked on this very value, or its polka is at
 * least as recent as our lock.
 */
function prevote(
  s: RoundState,
  seen: { readonly blockId: BlockId; readonly isValid: boolean },
  polRound: number,
): Transition {
  const isFree =
    s.locked === null || s.locked.round <= polRound || isSameValue(s.locked.blockId, seen.blockId);
  if (seen.isValid && isFree) return vote(polRound < 0 ? "L22" : "L28", s, "prevote", seen.blockId);
  return vote(polRound < 0 ? "L26" : "L32", s, "prevote", null);
}

/** L36 to L43. Once per round and value: `valid` already names this round the second time. */
function polkaValue(s: RoundState, seen: RoundValue): Transition {
  if (s.valid?.round === seen.round) return stay(s);
  if (s.step === "prevote")
    return vote("L36", { ...s, locked: seen, valid: seen }, "precommit", seen.blockId);
  return s.step === "precommit" ? to("L42", { ...s, valid: seen }, []) : stay(s);
}

/** L49 to L51. The host starts the next height (L52 to L54). */
function decide(s: RoundState, decision: RoundValue): Transition {
  if (s.decision !== null) return stay(s);
  return to("L49", { ...s, step: "commit", decision }, [{ kind: "decide", ...decision }]);
}

/** L57 to L67. */
function onTimeout(s: RoundState, kind: Exclude<TimeoutKind, "commit">): Transition {
  switch (kind) {
    case "propose": // L57
      return s.step === "propose" ? vote("L57", s, "prevote", null) : stay(s);
    case "prevote": // L61
      return s.step === "prevote" ? vote("L61", s, "precommit", null) : stay(s);
    case "precommit": // L65
      return s.step === "new" ? stay(s) : to("L65", s, [{ kind: "start-round", round: s.round + 1 }]);
    default:
      return kind satisfies never;
  }
}

/** Broadcasts a vote and enters the step of its type: L24 to L27, L39 to L41, L45 to L46. */
function vote(clause: Clause, s: RoundState, type: VoteType, blockId: BlockId | null): Transition {
  return to(clause, { ...s, step: type }, [{ kind: "vote", type, blockId }]);
}

function to(clause: Clause, next: RoundState, outputs: readonly RoundOutput[]): Transition {
  return { next, outputs, clause };
}

function stay(s: RoundState): Transition {
  return { next: s, outputs: [], clause: null };
}
