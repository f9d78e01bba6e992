import type { BlockId, ValidatorSet, Vote, VoteType } from "../block/types.js";
import { compareNumbers, equalBytes } from "../primitives/index.js";
import { valueKey } from "./value-key.js";
import type { ValueKey } from "./value-key.js";

/**
 * Who voted what, with what power. Plain counting: the keeper neither knows our step nor what a quorum is for.
 *
 * A validator counts once per round and type toward "anything", and once toward each value it voted for: the paper
 * counts messages, not voters, and so a quorum that other nodes see can be completed here too. What one validator can make
 * us keep is bounded: `MAX_VOTES_PER_SLOT` votes in each round up to the next one, `MAX_AHEAD` votes beyond.
 */

/** Distinct votes of one validator in one round and type; more are counted only inside a certificate. */
export const MAX_VOTES_PER_SLOT = 2;
/** No honest node gets here: timeouts grow with the round. Keeps the proposer computable. */
export const MAX_ROUND = 10_000;
/** Votes kept per validator for rounds beyond the next one; the lowest round gives way to a higher one. */
export const MAX_AHEAD = 8;

/** A count that has just been reached. Each is reported once per round (and value). */
export type Threshold =
  | { readonly kind: "polka-any" | "polka-nil" | "precommit-any" | "skip"; readonly round: number }
  | { readonly kind: "polka-value" | "precommit-value"; readonly round: number; readonly blockId: BlockId };

/** Votes of one type in one round. */
export interface Tally {
  /** By validator index: every distinct vote kept, in order of arrival. */
  readonly slots: readonly (readonly Vote[])[];
  /** Power of validators that voted at all. */
  readonly power: bigint;
  /** value -> power that voted for it */
  readonly powerByValue: ReadonlyMap<ValueKey, bigint>;
  /** The first value, or nil, with more than two thirds. */
  readonly quorum: { readonly blockId: BlockId | null } | null;
}

export interface RoundVotes {
  readonly prevote: Tally;
  readonly precommit: Tally;
  /** Power of validators that sent anything in this round (L55). */
  readonly power: bigint;
}

export interface VoteKeeper {
  readonly validators: ValidatorSet;
  /** round -> votes, for rounds up to the next one and later ones that a third was heard from in */
  readonly rounds: ReadonlyMap<number, RoundVotes>;
  /** validator index -> votes for rounds beyond, unique by round, type and value */
  readonly ahead: ReadonlyMap<number, readonly Vote[]>;
}

/** Two votes of one validator in one slot (round and type) for different values. */
export interface Conflict {
  readonly first: Vote;
  readonly second: Vote;
}

export interface Counted {
  readonly keeper: VoteKeeper;
  /** Newly reached, in the order any, value, skip. */
  readonly crossed: readonly Threshold[];
  /** Reported once per slot: with its second distinct vote. */
  readonly conflicts: readonly Conflict[];
}

/** What all votes of a certificate say. */
type CertificateHead = Pick<Vote, "type" | "round" | "blockId">;

export function createVoteKeeper(validators: ValidatorSet): VoteKeeper {
  return { validators, rounds: new Map(), ahead: new Map() };
}

/** More than two thirds: a quorum. */
export function isQuorum(power: bigint, total: bigint): boolean {
  return power * 3n > total * 2n;
}

/** More than one third: at least one of them is honest. */
export function isHonestShare(power: bigint, total: bigint): boolean {
  return power * 3n > total;
}

/** Counts one vote of this height. `round` is ours; an unknown voter or a vote already counted changes nothing. */
export function addVote(keeper: VoteKeeper, vote: Vote, round: number): Counted {
  const validator = keeper.validators.validators[vote.index];
  if (validator === undefined || !equalBytes(validator.address, vote.validator)) return unchanged(keeper);
  if (!isRound(vote.round)) return unchanged(keeper);
  if (vote.round <= round + 1 || keeper.rounds.has(vote.round))
    return count(keeper, vote, MAX_VOTES_PER_SLOT);
  const parked = park(keeper, vote);
  if (parked === keeper || !isHonestShare(powerAhead(parked, vote.round), keeper.validators.totalPower)) {
    return unchanged(parked);
  }
  return admit(parked, (r) => r === vote.round);
}

/**
 * Counts a certificate: votes of one type, round and value. Ignored unless they alone are a quorum; then every one of them
 * counts, also those that the slot limit had refused: at most one value per round and type has an honest quorum.
 */
export function addCertificate(keeper: VoteKeeper, head: CertificateHead, votes: readonly Vote[]): Counted {
  const matching = matchingVotes(keeper.validators, head, votes);
  let power = 0n;
  for (const vote of matching) power += keeper.validators.validators[vote.index]?.power ?? 0n;
  if (!isRound(head.round) || !isQuorum(power, keeper.validators.totalPower)) return unchanged(keeper);
  const counted = countAll(keeper, matching, Number.MAX_SAFE_INTEGER);
  return andThen(counted, (k) => admit(k, (r) => r === head.round));
}

/** Our round is now `round`: votes that waited for it, or for the one after, are counted. */
export function enterRound(keeper: VoteKeeper, round: number): Counted {
  return keeper.ahead.size === 0 ? unchanged(keeper) : admit(keeper, (r) => r <= round + 1);
}

/** Votes of one type and round; empty counts when none came. */
export function tallyOf(keeper: VoteKeeper, round: number, type: VoteType): Tally {
  return keeper.rounds.get(round)?.[type] ?? emptyTally(keeper.validators);
}

/** Rounds with votes, lowest first. */
export function roundsOf(keeper: VoteKeeper): number[] {
  return [...keeper.rounds.keys()].sort(compareNumbers);
}

/** The latest round above ours in which a third was heard from (L55), or null. */
export function roundToSkipTo(keeper: VoteKeeper, round: number): number | null {
  const total = keeper.validators.totalPower;
  const heard = (r: number): boolean => r > round && isHonestShare(keeper.rounds.get(r)?.power ?? 0n, total);
  return roundsOf(keeper).findLast(heard) ?? null;
}

function unchanged(keeper: VoteKeeper): Counted {
  return { keeper, crossed: [], conflicts: [] };
}

function andThen(a: Counted, f: (keeper: VoteKeeper) => Counted): Counted {
  const b = f(a.keeper);
  return {
    keeper: b.keeper,
    crossed: [...a.crossed, ...b.crossed],
    conflicts: [...a.conflicts, ...b.conflicts],
  };
}

function isRound(round: number): boolean {
  return Number.isSafeInteger(round) && round >= 0 && round < MAX_ROUND;
}

/** The first vote of each known validator that says what the head says. */
function matchingVotes(validators: ValidatorSet, head: CertificateHead, votes: readonly Vote[]): Vote[] {
  const key = valueKey(head.blockId);
  const seen = new Set<number>();
  return votes.filter((vote) => {
    const validator = validators.validators[vote.index];
    if (validator === undefined || seen.has(vote.index) || !equalBytes(validator.address, vote.validator))
      return false;
    if (vote.type !== head.type || vote.round !== head.round || valueKey(vote.blockId) !== key) return false;
    seen.add(vote.index);
    return true;
  });
}

function countAll(keeper: VoteKeeper, votes: readonly Vote[], limit: number): Counted {
  return votes.reduce((counted, vote) => andThen(counted, (k) => count(k, vote, limit)), unchanged(keeper));
}

function emptyTally(validators: ValidatorSet): Tally {
  return { slots: validators.validators.map(() => []), power: 0n, powerByValue: new Map(), quorum: null };
}

/** Adds to the round's tallies. `limit` caps the distinct votes of one slot. */
function count(keeper: VoteKeeper, vote: Vote, limit: number): Counted {
  const before = keeper.rounds.get(vote.round) ?? newRound(keeper.validators);
  const tally = before[vote.type];
  const slot = tally.slots[vote.index] ?? [];
  const key = valueKey(vote.blockId);
  const first = slot[0];
  if (slot.length >= limit || slot.some((v) => valueKey(v.blockId) === key)) return unchanged(keeper);

  const power = keeper.validators.validators[vote.index]?.power ?? 0n;
  const other = before[vote.type === "prevote" ? "precommit" : "prevote"];
  const isNewVoter = first === undefined && (other.slots[vote.index] ?? []).length === 0;
  const next = addToTally(tally, vote, { key, power, total: keeper.validators.totalPower });
  const round: RoundVotes = { ...before, [vote.type]: next, power: before.power + (isNewVoter ? power : 0n) };
  return {
    keeper: { ...keeper, rounds: new Map(keeper.rounds).set(vote.round, round) },
    crossed: newlyReached(vote, keeper.validators.totalPower, {
      tally,
      next,
      round: before.power,
      nextRound: round.power,
    }),
    conflicts: first !== undefined && slot.length === 1 ? [{ first, second: vote }] : [],
  };
}

function newRound(validators: ValidatorSet): RoundVotes {
  return { prevote: emptyTally(validators), precommit: emptyTally(validators), power: 0n };
}

function addToTally(
  tally: Tally,
  vote: Vote,
  { key, power, total }: { readonly key: ValueKey; readonly power: bigint; readonly total: bigint },
): Tally {
  const slot = tally.slots[vote.index] ?? [];
  const forValue = (tally.powerByValue.get(key) ?? 0n) + power;
  return {
    slots: tally.slots.with(vote.index, [...slot, vote]),
    power: tally.power + (slot.length === 0 ? power : 0n),
    powerByValue: new Map(tally.powerByValue).set(key, forValue),
    quorum: tally.quorum ?? (isQuorum(forValue, total) ? { blockId: vote.blockId } : null),
  };
}

function newlyReached(
  vote: Vote,
  total: bigint,
  change: { readonly tally: Tally; readonly next: Tally; readonly round: bigint; readonly nextRound: bigint },
): Threshold[] {
  const { round, blockId } = vote;
  const key = valueKey(blockId);
  const crossed: Threshold[] = [];
  const isPrevote = vote.type === "prevote";
  if (!isQuorum(change.tally.power, total) && isQuorum(change.next.power, total)) {
    crossed.push({ kind: isPrevote ? "polka-any" : "precommit-any", round });
  }
  if (
    !isQuorum(change.tally.powerByValue.get(key) ?? 0n, total) &&
    isQuorum(change.next.powerByValue.get(key) ?? 0n, total)
  ) {
    if (blockId !== null)
      crossed.push({ kind: isPrevote ? "polka-value" : "precommit-value", round, blockId });
    else if (isPrevote) crossed.push({ kind: "polka-nil", round });
  }
  if (!isHonestShare(change.round, total) && isHonestShare(change.nextRound, total))
    crossed.push({ kind: "skip", round });
  return crossed;
}

/** Keeps a vote for a far round, within the validator's allowance. */
function park(keeper: VoteKeeper, vote: Vote): VoteKeeper {
  const kept = keeper.ahead.get(vote.index) ?? [];
  const key = valueKey(vote.blockId);
  const same = kept.filter((v) => v.round === vote.round && v.type === vote.type);
  if (same.length >= MAX_VOTES_PER_SLOT || same.some((v) => valueKey(v.blockId) === key)) return keeper;
  if (kept.length < MAX_AHEAD) return withAhead(keeper, vote.index, [...kept, vote]);
  const lowest = kept.reduce((a, b) => (b.round < a.round ? b : a));
  if (lowest.round >= vote.round) return keeper;
  return withAhead(keeper, vote.index, [...kept.filter((v) => v !== lowest), vote]);
}

function withAhead(keeper: VoteKeeper, index: number, votes: readonly Vote[]): VoteKeeper {
  const ahead = new Map(keeper.ahead);
  if (votes.length === 0) ahead.delete(index);
  else ahead.set(index, votes);
  return { ...keeper, ahead };
}

function powerAhead(keeper: VoteKeeper, round: number): bigint {
  return keeper.validators.validators.reduce((power, validator, index) => {
    const isHeard = keeper.ahead.get(index)?.some((v) => v.round === round) ?? false;
    return isHeard ? power + validator.power : power;
  }, 0n);
}

/** Moves waiting votes whose round is now of interest into the tallies, by validator index and order of arrival. */
function admit(keeper: VoteKeeper, isOfInterest: (round: number) => boolean): Counted {
  const indices = [...keeper.ahead.keys()].sort(compareNumbers);
  return indices.reduce((counted, index) => {
    const votes = keeper.ahead.get(index) ?? [];
    const due = votes.filter((v) => isOfInterest(v.round));
    if (due.length === 0) return counted;
    const rest = votes.filter((v) => !isOfInterest(v.round));
    return andThen(counted, (k) => countAll(withAhead(k, index, rest), due, MAX_VOTES_PER_SLOT));
  }, unchanged(keeper));
}
