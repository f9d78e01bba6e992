import type { BlockId, Proposal, Vote } from "../block/types.js";
import { createCore, markVerified, proposerAt, step } from "../consensus/index.js";
import type { Core, CoreInput, Effect, TimeoutKind, VoteCertificate } from "../consensus/index.js";
import { Fault, equalBytes, toHeight } from "../primitives/index.js";
import type { Address, Height } from "../primitives/index.js";
import { blockIdOf, signProposal, signVote, timeOf, validatorSetOf } from "./simulator/symbolic.js";

/** A core among four validators of equal power: what it can be told at height 1, and what it says to it. For tests of chain/consensus. */

export const V = blockIdOf("v");
export const W = blockIdOf("w");
export const H1 = toHeight(1n);
const set = validatorSetOf([10n, 10n, 10n, 10n]);

function addressOf(index: number): Address {
  const validator = set.validators[index];
  if (validator === undefined) throw new Fault("no such validator", { index });
  return validator.address;
}

export function proposerIndex(round: number): number {
  return set.validators.findIndex((v) => equalBytes(v.address, proposerAt(set, round).address));
}

/** The core's own place, unless a case says otherwise: proposer of none of the rounds 0 to 2. */
export const ME = proposerIndex(3);
export const OTHERS: readonly number[] = [0, 1, 2, 3].filter((i) => i !== ME);
export const [P = -1, Q = -1, S = -1] = OTHERS;

type VoteParts = [index: number, type: Vote["type"], round: number, blockId: BlockId | null, height?: Height];

export function rawVote(...[index, type, round, blockId, height = H1]: VoteParts): Vote {
  return signVote({ type, height, round, blockId, validator: addressOf(index), index }, timeOf(index));
}

export function startOf(self: number | null = ME, height = H1): CoreInput {
  return { kind: "start-height", height, validators: set, self: self === null ? null : addressOf(self) };
}

export function vote(...parts: VoteParts): CoreInput {
  return { kind: "vote", vote: markVerified(rawVote(...parts)) };
}

export function votes(indices: readonly number[], type: Vote["type"], round: number, blockId: BlockId | null): CoreInput[] {
  return indices.map((i) => vote(i, type, round, blockId));
}

/** Our own, back from the signer. */
export function signed(type: Vote["type"], round: number, blockId: BlockId | null, height = H1): CoreInput {
  return { kind: "signed-vote", vote: rawVote(ME, type, round, blockId, height) };
}

/** Signed by the proposer of the round, or of the first where there is no such round. */
export function rawProposal(round: number, blockId: BlockId, polRound = -1, height = H1): Proposal {
  return signProposal(proposerIndex(Number.isSafeInteger(round) ? round : 0), { height, round, polRound, blockId, time: timeOf(0) });
}

export function proposal(round: number, blockId: BlockId, polRound = -1, height = H1): CoreInput {
  return { kind: "proposal", proposal: markVerified(rawProposal(round, blockId, polRound, height)) };
}

export function judged(blockId: BlockId, isValid = true, height = H1): CoreInput {
  return { kind: "value-judged", height, blockId, isValid };
}

export function timeout(kind: TimeoutKind, round: number, height = H1): CoreInput {
  return { kind: "timeout-elapsed", timeout: { kind, height, round } };
}

/** All of these voters' votes in one piece. */
export function certificate(...[indices, type, round, blockId, height = H1]: [readonly number[], Vote["type"], number, BlockId | null, Height?]): CoreInput {
  const raw: VoteCertificate = { type, height, round, blockId, votes: indices.map((i) => rawVote(i, type, round, blockId, height)) };
  return { kind: "certificate", certificate: markVerified(raw) };
}

function name(blockId: BlockId | null): string {
  return blockId === null ? "nil" : equalBytes(blockId.hash, V.hash) ? "v" : "w";
}

/** The effect in a line. */
export function text(effect: Effect): string {
  switch (effect.kind) {
    case "sign-vote":
      return `sign ${effect.vote.type} ${effect.vote.round} ${name(effect.vote.blockId)}`;
    case "sign-proposal":
      return `sign proposal ${effect.proposal.round} ${name(effect.proposal.blockId)} pol ${effect.proposal.polRound}`;
    case "publish":
      return `publish ${effect.message.kind}`;
    case "request-value":
      return `build ${effect.round}`;
    case "judge-value":
      return `judge ${name(effect.blockId)}`;
    case "schedule-timeout":
      return `timer ${effect.timeout.kind} ${effect.timeout.round}`;
    case "cancel-timeout":
      return `cancel ${effect.timeout.kind} ${effect.timeout.round}`;
    case "decide":
      return `decide ${effect.round} ${name(effect.blockId)}`;
    case "close-height":
      return `close ${effect.height}`;
    case "report-evidence":
      return `report ${effect.equivocation.kind}`;
    case "ask-peers":
      return `ask ${effect.wants} ${effect.round}`;
    case "resubmit":
      return `resubmit ${effect.inputs.length}`;
    default:
      return effect satisfies never;
  }
}

/** Tells a new core all of it; `last` is what it said to the last of it. */
export function play(inputs: readonly CoreInput[]): {
  core: Core;
  said: string[];
  last: string[];
  effects: Effect[];
} {
  let core = createCore();
  const effects: Effect[] = [];
  let last: string[] = [];
  for (const input of inputs) {
    const result = step(core, input);
    core = result.next;
    effects.push(...result.effects);
    last = result.effects.map(text);
  }
  return { core, said: effects.map(text), last, effects };
}

/** Round 0, in which v was proposed and prevoted by us; then all but one prevoted it and we precommitted; then it was decided. */
export const proposed: readonly CoreInput[] = [startOf(), proposal(0, V), judged(V), signed("prevote", 0, V)];
export const locked: readonly CoreInput[] = [...proposed, ...votes([P, Q], "prevote", 0, V), signed("precommit", 0, V)];
export const decided: readonly CoreInput[] = [...locked, ...votes([P, Q], "precommit", 0, V)];
/** Locked on v in round 0; round 1 has begun. */
export const round1: readonly CoreInput[] = [...locked, ...votes([P, Q], "precommit", 0, null), timeout("precommit", 0)];
