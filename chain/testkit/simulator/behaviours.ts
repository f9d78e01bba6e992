import type { OwnMessage } from "../../consensus/index.js";
import type { Random } from "./random.js";
import { blockIdOf, signProposal, signVote } from "./symbolic.js";
import type { SimBlock, SimMessage } from "./types.js";

/** What a Byzantine node knows when it lies. */
export interface LiarView {
  readonly index: number;
  readonly random: Random;
  /** Blocks of this height that it holds. */
  readonly values: readonly SimBlock[];
}

/**
 * A Byzantine node runs the core like all others, and lies when it publishes: to each peer it may send something else, or
 * nothing. It signs only with its own key.
 */
export interface Behaviour {
  readonly name: string;
  readonly publish: (message: OwnMessage, peer: number, view: LiarView) => readonly SimMessage[];
  readonly withholdsBlocks?: boolean;
  readonly proposesInvalid?: boolean;
  /** Nothing leaves it, gossip included. */
  readonly isSilent?: boolean;
}

/** Votes another value for half of the peers; proposes another block to them. */
const equivocate: Behaviour = {
  name: "equivocate",
  publish(message, peer, view) {
    if (peer % 2 === 0) return [message];
    if (message.kind === "proposal") return [otherProposal(message, view)];
    return view.random.chance(50) ? [otherVote(message, view)] : [message, otherVote(message, view)];
  },
};

/** Sends each message to some peers only, and never its blocks. */
const withhold: Behaviour = {
  name: "withhold",
  withholdsBlocks: true,
  publish: (message, _peer, view) => (view.random.chance(40) ? [message] : []),
};

/** Forgets its locks: votes for any value of the height it has seen. */
const amnesia: Behaviour = {
  name: "amnesia",
  publish(message, _peer, view) {
    if (message.kind === "proposal") return [message];
    const value = view.values.at(-1)?.blockId ?? null;
    return [{ kind: "vote", vote: signVote({ ...message.vote, blockId: value }, message.vote.time) }];
  },
};

/** Votes nil whatever it sees. */
const voteNil: Behaviour = {
  name: "nil",
  publish(message) {
    if (message.kind === "proposal") return [message];
    return [{ kind: "vote", vote: signVote({ ...message.vote, blockId: null }, message.vote.time) }];
  },
};

/** Proposes blocks that no application accepts, votes for them, and spoils its extensions. */
const invalid: Behaviour = {
  name: "invalid",
  proposesInvalid: true,
  publish(message, _peer, view) {
    if (message.kind === "proposal") return [message];
    const bad = view.values.find((b) => !b.isValid)?.blockId ?? message.vote.blockId;
    const vote = signVote({ ...message.vote, blockId: bad }, message.vote.time);
    const isSpoiled = view.random.chance(50);
    return [{ kind: "vote", vote: isSpoiled ? { ...vote, extension: new Uint8Array([1]) } : vote }];
  },
};

/** Listens and never speaks. */
const silence: Behaviour = { name: "silence", isSilent: true, publish: () => [] };

/** Says something else each time: drops, lies, floods later rounds. */
const chaos: Behaviour = {
  name: "chaos",
  publish(message, peer, view) {
    const choice = view.random.below(5);
    if (choice === 0) return [];
    if (choice === 1) return equivocate.publish(message, 1, view);
    if (choice === 2) return voteNil.publish(message, peer, view);
    if (choice === 3 && message.kind === "vote") return flood(message, view);
    return [message];
  },
};

export const BEHAVIOURS: readonly Behaviour[] = [equivocate, withhold, amnesia, voteNil, invalid, silence, chaos];

function otherVote(message: Extract<OwnMessage, { kind: "vote" }>, view: LiarView): SimMessage {
  const others = [null, ...view.values.map((b) => b.blockId), blockIdOf(`nothing ${message.vote.height}`)];
  const blockId = others[view.random.below(others.length)] ?? null;
  return { kind: "vote", vote: signVote({ ...message.vote, blockId }, message.vote.time) };
}

function otherProposal(message: Extract<OwnMessage, { kind: "proposal" }>, view: LiarView): SimMessage {
  const { proposal } = message;
  const blockId = blockIdOf(`another ${proposal.height}/${proposal.round}`);
  return { kind: "proposal", proposal: signProposal(view.index, { ...proposal, blockId }) };
}

function flood(message: Extract<OwnMessage, { kind: "vote" }>, view: LiarView): readonly SimMessage[] {
  return Array.from({ length: 12 }, (_, i) => {
    const round = message.vote.round + 1 + i * (1 + view.random.below(50));
    return { kind: "vote", vote: signVote({ ...message.vote, round }, message.vote.time) };
  });
}
