import type { Proposal, Vote } from "../block/types.js";
import { sortedEntries, toHex } from "../primitives/index.js";
import type { Height } from "../primitives/index.js";
import type { ReceivedProposal, ReceivedVote } from "./inputs.js";
import { valueKey } from "./value-key.js";

/**
 * Messages for heights that we have not reached. They wait here unapplied and leave through the `resubmit` effect, so that
 * the host logs them under the height they belong to: a lock that rests on them must survive a crash.
 */
export interface EarlyMessages {
  /** height in decimal -> what waits for it */
  readonly byHeight: ReadonlyMap<string, readonly EarlyInput[]>;
}

type EarlyInput = ReceivedProposal | ReceivedVote;

/** How far ahead of our height a message may be. */
export const EARLY_HEIGHTS = 2n;
/** Votes kept per validator and height. */
export const EARLY_VOTES_PER_VALIDATOR = 8;
/** Proposals kept per height, lowest rounds first come. */
export const EARLY_PROPOSALS = 4;
/** Messages kept per height, whoever sent them. */
export const EARLY_PER_HEIGHT = 4096;

export const NO_EARLY: EarlyMessages = { byHeight: new Map() };

/** Keeps the message if its height is near and its sender has room; otherwise returns `early` itself. */
export function keepEarly(early: EarlyMessages, current: Height, input: EarlyInput): EarlyMessages {
  const { height } = input.kind === "vote" ? input.vote : input.proposal;
  if (height <= current || height > current + EARLY_HEIGHTS) return early;
  const key = String(height);
  const kept = early.byHeight.get(key) ?? [];
  if (kept.length >= EARLY_PER_HEIGHT) return early;
  const isWelcome =
    input.kind === "vote" ? hasRoomForVote(kept, input.vote) : hasRoomForProposal(kept, input.proposal);
  return isWelcome ? { byHeight: new Map(early.byHeight).set(key, [...kept, input]) } : early;
}

/** Takes what waited for this height, in order of arrival, and forgets everything at or below it. */
export function takeEarly(
  early: EarlyMessages,
  height: Height,
): { readonly early: EarlyMessages; readonly inputs: readonly EarlyInput[] } {
  const later = sortedEntries(early.byHeight).filter(([key]) => BigInt(key) > height);
  return { early: { byHeight: new Map(later) }, inputs: early.byHeight.get(String(height)) ?? [] };
}

function hasRoomForVote(kept: readonly EarlyInput[], vote: Vote): boolean {
  const sender = toHex(vote.validator);
  const same = kept.filter((k) => k.kind === "vote").filter((k) => toHex(k.vote.validator) === sender);
  return same.length < EARLY_VOTES_PER_VALIDATOR && !same.some((k) => isSameVote(k.vote, vote));
}

function isSameVote(a: Vote, b: Vote): boolean {
  return a.type === b.type && a.round === b.round && valueKey(a.blockId) === valueKey(b.blockId);
}

function hasRoomForProposal(kept: readonly EarlyInput[], proposal: Proposal): boolean {
  const proposals = kept.filter((k) => k.kind === "proposal");
  return proposals.length < EARLY_PROPOSALS && !proposals.some((k) => k.proposal.round === proposal.round);
}
