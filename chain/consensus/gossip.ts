import type { BlockId, Proposal, Vote } from "../block/types.js";
import type { Height } from "../primitives/index.js";
import type { Core } from "./core.js";
import { currentProposal } from "./height.js";
import type { HeightState } from "./height.js";
import type { VoteCertificate } from "./inputs.js";
import type { Step } from "./round.js";
import { roundsOf } from "./votes.js";
import type { RoundVotes, Tally } from "./votes.js";
import { isSameValue, valueKey } from "./value-key.js";

/**
 * What a host tells a peer about its votes, and what it sends a peer that told it. The paper assumes that a message one
 * honest node has reaches all; exchanging summaries until nothing is missing makes it so, and sends only what is lacking.
 */
export interface VoteSummary {
  readonly height: Height;
  readonly round: number;
  readonly step: Step;
  readonly hasProposal: boolean;
  /** At most MAX_SUMMARY_ROUNDS; what is not listed is taken as nothing known. */
  readonly rounds: readonly RoundSummary[];
}

export interface RoundSummary {
  readonly round: number;
  /** Bit i: a prevote of validator i is known. */
  readonly prevotes: bigint;
  readonly precommits: bigint;
  /** The value, or nil, known to have a quorum of prevotes. */
  readonly polka: { readonly blockId: BlockId | null } | null;
  readonly commit: { readonly blockId: BlockId | null } | null;
}

/** What a peer with this summary lacks and we have. */
export interface Missing {
  readonly proposal: Proposal | null;
  readonly votes: readonly Vote[];
  /** Quorums that single votes cannot convey, because the peer holds contradicting votes of equivocators. */
  readonly certificates: readonly VoteCertificate[];
}

/** The values of the height in progress, for a host that moves block parts. */
export interface ValueStatus {
  readonly proposal: BlockId | null;
  readonly locked: BlockId | null;
  readonly valid: BlockId | null;
  readonly decided: BlockId | null;
}

export const MAX_SUMMARY_ROUNDS = 16;

const NOTHING: Missing = { proposal: null, votes: [], certificates: [] };

/** null before the first height. */
export function voteSummary(core: Core): VoteSummary | null {
  const s = core.current;
  if (s === null) return null;
  return {
    height: s.height,
    round: s.round.round,
    step: s.round.step,
    hasProposal: currentProposal(s) !== null,
    rounds: relevantRounds(s, s.round.round).map(summarise),
  };
}

export function valueStatus(core: Core): ValueStatus {
  const s = core.current;
  return {
    proposal: s === null ? null : (currentProposal(s)?.blockId ?? null),
    locked: s?.round.locked?.blockId ?? null,
    valid: s?.round.valid?.blockId ?? null,
    decided: s?.round.decision?.blockId ?? null,
  };
}

/** At most about `limit` votes (a certificate goes out whole), those that matter most to the peer first. */
export function votesMissing(core: Core, peer: VoteSummary, limit: number): Missing {
  const s = core.current;
  if (s === null || peer.height !== s.height) return NOTHING;
  const known = new Map(peer.rounds.slice(0, MAX_SUMMARY_ROUNDS).map((r) => [r.round, r]));
  const votes: Vote[] = [];
  const certificates: VoteCertificate[] = [];
  let room = limit;
  for (const [round, tallies] of relevantRounds(s, peer.round)) {
    for (const type of ["precommit", "prevote"] as const) {
      if (room <= 0) break;
      const found = missingOf({ type, height: s.height, round }, tallies[type], known.get(round));
      votes.push(...found.votes.slice(0, room));
      certificates.push(...found.certificates);
      room -= found.votes.length + found.certificates.reduce((sum, c) => sum + c.votes.length, 0);
    }
  }
  return { proposal: proposalFor(s, peer), votes, certificates };
}

/** A decision first, then the polka our valid value rests on, the peer's round, ours, and the others, latest first. */
function relevantRounds(s: HeightState, peerRound: number): readonly (readonly [number, RoundVotes])[] {
  const latestFirst = roundsOf(s.votes).toReversed();
  const decided = latestFirst.filter(
    (r) => (s.votes.rounds.get(r)?.precommit.quorum?.blockId ?? null) !== null,
  );
  const valid = s.round.valid === null ? [] : [s.round.valid.round];
  const order = [...decided, ...valid, peerRound, s.round.round, ...latestFirst];
  const known = [...new Set(order)].flatMap((r) => {
    const votes = s.votes.rounds.get(r);
    return votes === undefined ? [] : [[r, votes] as const];
  });
  return known.slice(0, MAX_SUMMARY_ROUNDS);
}

function summarise([round, votes]: readonly [number, RoundVotes]): RoundSummary {
  return {
    round,
    prevotes: votersOf(votes.prevote),
    precommits: votersOf(votes.precommit),
    polka: votes.prevote.quorum,
    commit: votes.precommit.quorum,
  };
}

function votersOf(tally: Tally): bigint {
  return tally.slots.reduce((bits, slot, i) => (slot.length > 0 ? bits | (1n << BigInt(i)) : bits), 0n);
}

/** What votes of one type and round are of. */
type Place = Pick<VoteCertificate, "type" | "height" | "round">;

/** Single votes that the peer lacks; where it lacks none and not the quorum either, the quorum in one piece. */
function missingOf(place: Place, tally: Tally, peer: RoundSummary | undefined): Pick<Missing, "votes" | "certificates"> {
  const isPrevote = place.type === "prevote";
  const known = (isPrevote ? peer?.prevotes : peer?.precommits) ?? 0n;
  const votes = tally.slots.flatMap((slot, i) => (((known >> BigInt(i)) & 1n) === 1n ? [] : slot.slice(0, 1)));
  const theirs = (isPrevote ? peer?.polka : peer?.commit) ?? null;
  const { quorum } = tally;
  const isKnown = quorum === null || (theirs !== null && isSameValue(theirs.blockId, quorum.blockId));
  return { votes, certificates: isKnown || votes.length > 0 ? [] : [certificateOf(place, tally, quorum.blockId)] };
}

function certificateOf(place: Place, { slots }: Tally, blockId: BlockId | null): VoteCertificate {
  const key = valueKey(blockId);
  return { ...place, blockId, votes: slots.flatMap((slot) => slot.filter((v) => valueKey(v.blockId) === key)) };
}

function proposalFor(s: HeightState, peer: VoteSummary): Proposal | null {
  if (s.round.decision !== null || peer.round > s.round.round) return null;
  return peer.round === s.round.round && peer.hasProposal ? null : currentProposal(s);
}
