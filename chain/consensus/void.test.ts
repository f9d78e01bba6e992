import { expect } from "chai";
import fc from "fast-check";
import { toAddress, toHeight } from "../primitives/index.js";
import { H1, ME, P, Q, S, V, W, certificate, decided, judged, locked, play, proposal, proposed, rawProposal, round1, signed, startOf, timeout, vote, votes } from "../testkit/core-lab.js";
import { canonicalText } from "../testkit/simulator/describe.js";
import { isProposalWanted, isVoteWanted, step } from "./core.js";
import type { Core } from "./core.js";
import { EARLY_HEIGHTS } from "./early.js";
import { PROPOSALS_AHEAD } from "./height.js";
import type { CoreInput } from "./inputs.js";
import { proposerAt } from "./proposer.js";
import { markVerified } from "./verified.js";

/** What reaches the core and must not move it: neither say anything, nor stay behind and be believed later. */

/** The state before and after as text, and what was said. */
function unmoved(before: readonly CoreInput[], input: CoreInput): void {
  const { core } = play(before);
  const { next, effects } = step(core, input);
  expect(effects).to.deep.equal([]);
  expect(canonicalText(next)).to.equal(canonicalText(core));
}

const H0 = toHeight(0n);
const commitOf = (core: Core, height = H1) => {
  const decide = core.current?.pending.get("decide");
  if (decide?.kind !== "decide") throw new TypeError("nothing was decided");
  return markVerified({ ...decide.commit, height });
};

const AT = (height: typeof H1): Readonly<Record<string, CoreInput>> => ({
  "a verdict": judged(V, true, height),
  "a built value": { kind: "value-built", height, round: 3, blockId: V },
  "a timeout": timeout("propose", 0, height),
  "our own vote": signed("prevote", 0, V, height),
  "our own proposal": { kind: "signed-proposal", proposal: rawProposal(0, V, -1, height) },
  "a certificate": certificate([P, Q, S], "precommit", 0, V, height),
  "a commit": { kind: "decided-by-sync", commit: commitOf(play(decided).core, height) },
});

describe("core: what does not move it", () => {
  for (const [height, name] of [[H0, "past"], [toHeight(2n), "later"]] as const) {
    for (const [what, input] of Object.entries(AT(height))) it(`${what} of a ${name} height`, () => unmoved([startOf()], input));
  }

  it("votes and proposals of a past height", () => {
    unmoved([startOf()], vote(P, "precommit", 0, V, H0));
    unmoved([startOf()], proposal(0, V, -1, H0));
  });

  it("anything once the height is closed, by a timeout or by sync", () => {
    const synced: CoreInput = { kind: "decided-by-sync", commit: commitOf(play(decided).core) };
    for (const closed of [[...decided, timeout("commit", 0)], [startOf(), synced]]) {
      for (const input of [vote(S, "precommit", 0, V), signed("precommit", 0, V), certificate([P, Q, S], "precommit", 0, V), judged(W), synced]) {
        unmoved(closed, input);
      }
    }
  });

  it("prevotes after the decision, even such as contradict one another", () => {
    for (const input of [vote(S, "prevote", 0, V), vote(P, "prevote", 0, null), certificate([P, Q, S], "prevote", 1, V)]) unmoved(decided, input);
    expect(play([...decided, vote(S, "precommit", 1, W), vote(S, "precommit", 1, null)]).said).not.to.include("report duplicate-vote");
  });

  it("proposals after the decision, and proposals of rounds that are over or too far", () => {
    unmoved(decided, proposal(0, W));
    unmoved(decided, proposal(1, V));
    unmoved(round1, proposal(0, W));
    unmoved([startOf()], proposal(PROPOSALS_AHEAD + 1, V));
    expect(play([startOf(), proposal(PROPOSALS_AHEAD, V)]).core.current?.proposals.has(PROPOSALS_AHEAD)).to.equal(true);
  });

  it("proposals whose rounds are no rounds", () => {
    for (const [round, polRound] of [[0.5, -1], [NaN, -1], [0, -2], [1, 0.5], [1, NaN], [1, 1], [1, 2]] as const) unmoved([startOf()], proposal(round, V, polRound));
  });

  it("a proposal of ours that the signer gave back too late is not published", () => {
    const late: CoreInput = { kind: "signed-proposal", proposal: rawProposal(0, W) };
    expect(play([...round1, late]).last).to.deep.equal([]);
    expect(play([...decided, late]).last).to.deep.equal([]);
  });

  it("a vote of ours that the signer gave back after the decision is not published, unless it belongs to the last commit", () => {
    const before = [...proposed, ...votes([P, Q, S], "prevote", 0, V), ...votes([P, Q, S], "precommit", 0, V)];
    expect(play(before).said.filter((s) => s.startsWith("decide"))).to.have.length(1);
    expect(play([...before, signed("prevote", 0, V)]).last).to.deep.equal([]);
    expect(play([...before, signed("precommit", 0, V)]).last).to.deep.equal(["publish vote"]);
  });

  it("a verdict after the first, whichever it was, and a second one after the decision", () => {
    unmoved([startOf(), judged(V, false)], judged(V, true));
    unmoved([startOf(), judged(V, true)], judged(V, false));
    expect(play([...decided, judged(W)]).core.current?.values.size).to.equal(1);
  });
});

describe("core: what is remembered of rounds", () => {
  it("a proposal that came before its round is taken when the round begins", () => {
    const { last, core } = play([startOf(), proposal(1, V), judged(V), vote(P, "prevote", 1, null), vote(Q, "prevote", 1, null)]);
    expect(last).to.include("sign prevote 1 v");
    expect([...(core.current?.proposals.keys() ?? [])]).to.deep.equal([1]);
  });

  it("proposals of rounds that are over are forgotten", () => {
    expect([...(play(round1).core.current?.proposals.keys() ?? [])]).to.deep.equal([]);
  });

  it("the same value proposed again on another polka is a contradiction", () => {
    expect(play([...round1, proposal(1, V, 0), proposal(1, V)]).last).to.deep.equal(["report duplicate-proposal"]);
    expect(play([...round1, proposal(1, V, 0), proposal(1, W, 0)]).last).to.deep.equal(["report duplicate-proposal"]);
    expect(play([...round1, proposal(1, V, 0), proposal(1, V, 0)]).last).to.deep.equal([]);
  });

  it("the report names who proposes the round", () => {
    const { effects, core } = play([startOf(), proposal(0, V), proposal(0, W)]);
    const report = effects.find((e) => e.kind === "report-evidence");
    if (core.current === null || report?.kind !== "report-evidence" || report.equivocation.kind !== "duplicate-proposal") return expect.fail("no report");
    const { proposer, first, second } = report.equivocation;
    expect(proposer).to.deep.equal(proposerAt(core.current.validators, 0).address);
    expect([first, second]).to.deep.equal([rawProposal(0, V), rawProposal(0, W)]);
  });
});

describe("core: polkas that a proposal rests on", () => {
  const next = [startOf(), ...votes([P, Q], "prevote", 1, null)];

  it("are asked for when what prevoted was another value", () => {
    const other = [startOf(), certificate([P, Q, S], "prevote", 0, W), ...votes([P, Q], "prevote", 1, null)];
    expect(play([...other, proposal(1, V, 0)]).last).to.include("ask polka 0");
    expect(play([...other, proposal(1, W, 0)]).last).not.to.include("ask polka 0");
  });

  it("are not asked for once we have prevoted, nor for a proposal that rests on none", () => {
    expect(play([...next, timeout("propose", 1), proposal(1, V, 0)]).last).to.deep.equal(["judge v"]);
    expect(play([...next, proposal(1, V)]).last).to.deep.equal(["judge v"]);
  });

  it("have nothing to judge when they are for nil", () => {
    const nil = [...proposed.slice(0, 1), timeout("propose", 0), signed("prevote", 0, null), ...votes([P, Q], "prevote", 0, null)];
    expect(play(nil).last).to.deep.equal(["sign precommit 0 nil"]);
    expect(play([...nil, signed("precommit", 0, null), ...votes([P, Q], "precommit", 0, null)]).last).to.deep.equal(["timer precommit 0"]);
  });
});

describe("core: an address outside the set", () => {
  it("follows: asks for values and votes for none", () => {
    const stranger = { ...startOf(), self: toAddress(new Uint8Array(20).fill(7)) } as CoreInput;
    const { core, said } = play([stranger, proposal(0, V), judged(V), ...votes([P, Q, S], "prevote", 0, V), ...votes([P, Q, S], "precommit", 0, V)]);
    expect(core.current?.self).to.equal(null);
    expect(said.filter((s) => s.startsWith("sign"))).to.deep.equal([]);
    expect(said).to.include("decide 0 v");
  });
});

describe("core: what is worth verifying, at its edges", () => {
  const { core } = play([startOf()]);
  const wanted = (height: bigint, round: number): boolean => isProposalWanted(core, toHeight(height), round);

  it("proposals of the next heights, in their first rounds", () => {
    expect([0n, 1n, 2n, 1n + EARLY_HEIGHTS, 2n + EARLY_HEIGHTS].map((h) => wanted(h, 0))).to.deep.equal([false, true, true, true, false]);
    expect([PROPOSALS_AHEAD, PROPOSALS_AHEAD + 1].map((r) => wanted(2n, r))).to.deep.equal([true, false]);
    for (const round of [-1, 0.5, NaN]) for (const height of [1n, 2n]) expect(wanted(height, round), `${height}/${round}`).to.equal(false);
  });

  it("proposals of our round and later ones alone", () => {
    expect([0, 1, 1 + PROPOSALS_AHEAD, 2 + PROPOSALS_AHEAD].map((r) => isProposalWanted(play(round1).core, H1, r))).to.deep.equal([false, true, true, false]);
  });

  it("no vote of a height that is over", () => {
    expect(isVoteWanted(play([startOf(ME, toHeight(2n))]).core, { type: "prevote", height: H1, round: 0 })).to.equal(false);
    expect(isVoteWanted(play(locked).core, { type: "prevote", height: H1, round: 7 })).to.equal(true);
  });

  it("clauses are named, one for each turn that took one", () => {
    fc.assert(
      fc.property(fc.constantFrom(startOf(), ...decided), fc.nat(8), (input, from) => {
        for (const clause of step(play(decided.slice(0, from)).core, input).clauses) expect(clause).to.be.a("string");
      }),
    );
    expect(step(play(decided.slice(0, -1)).core, decided.at(-1) as CoreInput).clauses).to.include("L49");
  });
});
