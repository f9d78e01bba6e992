import type { BlockId, Proposal } from "../block/types.js";
import type { RoundInput, RoundState } from "./round.js";
import { isQuorum, roundToSkipTo, roundsOf, tallyOf } from "./votes.js";
import type { VoteKeeper } from "./votes.js";
import { NIL, valueKey } from "./value-key.js";

/**
 * Which "upon" clause is enabled? The paper's clauses are conditions on what was received, not events: so this looks at
 * the whole situation, takes the first row that holds, and is asked again until none does. The order of rows settles
 * what the paper leaves open when several hold; each row disables itself once applied, so the asking ends.
 *
 * v is a value known here with a verdict; r is our round. "Quorum" is more than 2/3 of the power, "share" more than 1/3.
 *
 * | # | step                | votes                              | proposal of round r        | round input                 | line |
 * |---|---------------------|------------------------------------|----------------------------|-----------------------------|------|
 * | 1 | any                 | quorum precommits v, any round     | none needed; v valid       | precommit-value             | L49  |
 * | 2 | any                 | share sent anything in a round > r | none needed                | skip-round                  | L55  |
 * | 3 | prevote, precommit  | quorum prevotes v in r             | none needed; v valid       | polka-value                 | L36  |
 * | 4 | prevote             | quorum prevotes nil in r           | none needed                | polka-nil                   | L44  |
 * | 5 | propose             | none needed                        | v, no POL round; judged    | proposal                    | L22  |
 * | 6 | propose             | quorum prevotes v in vr            | v, POL round vr < r; judged| proposal-and-polka-previous | L28  |
 * | 7 | prevote             | quorum prevotes anything in r      | none needed                | polka-any                   | L34  |
 * | 8 | any                 | quorum precommits anything in r    | none needed                | precommit-any               | L47  |
 *
 * Where the paper asks for the proposal beside a quorum for v (L36, L49), holding v itself is enough: a quorum contains
 * honest voters who saw the proposal, and the proposer may have signed another one for us.
 */

export type Verdict = "valid" | "invalid" | "unknown";

/** The situation at our height. */
export interface Situation {
  readonly round: RoundState;
  readonly votes: VoteKeeper;
  /** The first proposal seen for our round. */
  readonly proposal: Proposal | null;
  /** Whether we hold the value and what the application said of it. */
  readonly verdictOf: (blockId: BlockId) => Verdict;
}

/** One row: its line, and the round input if it holds and has not been taken yet. */
export interface Row {
  readonly line: "L22" | "L28" | "L34" | "L36" | "L44" | "L47" | "L49" | "L55";
  readonly find: (s: Situation) => RoundInput | null;
}

export const TABLE: readonly Row[] = [
  { line: "L49", find: findPrecommitValue },
  { line: "L55", find: findSkipRound },
  { line: "L36", find: findPolkaValue },
  { line: "L44", find: findPolkaNil },
  { line: "L22", find: findProposal },
  { line: "L28", find: findProposalAndPolkaPrevious },
  { line: "L34", find: findPolkaAny },
  { line: "L47", find: findPrecommitAny },
];

/** The first enabled clause, or null when the situation calls for nothing. */
export function multiplex(s: Situation): RoundInput | null {
  if (s.round.step === "new" || s.round.step === "commit") return null;
  for (const row of TABLE) {
    const input = row.find(s);
    if (input !== null) return input;
  }
  return null;
}

function findPrecommitValue(s: Situation): RoundInput | null {
  for (const round of roundsOf(s.votes)) {
    const blockId = tallyOf(s.votes, round, "precommit").quorum?.blockId ?? null;
    if (blockId !== null && s.verdictOf(blockId) === "valid")
      return { kind: "precommit-value", blockId, round };
  }
  return null;
}

function findSkipRound(s: Situation): RoundInput | null {
  const round = roundToSkipTo(s.votes, s.round.round);
  return round === null ? null : { kind: "skip-round", round };
}

function findPolkaValue(s: Situation): RoundInput | null {
  const { step, round, valid } = s.round;
  if ((step !== "prevote" && step !== "precommit") || valid?.round === round) return null;
  const blockId = tallyOf(s.votes, round, "prevote").quorum?.blockId ?? null;
  return blockId !== null && s.verdictOf(blockId) === "valid" ? { kind: "polka-value", blockId } : null;
}

function findPolkaNil(s: Situation): RoundInput | null {
  if (s.round.step !== "prevote") return null;
  return hasQuorum(s, s.round.round, null) ? { kind: "polka-nil" } : null;
}

function findProposal(s: Situation): RoundInput | null {
  if (s.round.step !== "propose" || s.proposal === null || s.proposal.polRound !== -1) return null;
  const { blockId } = s.proposal;
  const verdict = s.verdictOf(blockId);
  return verdict === "unknown" ? null : { kind: "proposal", blockId, isValid: verdict === "valid" };
}

function findProposalAndPolkaPrevious(s: Situation): RoundInput | null {
  if (s.round.step !== "propose" || s.proposal === null) return null;
  const { blockId, polRound } = s.proposal;
  if (polRound < 0 || polRound >= s.round.round || !hasQuorum(s, polRound, blockId)) return null;
  const verdict = s.verdictOf(blockId);
  return verdict === "unknown"
    ? null
    : { kind: "proposal-and-polka-previous", blockId, polRound, isValid: verdict === "valid" };
}

function findPolkaAny(s: Situation): RoundInput | null {
  if (s.round.step !== "prevote" || s.round.hasPrevoteTimer) return null;
  const { power } = tallyOf(s.votes, s.round.round, "prevote");
  return isQuorum(power, s.votes.validators.totalPower) ? { kind: "polka-any" } : null;
}

function findPrecommitAny(s: Situation): RoundInput | null {
  if (s.round.hasPrecommitTimer) return null;
  const { power } = tallyOf(s.votes, s.round.round, "precommit");
  return isQuorum(power, s.votes.validators.totalPower) ? { kind: "precommit-any" } : null;
}

/** Two thirds of the power prevoted this value, or nil, in that round. */
function hasQuorum(s: Situation, round: number, blockId: BlockId | null): boolean {
  const { powerByValue } = tallyOf(s.votes, round, "prevote");
  const power = powerByValue.get(blockId === null ? NIL : valueKey(blockId)) ?? 0n;
  return isQuorum(power, s.votes.validators.totalPower);
}
