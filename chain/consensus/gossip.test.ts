import { expect } from "chai";
import fc from "fast-check";
import type { BlockId, Vote } from "../block/types.js";
import { toHeight } from "../primitives/index.js";
import { judged, proposal } from "../testkit/core-lab.js";
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

/** The same, with the proposal of its round. */
function proposed(core: Core, round: number, blockId = V): Core {
  return step(core, proposal(round, blockId)).next;
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

  it("counts what it sends: a quorum in one piece takes its votes' room, and what has no room waits", () => {
    const mine = coreWith([0, 1, 2].flatMap((i) => [vote(i, "precommit", 0, V), vote(i, "prevote", 0, null)]));
    // Bits say that every precommit is known, and not which quorum they made.
    const peer: VoteSummary = { ...summaryOf(coreWith([])), rounds: [{ round: 0, prevotes: 0n, precommits: 0b111n, polka: null, commit: null }] };
    const sent = (limit: number) => {
      const { votes, certificates } = votesMissing(mine, peer, limit);
      return [certificates.length, votes.length];
    };
    expect([0, 1, 3, 4, 5, 6].map(sent)).to.deep.equal([[0, 0], [1, 0], [1, 0], [1, 1], [1, 2], [1, 3]]);
    const plain = summaryOf(coreWith([]));
    expect(votesMissing(mine, plain, 1).votes.map((v) => `${v.type} ${v.index}`)).to.deep.equal(["precommit 0"]);
    const known: VoteSummary = { ...plain, rounds: [{ round: 0, prevotes: 0b111n, precommits: 0b011n, polka: null, commit: null }] };
    expect(votesMissing(mine, known, 1)).to.deep.equal({ proposal: null, votes: [mine.current?.votes.rounds.get(0)?.precommit.slots[2]?.[0]], certificates: [] });
    expect(votesMissing(mine, known, 2).certificates.map((c) => c.type), "no vote is lacking but the quorum is").to.deep.equal(["prevote"]);
  });

  it("sends a quorum to one that knows of another", () => {
    const mine = coreWith([0, 1, 2].map((i) => vote(i, "prevote", 0, V)));
    const told = (blockId: BlockId | null): VoteSummary => {
      return { ...summaryOf(mine), rounds: [{ round: 0, prevotes: 0b111n, precommits: 0n, polka: { blockId }, commit: null }] };
    };
    expect(votesMissing(mine, told(V), 100).certificates).to.have.length(0);
    for (const other of [W, null]) expect(votesMissing(mine, told(other), 100).certificates).to.have.length(1);
  });

  it("has nothing for anybody before the first height", () => {
    expect(votesMissing(createCore(), summaryOf(coreWith([])), 100)).to.deep.equal({ proposal: null, votes: [], certificates: [] });
  });

  it("names a decided round first, then the one that the valid value rests on, then the peer's, then ours", () => {
    const polka = [0, 1, 2].map((i) => vote(i, "prevote", 1, V));
    const later = [2, 3].flatMap((r) => [0, 1].map((i) => vote(i, "precommit", r, null)));
    const quorum = [0, 1, 2].map((i) => vote(i, "precommit", 0, W));
    const core = coreWith([judged(V), vote(0, "prevote", 1, null), vote(1, "prevote", 1, null), ...polka, ...later, ...quorum]);
    expect(summaryOf(core).rounds.map((r) => r.round)).to.deep.equal([0, 3, 2, 1]);
    const nil = coreWith([0, 1, 2].map((i) => vote(i, "precommit", 0, null)).concat([0, 1].map((i) => vote(i, "prevote", 1, V))));
    expect(summaryOf(nil).rounds.map((r) => r.round), "a quorum for nil decides nothing").to.deep.equal([1, 0]);
  });

  it("says whether it has the proposal of its round, and sends it to whoever is not ahead and lacks it", () => {
    const at1 = [0, 1].map((i) => vote(i, "prevote", 1, null));
    const [with0, without0] = [proposed(coreWith([]), 0), coreWith([])];
    const [with1, without1] = [proposed(coreWith(at1), 1), coreWith(at1)];
    expect([with0, without0].map((c) => summaryOf(c).hasProposal)).to.deep.equal([true, false]);
    const sent = (from: Core, to: Core): string | undefined => {
      const { proposal: found } = votesMissing(from, summaryOf(to), 100);
      return found === null ? undefined : `round ${found.round}`;
    };
    expect(sent(with0, without0)).to.equal("round 0");
    expect(sent(with0, with0)).to.equal(undefined);
    expect(sent(with1, without0), "one that is behind").to.equal("round 1");
    expect(sent(with1, with0), "even if it has that of its own round").to.equal("round 1");
    expect(sent(with0, without1), "one that is ahead").to.equal(undefined);
    expect(sent(without0, without0)).to.equal(undefined);
    const decided = [0, 1, 2].reduce((c: Core, i) => step(c, vote(i, "precommit", 0, V)).next, step(with0, judged(V)).next);
    expect(valueStatus(decided).decided).to.deep.equal(V);
    expect(sent(decided, without0), "the block itself is on its way then").to.equal(undefined);
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
