import { expect } from "chai";
import fc from "fast-check";
import type { BlockId, Vote } from "../block/types.js";
import { toHeight } from "../primitives/index.js";
import { blockIdOf, signVote, timeOf, validatorSetOf } from "../testkit/simulator/symbolic.js";
import { createCore, step } from "./core.js";
import type { Core } from "./core.js";
import { MAX_SUMMARY_ROUNDS, valueStatus, voteSummary, votesMissing } from "./gossip.js";
import type { Missing, VoteSummary } from "./gossip.js";
import type { CoreInput } from "./inputs.js";
import { markVerified } from "./verified.js";

const V = blockIdOf("v");
const W = blockIdOf("w");
const set = validatorSetOf([10n, 10n, 10n, 10n]);
const H1 = toHeight(1n);

function vote(index: number, type: Vote["type"], round: number, blockId: BlockId | null): CoreInput {
  const unsigned = { type, height: H1, round, blockId, validator: set.validators[index]!.address, index };
  return { kind: "vote", vote: markVerified(signVote(unsigned, timeOf(0))) };
}

function coreWith(inputs: readonly CoreInput[], height = H1): Core {
  const start: CoreInput = { kind: "start-height", height, validators: set, self: null };
  return [start, ...inputs].reduce((core: Core, input) => step(core, input).next, createCore());
}

function summaryOf(core: Core): VoteSummary {
  return voteSummary(core) ?? expect.fail("no height");
}

function deliver(core: Core, missing: Missing): Core {
  const inputs: CoreInput[] = [
    ...missing.votes.map((v): CoreInput => ({ kind: "vote", vote: markVerified(v) })),
    ...missing.certificates.map((c): CoreInput => ({ kind: "certificate", certificate: markVerified(c) })),
  ];
  return inputs.reduce((c: Core, input) => step(c, input).next, core);
}

describe("gossip", () => {
  it("has nothing to say before the first height", () => {
    expect(voteSummary(createCore())).to.equal(null);
    expect(valueStatus(createCore())).to.deep.equal({
      proposal: null,
      locked: null,
      valid: null,
      decided: null,
    });
  });

  it("says which votes are known by bit, and which quorum", () => {
    const core = coreWith([
      vote(0, "prevote", 0, V),
      vote(2, "prevote", 0, V),
      vote(3, "prevote", 0, V),
      vote(3, "precommit", 0, null),
    ]);
    expect(summaryOf(core).rounds).to.deep.equal([
      { round: 0, prevotes: 0b1101n, precommits: 0b1000n, polka: { blockId: V }, commit: null },
    ]);
  });

  it("sends a peer exactly what it lacks", () => {
    const mine = coreWith([
      vote(0, "prevote", 0, V),
      vote(1, "prevote", 0, null),
      vote(2, "precommit", 0, V),
    ]);
    const theirs = coreWith([vote(0, "prevote", 0, V)]);
    const missing = votesMissing(mine, summaryOf(theirs), 100);
    expect(missing.votes.map((v) => `${v.type} ${v.index}`)).to.deep.equal(["precommit 2", "prevote 1"]);
    expect([missing.certificates, missing.proposal]).to.deep.equal([[], null]);
    expect(votesMissing(theirs, summaryOf(mine), 100).votes).to.deep.equal([]);
  });

  it("sends nothing to a peer at another height", () => {
    const mine = coreWith([vote(0, "prevote", 0, V)]);
    const peer = summaryOf(coreWith([], toHeight(2n)));
    expect(votesMissing(mine, peer, 100).votes).to.deep.equal([]);
  });

  it("sends a quorum whole when the peer holds contradicting votes of a liar", () => {
    const mine = coreWith([0, 1, 2].map((i) => vote(i, "prevote", 0, V)));
    const lied = [
      vote(2, "prevote", 0, W),
      vote(2, "prevote", 0, null),
      vote(0, "prevote", 0, V),
      vote(1, "prevote", 0, V),
    ];
    const theirs = coreWith(lied);
    const missing = votesMissing(mine, summaryOf(theirs), 100);
    expect(missing.votes).to.deep.equal([]);
    expect(missing.certificates.map((c) => c.votes.map((v) => v.index))).to.deep.equal([[0, 1, 2]]);
    const after = deliver(theirs, missing);
    expect(summaryOf(after).rounds[0]?.polka).to.deep.equal({ blockId: V });
    expect(votesMissing(mine, summaryOf(after), 100).certificates).to.deep.equal([]);
  });

  it("keeps to the limit, and survives a hostile summary", () => {
    const mine = coreWith(
      [0, 1, 2, 3].flatMap((i) => [vote(i, "prevote", 0, V), vote(i, "precommit", 0, null)]),
    );
    const peer = summaryOf(coreWith([]));
    expect(votesMissing(mine, peer, 3).votes).to.have.length(3);
    expect(votesMissing(mine, peer, 0).votes).to.have.length(0);
    const hostile: VoteSummary = {
      ...peer,
      round: -5,
      rounds: Array.from({ length: 1000 }, (_, i) => ({
        round: i - 3,
        prevotes: -1n,
        precommits: 1n << 500n,
        polka: null,
        commit: null,
      })),
    };
    expect(votesMissing(mine, hostile, 100).votes.length).to.be.at.most(8);
  });

  it("lists a bounded number of rounds, our own among them", () => {
    const inputs = Array.from({ length: 40 }, (_, r) =>
      [0, 1].map((i) => vote(i, "prevote", r, null)),
    ).flat();
    const summary = summaryOf(coreWith(inputs));
    expect(summary.round).to.equal(39);
    expect(summary.rounds).to.have.length(MAX_SUMMARY_ROUNDS);
    expect(summary.rounds[0]?.round).to.equal(39);
  });

  const ballot = fc.record({
    index: fc.nat(3),
    type: fc.constantFrom("prevote" as const, "precommit" as const),
    round: fc.nat(1),
    blockId: fc.constantFrom(V, null),
  });

  it("makes two nodes agree on all votes, when nobody lies, in a few exchanges", () => {
    const honest = fc.uniqueArray(ballot, {
      selector: (b) => `${b.index} ${b.type} ${b.round}`,
      maxLength: 16,
    });
    fc.assert(
      fc.property(honest, fc.nat(16), (ballots, cut) => {
        const inputs = ballots.map((b) => vote(b.index, b.type, b.round, b.blockId));
        let a = coreWith(inputs.slice(0, cut));
        let b = coreWith(inputs.slice(cut));
        for (let i = 0; i < 3; i++) {
          [a, b] = [
            deliver(a, votesMissing(b, summaryOf(a), 100)),
            deliver(b, votesMissing(a, summaryOf(b), 100)),
          ];
        }
        const bits = (core: Core): string[] =>
          summaryOf(core)
            .rounds.map((r) => `${r.round} ${r.prevotes} ${r.precommits}`)
            .sort();
        expect(bits(a)).to.deep.equal(bits(b));
        expect(votesMissing(a, summaryOf(b), 100)).to.deep.equal({
          proposal: null,
          votes: [],
          certificates: [],
        });
      }),
    );
  });
});
