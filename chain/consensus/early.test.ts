import { expect } from "chai";
import type { BlockId, Vote } from "../block/types.js";
import { toHeight } from "../primitives/index.js";
import type { Height } from "../primitives/index.js";
import { P, Q, V, W, rawProposal, rawVote } from "../testkit/core-lab.js";
import { EARLY_HEIGHTS, EARLY_PER_HEIGHT, EARLY_PROPOSALS, EARLY_VOTES_PER_VALIDATOR, NO_EARLY, keepEarly, takeEarly } from "./early.js";
import type { EarlyMessages } from "./early.js";
import { markVerified } from "./verified.js";

const NOW = toHeight(5n);
const H6 = toHeight(6n);

type Parts = [early: EarlyMessages, index: number, type: Vote["type"], round: number, blockId: BlockId | null, height?: Height];

function withVote(...[early, index, type, round, blockId, height = H6]: Parts): EarlyMessages {
  return keepEarly(early, NOW, { kind: "vote", vote: markVerified(rawVote(index, type, round, blockId, height)) });
}

function withProposal(early: EarlyMessages, round: number, blockId = V, height = H6): EarlyMessages {
  return keepEarly(early, NOW, { kind: "proposal", proposal: markVerified(rawProposal(round, blockId, -1, height)) });
}

const waiting = (early: EarlyMessages, height = H6): number => early.byHeight.get(String(height))?.length ?? 0;

describe("messages before their height", () => {
  it("wait when their height is one of the next two, and no others", () => {
    const kept = [4n, 5n, 6n, 7n, 8n].map((h) => withVote(NO_EARLY, P, "prevote", 0, V, toHeight(h)) !== NO_EARLY);
    expect(kept).to.deep.equal([false, false, true, true, false]);
    expect(EARLY_HEIGHTS).to.equal(2n);
    expect(withProposal(NO_EARLY, 0, V, toHeight(8n))).to.equal(NO_EARLY);
  });

  it("wait once each: a vote is another when its type, round, value or voter is", () => {
    const first = withVote(NO_EARLY, P, "prevote", 0, V);
    expect(withVote(first, P, "prevote", 0, V)).to.equal(first);
    expect(waiting(withVote(first, P, "precommit", 0, V))).to.equal(2);
    expect(waiting(withVote(first, P, "prevote", 1, V))).to.equal(2);
    expect(waiting(withVote(first, P, "prevote", 0, W))).to.equal(2);
    expect(waiting(withVote(first, P, "prevote", 0, null))).to.equal(2);
    expect(waiting(withVote(first, Q, "prevote", 0, V))).to.equal(2);
  });

  it("leave room for every validator: one that talks takes only its own", () => {
    let early = NO_EARLY;
    for (let round = 0; round < 2 * EARLY_VOTES_PER_VALIDATOR; round++) early = withVote(early, P, "prevote", round, V);
    expect(waiting(early)).to.equal(EARLY_VOTES_PER_VALIDATOR);
    expect(waiting(withVote(early, Q, "prevote", 0, V))).to.equal(EARLY_VOTES_PER_VALIDATOR + 1);
  });

  it("have one proposal a round, and a few rounds", () => {
    const first = withProposal(NO_EARLY, 0);
    expect(withProposal(first, 0, W)).to.equal(first);
    let early = first;
    for (let round = 1; round < EARLY_PROPOSALS; round++) early = withProposal(early, round);
    expect(waiting(early)).to.equal(EARLY_PROPOSALS);
    expect(withProposal(early, EARLY_PROPOSALS)).to.equal(early);
    expect(waiting(withVote(early, P, "prevote", 0, V))).to.equal(EARLY_PROPOSALS + 1);
  });

  it("are no more than so many a height, whoever sent them", () => {
    const one = { kind: "proposal", proposal: markVerified(rawProposal(0, V, -1, H6)) } as const;
    const full = (length: number): EarlyMessages => ({ byHeight: new Map([["6", Array<typeof one>(length).fill(one)]]) });
    const almost = full(EARLY_PER_HEIGHT - 1);
    expect(waiting(withVote(almost, P, "prevote", 0, V))).to.equal(EARLY_PER_HEIGHT);
    expect(waiting(withVote(full(EARLY_PER_HEIGHT), P, "prevote", 0, V))).to.equal(EARLY_PER_HEIGHT);
  });

  it("come out in order of arrival, and what is at or below the height is forgotten", () => {
    const early = [withVote, withVote].reduce((e, keep, i) => keep(e, i === 0 ? Q : P, "prevote", 0, V), withVote(NO_EARLY, P, "prevote", 0, V, toHeight(7n)));
    const { inputs, early: left } = takeEarly(early, H6);
    expect(inputs.map((i) => (i.kind === "vote" ? i.vote.index : -1))).to.deep.equal([Q, P]);
    expect([waiting(left), waiting(left, toHeight(7n))]).to.deep.equal([0, 1]);
    expect(takeEarly(early, toHeight(7n)).early.byHeight.size).to.equal(0);
    expect(takeEarly(early, toHeight(9n))).to.deep.equal({ early: NO_EARLY, inputs: [] });
  });
});
