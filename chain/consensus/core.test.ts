import { expect } from "chai";
import fc from "fast-check";
import type { Vote } from "../block/types.js";
import { EMPTY_BYTES, ZERO_TIME, toHeight } from "../primitives/index.js";
import {
  H1,
  ME,
  OTHERS,
  P,
  Q,
  S,
  V,
  W,
  certificate,
  decided,
  judged,
  locked,
  play,
  proposal,
  proposed,
  proposerIndex,
  rawProposal,
  round1,
  signed,
  startOf,
  text,
  timeout,
  vote,
  votes,
} from "../testkit/core-lab.js";
import { canonicalText } from "../testkit/simulator/describe.js";
import { createCore, heightOfCore, isProposalWanted, isVoteWanted, step, unanswered } from "./core.js";
import type { Effect } from "./effects.js";
import { EARLY_PROPOSALS, EARLY_VOTES_PER_VALIDATOR } from "./early.js";
import { PROPOSALS_AHEAD } from "./height.js";
import type { CoreInput } from "./inputs.js";
import { markVerified } from "./verified.js";

interface Script {
  readonly what: string;
  readonly before: readonly CoreInput[];
  readonly input: CoreInput;
  readonly effects: readonly string[];
}

const SCRIPTS: readonly Script[] = [
  {
    what: "a follower of the proposer starts with the propose timer",
    before: [],
    input: startOf(),
    effects: ["timer propose 0"],
  },
  {
    what: "the proposer asks for a value",
    before: [],
    input: startOf(proposerIndex(0)),
    effects: ["timer propose 0", "build 0"],
  },
  {
    what: "the proposer signs what was built, judges nothing, and prevotes only what comes back signed",
    before: [startOf(proposerIndex(0))],
    input: { kind: "value-built", height: H1, round: 0, blockId: V },
    effects: ["sign proposal 0 v pol -1"],
  },
  {
    what: "a signed proposal is published and prevoted",
    before: [startOf(proposerIndex(0)), { kind: "value-built", height: H1, round: 0, blockId: V }],
    input: { kind: "signed-proposal", proposal: rawProposal(0, V) },
    effects: ["publish proposal", "sign prevote 0 v", "cancel propose 0"],
  },
  {
    what: "a value that nobody asked for is not proposed",
    before: [startOf()],
    input: { kind: "value-built", height: H1, round: 0, blockId: V },
    effects: [],
  },
  {
    what: "a proposal has its value judged first",
    before: [startOf()],
    input: proposal(0, V),
    effects: ["judge v"],
  },
  {
    what: "a valid proposal is prevoted",
    before: [startOf(), proposal(0, V)],
    input: judged(V),
    effects: ["sign prevote 0 v", "cancel propose 0"],
  },
  {
    what: "an invalid proposal is refused",
    before: [startOf(), proposal(0, V)],
    input: judged(V, false),
    effects: ["sign prevote 0 nil", "cancel propose 0"],
  },
  {
    what: "a verdict before the proposal serves it",
    before: [startOf(), judged(V)],
    input: proposal(0, V),
    effects: ["sign prevote 0 v", "cancel propose 0"],
  },
  {
    what: "the first verdict stands",
    before: [startOf(), judged(V, false), judged(V)],
    input: proposal(0, V),
    effects: ["sign prevote 0 nil", "cancel propose 0"],
  },
  {
    what: "no proposal in time: nil",
    before: [startOf()],
    input: timeout("propose", 0),
    effects: ["sign prevote 0 nil"],
  },
  {
    what: "a signed vote is published and counted",
    before: [startOf(), timeout("propose", 0)],
    input: signed("prevote", 0, null),
    effects: ["publish vote"],
  },
  {
    what: "a node outside the set votes nothing",
    before: [startOf(null), proposal(0, V)],
    input: judged(V),
    effects: ["cancel propose 0"],
  },
  {
    what: "a polka is precommitted",
    before: [...proposed, vote(P, "prevote", 0, V)],
    input: vote(Q, "prevote", 0, V),
    effects: ["sign precommit 0 v"],
  },
  {
    what: "mixed prevotes start the timer",
    before: [...proposed, vote(P, "prevote", 0, V)],
    input: vote(Q, "prevote", 0, null),
    effects: ["timer prevote 0"],
  },
  {
    what: "the prevote timeout precommits nil",
    before: [...proposed, vote(P, "prevote", 0, V), vote(Q, "prevote", 0, null)],
    input: timeout("prevote", 0),
    effects: ["sign precommit 0 nil"],
  },
  {
    what: "a polka cancels the prevote timer",
    before: [...proposed, vote(P, "prevote", 0, V), vote(Q, "prevote", 0, null)],
    input: vote(S, "prevote", 0, V),
    effects: ["sign precommit 0 v", "cancel prevote 0"],
  },
  {
    what: "a polka for a value not seen has it fetched",
    before: [startOf(), timeout("propose", 0), signed("prevote", 0, null), ...votes([P, Q], "prevote", 0, V)],
    input: vote(S, "prevote", 0, V),
    effects: ["judge v"],
  },
  {
    what: "a polka whose value arrives late is still taken",
    before: [
      startOf(),
      timeout("propose", 0),
      signed("prevote", 0, null),
      ...votes([P, Q, S], "prevote", 0, V),
    ],
    input: judged(V),
    effects: ["sign precommit 0 v", "cancel prevote 0"],
  },
  {
    what: "a quorum of precommits decides",
    before: [...locked, vote(P, "precommit", 0, V)],
    input: vote(Q, "precommit", 0, V),
    effects: ["decide 0 v", "timer commit 0"],
  },
  {
    what: "a quorum of precommits from outside has the value fetched",
    before: [startOf(), ...votes([P, Q], "precommit", 0, V)],
    input: vote(S, "precommit", 0, V),
    effects: ["timer precommit 0", "judge v"],
  },
  {
    what: "and decides when it is there",
    before: [startOf(), ...votes([P, Q, S], "precommit", 0, V)],
    input: judged(V),
    effects: ["decide 0 v", "timer commit 0", "cancel propose 0", "cancel precommit 0"],
  },
  {
    what: "a quorum for an invalid value decides nothing",
    before: [startOf(), ...votes([P, Q, S], "precommit", 0, V)],
    input: judged(V, false),
    effects: [],
  },
  {
    what: "mixed precommits start the timer",
    before: [...locked, vote(P, "precommit", 0, V)],
    input: vote(Q, "precommit", 0, null),
    effects: ["timer precommit 0"],
  },
  {
    what: "the precommit timeout starts the next round",
    before: [...locked, ...votes([P, Q], "precommit", 0, null)],
    input: timeout("precommit", 0),
    effects: ["timer propose 1"],
  },
  {
    what: "a lock refuses another fresh value",
    before: [...round1, proposal(1, W)],
    input: judged(W),
    effects: ["sign prevote 1 nil", "cancel propose 1"],
  },
  {
    what: "a lock accepts its own value again",
    before: round1,
    input: proposal(1, V, 0),
    effects: ["sign prevote 1 v", "cancel propose 1"],
  },
  {
    what: "a proposal without its polka asks for it",
    before: [startOf(), ...votes([P, Q], "prevote", 1, null)],
    input: proposal(1, V, 0),
    effects: ["ask polka 0", "judge v"],
  },
  {
    what: "a certificate brings the missing polka",
    before: [startOf(), ...votes([P, Q], "prevote", 1, null), proposal(1, V, 0), judged(V)],
    input: certificate([P, Q, S], "prevote", 0, V),
    effects: ["sign prevote 1 v", "cancel propose 1"],
  },
  {
    what: "a third in the next round skips there",
    before: [startOf(), vote(P, "prevote", 1, null)],
    input: vote(Q, "prevote", 1, null),
    effects: ["timer propose 1", "cancel propose 0"],
  },
  {
    what: "a third in a far round skips there and asks what was missed",
    before: [startOf(), vote(P, "prevote", 5, null)],
    input: vote(Q, "precommit", 5, null),
    effects: ["timer propose 5", "ask round 5", "cancel propose 0"],
  },
  {
    what: "a second proposal is reported",
    before: [startOf(), proposal(0, V)],
    input: proposal(0, W),
    effects: ["report duplicate-proposal"],
  },
  {
    what: "and only once",
    before: [startOf(), proposal(0, V), proposal(0, W)],
    input: proposal(0, W),
    effects: [],
  },
  {
    what: "the same proposal again is nothing",
    before: [startOf(), proposal(0, V)],
    input: proposal(0, V),
    effects: [],
  },
  {
    what: "a second vote is reported",
    before: [startOf(), vote(P, "prevote", 0, V)],
    input: vote(P, "prevote", 0, null),
    effects: ["report duplicate-vote"],
  },
  {
    what: "a proposal too many rounds ahead is dropped",
    before: [startOf()],
    input: proposal(PROPOSALS_AHEAD + 1, V),
    effects: [],
  },
  {
    what: "a polka round beyond the round is dropped",
    before: [startOf()],
    input: proposal(0, V, 0),
    effects: [],
  },
  {
    what: "a timeout that was cancelled is void",
    before: proposed,
    input: timeout("propose", 0),
    effects: [],
  },
  {
    what: "a timeout that was never set is void",
    before: [startOf()],
    input: timeout("precommit", 0),
    effects: [],
  },
  { what: "a decided height takes no proposal", before: decided, input: proposal(1, W), effects: [] },
  {
    what: "a decided height takes no prevote",
    before: decided,
    input: vote(S, "prevote", 0, W),
    effects: [],
  },
  {
    what: "a late precommit says nothing at once",
    before: decided,
    input: vote(S, "precommit", 0, V),
    effects: [],
  },
  {
    what: "the commit timeout closes the height",
    before: decided,
    input: timeout("commit", 0),
    effects: ["close 1"],
  },
  {
    what: "a closed height takes nothing",
    before: [...decided, timeout("commit", 0)],
    input: vote(S, "precommit", 0, V),
    effects: [],
  },
  {
    what: "the next height starts",
    before: [...decided, timeout("commit", 0)],
    input: startOf(ME, toHeight(2n)),
    effects: ["timer propose 0"],
  },
  { what: "a height is not started twice", before: [startOf()], input: startOf(), effects: [] },
  { what: "nothing happens before the first height", before: [], input: proposal(0, V), effects: [] },
];

describe("core: scripts", () => {
  for (const { what, before, input, effects } of SCRIPTS) {
    it(what, () => {
      const played = play([...before, input]).last;
      expect(played).to.deep.equal(effects);
    });
  }

  it("refuses an older polka when it is locked later on another value (L32)", () => {
    const inputs = [
      ...[
        startOf(),
        proposal(0, W),
        judged(W),
        signed("prevote", 0, W),
        vote(P, "prevote", 0, W),
        vote(Q, "prevote", 0, null),
      ],
      ...[
        timeout("prevote", 0),
        signed("precommit", 0, null),
        ...votes([P, Q], "precommit", 0, null),
        timeout("precommit", 0),
      ],
      ...[
        proposal(1, V),
        judged(V),
        signed("prevote", 1, V),
        ...votes([P, Q], "prevote", 1, V),
        signed("precommit", 1, V),
      ],
      ...[...votes([P, Q], "precommit", 1, null), timeout("precommit", 1)],
      vote(S, "prevote", 0, W),
      certificate([ME, P, S], "prevote", 0, W),
    ];
    const { core, said, last } = play([...inputs, proposal(2, W, 0)]);
    expect(said).to.include("sign precommit 1 v");
    expect(last).to.deep.equal(["sign prevote 2 nil", "cancel propose 2"]);
    expect(core.current?.round.locked?.round).to.equal(1);
  });

  it("asks for a decision and a close with the commits known at each moment", () => {
    const { effects } = play([...decided, vote(S, "precommit", 0, V), timeout("commit", 0)]);
    const flags = effects.flatMap((e) =>
      e.kind === "decide" || e.kind === "close-height" ? [e.commit.signatures.map((s) => s.flag)] : [],
    );
    expect(flags[0]?.[S]).to.equal("absent");
    expect(flags[1]?.every((f) => f === "commit")).to.equal(true);
  });

  it("keeps nil precommits in the commit, and makes votes for other values absent", () => {
    const odd = [
      ...locked,
      vote(S, "precommit", 0, W),
      vote(P, "precommit", 0, V),
      vote(Q, "precommit", 0, V),
      timeout("commit", 0),
    ];
    const nil = [
      ...locked,
      vote(S, "precommit", 0, null),
      vote(P, "precommit", 0, V),
      vote(Q, "precommit", 0, V),
      timeout("commit", 0),
    ];
    const last = (inputs: readonly CoreInput[]): Effect | undefined => play(inputs).effects.at(-1);
    const absent = last(odd);
    const kept = last(nil);
    if (absent?.kind !== "close-height" || kept?.kind !== "close-height") return expect.fail("no close");
    expect(absent.commit.signatures[S]).to.deep.equal({
      flag: "absent",
      validator: EMPTY_BYTES,
      time: ZERO_TIME,
      signature: EMPTY_BYTES,
      extension: EMPTY_BYTES,
      extensionSignature: EMPTY_BYTES,
    });
    expect([
      kept.commit.signatures[S]?.flag,
      kept.commit.signatures[S]?.signature.length === 0,
    ]).to.deep.equal(["nil", false]);
  });

  it("decides by sync at once, and closes with the commit of the network", () => {
    const commit = play(decided).effects.find((e) => e.kind === "decide");
    if (commit?.kind !== "decide") return expect.fail("no decision");
    const { last } = play([startOf(), { kind: "decided-by-sync", commit: markVerified(commit.commit) }]);
    expect(last).to.deep.equal(["decide 0 v", "close 1", "cancel propose 0"]);
    expect(
      play([...decided, { kind: "decided-by-sync", commit: markVerified(commit.commit) }]).last,
    ).to.deep.equal([]);
  });
});

describe("core: messages before their height", () => {
  const H2 = toHeight(2n);

  it("come back through resubmit when the height starts", () => {
    const early = [vote(P, "prevote", 0, V, H2), vote(Q, "prevote", 0, V, H2)];
    const { last, effects, core } = play([startOf(), ...early, startOf(ME, H2)]);
    expect(last).to.deep.equal(["timer propose 0", "resubmit 2"]);
    expect(effects.at(-1)).to.deep.equal({ kind: "resubmit", inputs: early });
    expect(core.early.byHeight.size).to.equal(0);
  });

  it("are bounded per validator, per height and in heights", () => {
    const many = Array.from({ length: 50 }, (_, i) => vote(P, "prevote", i, V, H2));
    const far = vote(P, "prevote", 0, V, toHeight(4n));
    const proposals = Array.from({ length: 20 }, (_, i) => proposal(i, V, -1, H2));
    const { core } = play([startOf(), ...many, far, ...proposals]);
    expect(core.early.byHeight.get("2")).to.have.length(EARLY_VOTES_PER_VALIDATOR + EARLY_PROPOSALS);
    expect(core.early.byHeight.has("4")).to.equal(false);
  });

  it("of a height already past are forgotten", () => {
    const { core, last } = play([
      startOf(),
      vote(P, "prevote", 0, V, H2),
      startOf(ME, toHeight(3n)),
      vote(P, "prevote", 0, V, H2),
    ]);
    expect(last).to.deep.equal([]);
    expect(core.early.byHeight.size).to.equal(0);
  });
});

describe("core: what is worth verifying", () => {
  const wanted = { type: "prevote", height: H1 } as const;
  it("nothing before the first height", () => {
    expect(isVoteWanted(createCore(), wanted as Vote)).to.equal(false);
    expect(isProposalWanted(createCore(), H1, 0)).to.equal(false);
    expect(heightOfCore(createCore())).to.equal(0n);
  });

  it("votes and proposals of this height and two more, within bounds", () => {
    const { core } = play([startOf()]);
    expect(
      [0n, 1n, 2n, 3n, 4n].map((h) => isVoteWanted(core, { type: "prevote", height: toHeight(h), round: 0 })),
    ).to.deep.equal([false, true, true, true, false]);
    expect(
      [-1, 0, PROPOSALS_AHEAD, PROPOSALS_AHEAD + 1, 2 ** 40, 0.5].map((r) => isProposalWanted(core, H1, r)),
    ).to.deep.equal([false, true, true, false, false, false]);
    expect(isProposalWanted(core, toHeight(2n), 2 ** 40)).to.equal(false);
  });

  it("only precommits of the decided round after the decision, and nothing after the close", () => {
    const open = play(decided).core;
    const closed = play([...decided, timeout("commit", 0)]).core;
    expect(isVoteWanted(open, { type: "precommit", height: H1, round: 0 })).to.equal(true);
    expect(isVoteWanted(open, { type: "precommit", height: H1, round: 1 })).to.equal(false);
    expect(isVoteWanted(open, { type: "prevote", height: H1, round: 0 })).to.equal(false);
    expect(isProposalWanted(open, H1, 0)).to.equal(false);
    expect(isVoteWanted(closed, { type: "precommit", height: H1, round: 0 })).to.equal(false);
  });
});

describe("core: replay", () => {
  it("asks again for what was not answered, and for nothing else", () => {
    const asked = (inputs: readonly CoreInput[]): string[] => unanswered(play(inputs).core).map(text);
    expect(asked([])).to.deep.equal([]);
    expect(asked([startOf(proposerIndex(0))])).to.deep.equal(["timer propose 0", "build 0"]);
    expect(asked([startOf(), proposal(0, V)])).to.deep.equal(["timer propose 0", "judge v"]);
    expect(asked([startOf(), proposal(0, V), judged(V)])).to.deep.equal(["sign prevote 0 v"]);
    expect(asked(proposed)).to.deep.equal([]);
    expect(asked(locked.slice(0, -1))).to.deep.equal(["sign precommit 0 v"]);
    expect(asked(decided)).to.deep.equal(["decide 0 v", "timer commit 0"]);
    expect(asked([...decided, timeout("commit", 0)])).to.deep.equal(["decide 0 v", "close 1"]);
    expect(asked(round1)).to.deep.equal(["timer propose 1"]);
  });

  const blockId = fc.constantFrom(V, W);
  const round = fc.nat(3);
  const type = fc.constantFrom("prevote" as const, "precommit" as const);
  const anyInput: fc.Arbitrary<CoreInput> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.tuple(fc.constantFrom(...OTHERS), type, round, fc.option(blockId)).map((a) => vote(...a)),
    },
    { weight: 2, arbitrary: fc.tuple(type, round, fc.option(blockId)).map((a) => signed(...a)) },
    {
      weight: 2,
      arbitrary: fc.tuple(round, blockId, fc.integer({ min: -1, max: 2 })).map((a) => proposal(...a)),
    },
    { weight: 2, arbitrary: fc.tuple(blockId, fc.boolean()).map((a) => judged(...a)) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom("propose" as const, "prevote" as const, "precommit" as const), round)
        .map((a) => timeout(...a)),
    },
    { weight: 1, arbitrary: fc.tuple(type, round, blockId).map(([t, r, b]) => certificate(OTHERS, t, r, b)) },
    {
      weight: 1,
      arbitrary: round.map((r): CoreInput => ({ kind: "value-built", height: H1, round: r, blockId: V })),
    },
  );

  it("of the same inputs gives the same state and the same effects, and leaves its arguments alone", () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 60 }), fc.nat(3), (inputs, self) => {
        let core = createCore();
        const said: string[] = [];
        for (const input of [startOf(self), ...inputs]) {
          const before = canonicalText(core);
          const result = step(core, input);
          expect(canonicalText(core)).to.equal(before);
          expect(canonicalText(step(core, input))).to.equal(canonicalText(result));
          core = result.next;
          said.push(...result.effects.map(text));
        }
        const again = play([startOf(self), ...inputs]);
        expect(canonicalText(again.core)).to.equal(canonicalText(core));
        expect(again.said).to.deep.equal(said);
      }),
      { numRuns: 60 },
    );
  });

  it("never asks to sign twice for one place, to decide twice, or to cancel what was not set", () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 120 }), fc.nat(3), (inputs, self) => {
        const { said } = play([startOf(self), ...inputs]);
        const places = said
          .filter((s) => s.startsWith("sign "))
          .map((s) => s.split(" ").slice(0, 3).join(" "));
        expect(new Set(places).size).to.equal(places.length);
        expect(said.filter((s) => s.startsWith("decide")).length).to.be.at.most(1);
        const timers = new Set<string>();
        for (const s of said) {
          if (s.startsWith("timer ")) timers.add(s.slice(6));
          if (s.startsWith("cancel ")) expect(timers.delete(s.slice(7)), s).to.equal(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
