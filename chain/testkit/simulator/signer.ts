import type { Proposal, Vote } from "../../block/types.js";
import { valueKey } from "../../consensus/index.js";
import type { SignProposal, UnsignedVote } from "../../consensus/index.js";
import type { TimeNs } from "../../primitives/index.js";
import { signProposal, signVote } from "./symbolic.js";

/** A signer whose state survives crashes: it never goes back, and repeats itself for the same message. */
export interface Signer {
  vote(vote: UnsignedVote, time: TimeNs): Vote | null;
  proposal(proposal: SignProposal["proposal"], time: TimeNs): Proposal | null;
}

interface Place {
  readonly height: bigint;
  readonly round: number;
  /** 1 proposal, 2 prevote, 3 precommit. */
  readonly step: number;
}

function compare(a: Place, b: Place): number {
  if (a.height !== b.height) return a.height < b.height ? -1 : 1;
  return a.round !== b.round ? a.round - b.round : a.step - b.step;
}

export function createSigner(index: number): Signer {
  let last: { readonly place: Place; readonly content: string; readonly signed: Vote | Proposal } | null =
    null;

  function once<T extends Vote | Proposal>(place: Place, content: string, sign: () => T): T | null {
    const order = last === null ? 1 : compare(place, last.place);
    if (order < 0) return null;
    if (order === 0) return last !== null && last.content === content ? (last.signed as T) : null;
    const signed = sign();
    last = { place, content, signed };
    return signed;
  }

  return {
    vote(vote, time) {
      const step = vote.type === "prevote" ? 2 : 3;
      return once({ ...vote, step }, valueKey(vote.blockId), () => signVote(vote, time));
    },
    proposal(proposal, time) {
      const content = `${proposal.polRound} ${valueKey(proposal.blockId)}`;
      return once({ ...proposal, step: 1 }, content, () => signProposal(index, { ...proposal, time }));
    },
  };
}
