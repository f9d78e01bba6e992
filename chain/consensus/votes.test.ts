import { expect } from "chai";
import fc from "fast-check";
import type { BlockId, Vote } from "../block/types.js";
import { toAddress, toHeight, toVotingPower } from "../primitives/index.js";
import { blockIdOf, signVote, timeOf, validatorSetOf } from "../testkit/simulator/symbolic.js";
import {
  MAX_AHEAD,
  MAX_ROUND,
  MAX_VOTES_PER_SLOT,
  addCertificate,
  addVote,
  createVoteKeeper,
  enterRound,
  isHonestShare,
  isQuorum,
  roundToSkipTo,
  roundsOf,
  tallyOf,
} from "./votes.js";
import type { Threshold, VoteKeeper } from "./votes.js";
import { valueKey } from "./value-key.js";

const A = blockIdOf("a");
const B = blockIdOf("b");
const C = blockIdOf("c");
const four = validatorSetOf([1n, 1n, 1n, 1n]);

function vote(index: number, type: Vote["type"], round: number, blockId: BlockId | null): Vote {
  const validator = four.validators[index]!.address;
  return signVote({ type, height: toHeight(1n), round, blockId, validator, index }, timeOf(0));
}

function addAll(votes: readonly Vote[], round = 0): { keeper: VoteKeeper; crossed: Threshold[] } {
  let keeper = createVoteKeeper(four);
  const crossed: Threshold[] = [];
  for (const v of votes) {
    const counted = addVote(keeper, v, round);
    keeper = counted.keeper;
    crossed.push(...counted.crossed);
  }
  return { keeper, crossed };
}

const kinds = (crossed: readonly Threshold[]): string[] => crossed.map((c) => `${c.kind} ${c.round}`);

describe("votes: thresholds", () => {
  it("a quorum is more than two thirds, an honest share more than one third", () => {
    expect([isQuorum(2n, 3n), isQuorum(3n, 4n), isQuorum(66n, 100n), isQuorum(67n, 100n)]).to.deep.equal([
      false,
      true,
      false,
      true,
    ]);
    expect([
      isHonestShare(1n, 3n),
      isHonestShare(2n, 4n),
      isHonestShare(33n, 100n),
      isHonestShare(34n, 100n),
    ]).to.deep.equal([false, true, false, true]);
  });

  it("holds near the largest total power, where 64-bit products would wrap", () => {
    const total = ((1n << 63n) - 1n) / 8n;
    expect(isQuorum((total * 2n) / 3n, total)).to.equal(false);
    expect(isQuorum((total * 2n) / 3n + 1n, total)).to.equal(true);
  });

  const TABLE: readonly (readonly [
    string,
    readonly (readonly [number, Vote["type"], BlockId | null])[],
    readonly string[],
  ])[] = [
    ["one vote crosses nothing", [[0, "prevote", A]], []],
    [
      "two of four are an honest share",
      [
        [0, "prevote", A],
        [1, "prevote", A],
      ],
      ["skip 0"],
    ],
    [
      "three prevotes for one value",
      [
        [0, "prevote", A],
        [1, "prevote", A],
        [2, "prevote", A],
      ],
      ["skip 0", "polka-any 0", "polka-value 0"],
    ],
    [
      "three prevotes for nil",
      [
        [0, "prevote", null],
        [1, "prevote", null],
        [2, "prevote", null],
      ],
      ["skip 0", "polka-any 0", "polka-nil 0"],
    ],
    [
      "three different prevotes",
      [
        [0, "prevote", A],
        [1, "prevote", B],
        [2, "prevote", null],
      ],
      ["skip 0", "polka-any 0"],
    ],
    [
      "three precommits for one value",
      [
        [0, "precommit", A],
        [1, "precommit", A],
        [2, "precommit", A],
      ],
      ["skip 0", "precommit-any 0", "precommit-value 0"],
    ],
    [
      "three precommits for nil are only any",
      [
        [0, "precommit", null],
        [1, "precommit", null],
        [2, "precommit", null],
      ],
      ["skip 0", "precommit-any 0"],
    ],
    [
      "types do not add up",
      [
        [0, "prevote", A],
        [1, "prevote", A],
        [2, "precommit", A],
      ],
      ["skip 0"],
    ],
    [
      "a fourth vote crosses nothing again",
      [
        [0, "prevote", A],
        [1, "prevote", A],
        [2, "prevote", A],
        [3, "prevote", A],
      ],
      ["skip 0", "polka-any 0", "polka-value 0"],
    ],
    [
      "a repeated vote counts once",
      [
        [0, "prevote", A],
        [0, "prevote", A],
        [0, "prevote", A],
      ],
      [],
    ],
    [
      "one voter twice in a round is one voter",
      [
        [0, "prevote", A],
        [0, "precommit", A],
      ],
      [],
    ],
  ];
  for (const [what, votes, expected] of TABLE) {
    it(what, () => {
      const { crossed } = addAll(votes.map(([i, type, blockId]) => vote(i, type, 0, blockId)));
      expect(kinds(crossed)).to.deep.equal(expected);
    });
  }

  it("weighs by power", () => {
    const set = validatorSetOf([70n, 10n, 10n, 10n]);
    const index = set.validators.findIndex((v) => v.power === toVotingPower(70n));
    const unsigned = {
      type: "prevote",
      height: toHeight(1n),
      round: 0,
      blockId: A,
      validator: set.validators[index]!.address,
      index,
    } as const;
    const { crossed } = addVote(createVoteKeeper(set), signVote(unsigned, timeOf(0)), 0);
    expect(kinds(crossed)).to.deep.equal(["polka-any 0", "polka-value 0", "skip 0"]);
  });

  it("reports each threshold once, whatever comes and in whatever order", () => {
    const arbitrary = fc.record({
      index: fc.nat(3),
      type: fc.constantFrom("prevote" as const, "precommit" as const),
      round: fc.nat(3),
      blockId: fc.constantFrom(A, B, null),
    });
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 80 }), (votes) => {
        const { keeper, crossed } = addAll(votes.map((v) => vote(v.index, v.type, v.round, v.blockId)));
        const texts = crossed.map((c) => `${c.kind} ${c.round} ${"blockId" in c ? valueKey(c.blockId) : ""}`);
        expect(new Set(texts).size).to.equal(texts.length);
        for (const round of roundsOf(keeper)) {
          for (const type of ["prevote", "precommit"] as const) {
            const tally = tallyOf(keeper, round, type);
            const isReported = texts.includes(
              `${type === "prevote" ? "polka-any" : "precommit-any"} ${round} `,
            );
            expect(isReported).to.equal(isQuorum(tally.power, 4n));
          }
        }
      }),
    );
  });

  it("gives the same tallies in any order of arrival, as long as nobody lies", () => {
    const arbitrary = fc.shuffledSubarray(
      [0, 1, 2, 3].flatMap((i) => [vote(i, "prevote", 0, A), vote(i, "precommit", 0, i === 3 ? null : A)]),
    );
    fc.assert(
      fc.property(arbitrary, (votes) => {
        const a = addAll(votes).keeper;
        const b = addAll([...votes].reverse()).keeper;
        for (const type of ["prevote", "precommit"] as const) {
          expect(tallyOf(a, 0, type).power).to.equal(tallyOf(b, 0, type).power);
          expect(tallyOf(a, 0, type).slots).to.deep.equal(tallyOf(b, 0, type).slots);
          expect(tallyOf(a, 0, type).quorum).to.deep.equal(tallyOf(b, 0, type).quorum);
        }
      }),
    );
  });
});

describe("votes: liars", () => {
  it("returns both votes of an equivocation, once per slot", () => {
    const first = vote(0, "prevote", 0, A);
    const second = vote(0, "prevote", 0, null);
    const one = addVote(createVoteKeeper(four), first, 0);
    const two = addVote(one.keeper, second, 0);
    const three = addVote(two.keeper, vote(0, "prevote", 0, B), 0);
    const again = addVote(two.keeper, second, 0);
    expect(one.conflicts).to.deep.equal([]);
    expect(two.conflicts).to.deep.equal([{ first, second }]);
    expect(three.conflicts).to.deep.equal([]);
    expect(again.conflicts).to.deep.equal([]);
  });

  it("counts an equivocator for each of its values but once for any", () => {
    const { keeper } = addAll([vote(0, "prevote", 0, A), vote(0, "prevote", 0, B)]);
    const tally = tallyOf(keeper, 0, "prevote");
    expect(tally.power).to.equal(1n);
    expect([tally.powerByValue.get(valueKey(A)), tally.powerByValue.get(valueKey(B))]).to.deep.equal([
      1n,
      1n,
    ]);
  });

  it("keeps two votes per slot and refuses a third", () => {
    const { keeper } = addAll([A, B, C, null].map((v) => vote(0, "prevote", 0, v)));
    expect(tallyOf(keeper, 0, "prevote").slots[0]).to.have.length(MAX_VOTES_PER_SLOT);
  });

  it("ignores unknown indices, addresses that are not of the index, and absurd rounds", () => {
    const keeper = createVoteKeeper(four);
    const good = vote(0, "prevote", 0, A);
    const bad: readonly Vote[] = [
      { ...good, index: 4 },
      { ...good, index: -1 },
      { ...good, index: 0.5 },
      { ...good, index: 1 },
      { ...good, validator: toAddress(new Uint8Array(20)) },
      { ...good, round: -1 },
      { ...good, round: 1.5 },
      { ...good, round: MAX_ROUND },
      { ...good, round: Number.NaN },
    ];
    for (const v of bad) expect(addVote(keeper, v, 0).keeper).to.equal(keeper);
  });

  it("keeps no more than a few votes of one validator for rounds ahead, and prefers the latest", () => {
    const { keeper } = addAll(Array.from({ length: 500 }, (_, i) => vote(0, "prevote", 2 + i, A)));
    const kept = keeper.ahead.get(0) ?? [];
    expect(kept.map((v) => v.round)).to.deep.equal(
      Array.from({ length: MAX_AHEAD }, (_, i) => 502 - MAX_AHEAD + i),
    );
    expect(roundsOf(keeper)).to.deep.equal([]);
    expect(addVote(keeper, vote(0, "prevote", 3, A), 0).keeper).to.equal(keeper);
  });
});

describe("votes: rounds ahead", () => {
  it("counts the next round at once", () => {
    const { keeper } = addAll([vote(0, "prevote", 1, A)]);
    expect(roundsOf(keeper)).to.deep.equal([1]);
  });

  it("skips when a third was heard from in one later round, whatever they sent", () => {
    const { keeper, crossed } = addAll([vote(0, "prevote", 5, A), vote(1, "precommit", 5, null)]);
    expect(kinds(crossed)).to.deep.equal(["skip 5"]);
    expect(roundToSkipTo(keeper, 0)).to.equal(5);
    expect(keeper.ahead.size).to.equal(0);
  });

  it("does not skip for one validator in many rounds, nor for many in different rounds", () => {
    const { keeper, crossed } = addAll([
      vote(0, "prevote", 5, A),
      vote(0, "prevote", 6, A),
      vote(1, "prevote", 7, A),
      vote(2, "prevote", 8, A),
    ]);
    expect(crossed).to.deep.equal([]);
    expect(roundToSkipTo(keeper, 0)).to.equal(null);
  });

  it("skips to the latest of several rounds", () => {
    const { keeper } = addAll([3, 6].flatMap((r) => [vote(0, "prevote", r, A), vote(1, "prevote", r, A)]));
    expect(roundToSkipTo(keeper, 0)).to.equal(6);
    expect(roundToSkipTo(keeper, 6)).to.equal(null);
  });

  it("counts what waited for a round when it is entered, and tells who lied in it", () => {
    const { keeper } = addAll([vote(0, "prevote", 4, A), vote(0, "prevote", 4, B), vote(1, "prevote", 9, A)]);
    const entered = enterRound(keeper, 3);
    expect(tallyOf(entered.keeper, 4, "prevote").power).to.equal(1n);
    expect(entered.conflicts).to.have.length(1);
    expect([...entered.keeper.ahead.keys()]).to.deep.equal([1]);
  });
});

describe("votes: certificates", () => {
  const quorum = [0, 1, 2].map((i) => vote(i, "prevote", 0, A));
  const head = { type: "prevote", round: 0, blockId: A } as const;

  it("completes a quorum that the slot limit would have refused", () => {
    const { keeper } = addAll([B, C].map((v) => vote(2, "prevote", 0, v)).concat(quorum));
    expect(tallyOf(keeper, 0, "prevote").quorum).to.equal(null);
    const counted = addCertificate(keeper, head, quorum);
    expect(tallyOf(counted.keeper, 0, "prevote").quorum).to.deep.equal({ blockId: A });
    expect(kinds(counted.crossed)).to.deep.equal(["polka-value 0"]);
  });

  it("is ignored without a quorum of its own, counting each validator once", () => {
    const keeper = createVoteKeeper(four);
    const tooFew: readonly (readonly Vote[])[] = [
      quorum.slice(0, 2),
      [quorum[0]!, quorum[0]!, quorum[0]!],
      [...quorum.slice(0, 2), vote(2, "prevote", 0, B)],
      [...quorum.slice(0, 2), vote(2, "precommit", 0, A)],
      [...quorum.slice(0, 2), vote(2, "prevote", 1, A)],
      [...quorum.slice(0, 2), { ...quorum[2]!, index: 3 }],
    ];
    for (const votes of tooFew) expect(addCertificate(keeper, head, votes).keeper).to.equal(keeper);
  });

  it("of a later round makes that round count, with what waited for it", () => {
    const { keeper } = addAll([vote(3, "prevote", 8, null)]);
    const later = [0, 1, 2].map((i) => vote(i, "precommit", 8, A));
    const counted = addCertificate(keeper, { type: "precommit", round: 8, blockId: A }, later);
    expect(tallyOf(counted.keeper, 8, "precommit").quorum).to.deep.equal({ blockId: A });
    expect(tallyOf(counted.keeper, 8, "prevote").power).to.equal(1n);
    expect(roundToSkipTo(counted.keeper, 0)).to.equal(8);
  });

  it("reports the equivocation it reveals", () => {
    const { keeper } = addAll([vote(1, "prevote", 0, null)]);
    expect(addCertificate(keeper, head, quorum).conflicts).to.deep.equal([
      { first: vote(1, "prevote", 0, null), second: quorum[1] },
    ]);
  });
});

describe("votes: each once", () => {
  const roundPower = (keeper: VoteKeeper, round: number): bigint => keeper.rounds.get(round)?.power ?? 0n;

  it("the same vote again changes nothing, here and among those that wait", () => {
    for (const round of [0, 7]) {
      const { keeper } = addAll([vote(0, "prevote", round, A)]);
      expect(addVote(keeper, vote(0, "prevote", round, A), 0)).to.deep.equal({ keeper, crossed: [], conflicts: [] });
    }
    const { keeper } = addAll([vote(0, "prevote", 0, A), vote(0, "prevote", 0, A), vote(1, "prevote", 0, A)]);
    expect(tallyOf(keeper, 0, "prevote").powerByValue.get(valueKey(A))).to.equal(2n);
    expect(tallyOf(keeper, 0, "prevote").quorum).to.equal(null);
  });

  it("a validator has its power once in a round, whatever types and values it sends", () => {
    const sent = [vote(0, "prevote", 0, A), vote(0, "prevote", 0, B), vote(0, "precommit", 0, A), vote(0, "precommit", 0, null)];
    for (const votes of [sent, sent.toReversed()]) expect(roundPower(addAll(votes).keeper, 0)).to.equal(1n);
    expect(roundPower(addAll([...sent, vote(1, "precommit", 0, B)]).keeper, 0)).to.equal(2n);
  });

  it("a slot is reported with its second value, not with its first or its third", () => {
    let { keeper } = addAll([]);
    const reported = [A, B, C].map((value) => {
      const counted = addCertificate(keeper, { type: "prevote", round: 0, blockId: value }, [0, 1, 2].map((i) => vote(i, "prevote", 0, value)));
      keeper = counted.keeper;
      return counted.conflicts.length;
    });
    expect(reported).to.deep.equal([0, 3, 0]);
  });

  it("waiting votes have two values a slot, in each type, and the lowest round gives way to a higher one alone", () => {
    const waiting = (votes: readonly Vote[]): string[] => (addAll(votes).keeper.ahead.get(0) ?? []).map((v) => `${v.type} ${v.round} ${valueKey(v.blockId)}`);
    const slot = [A, B, C].map((value) => vote(0, "prevote", 5, value));
    expect(waiting(slot)).to.have.length(MAX_VOTES_PER_SLOT);
    expect(waiting([...slot, vote(0, "precommit", 5, A), vote(0, "precommit", 6, A)])).to.have.length(MAX_VOTES_PER_SLOT + 2);
    const full = Array.from({ length: MAX_AHEAD }, (_, i) => vote(0, "prevote", 10 + i, A));
    expect(waiting([...full, vote(0, "precommit", 10, A)]), "an equal round does not").to.deep.equal(waiting(full));
    expect(waiting([...full, vote(0, "prevote", 11, B)]), "a higher one does").to.deep.equal([...waiting(full).slice(1), `prevote 11 ${valueKey(B)}`]);
    expect(waiting([...full.toReversed(), vote(0, "prevote", 99, A)]).some((v) => v.startsWith("prevote 10 "))).to.equal(false);
  });

  it("certificates of rounds that are none are ignored", () => {
    for (const round of [-1, 0.5, MAX_ROUND]) {
      const { keeper } = addAll([]);
      const votes = [0, 1, 2].map((i) => vote(i, "prevote", round, A));
      expect(addCertificate(keeper, { type: "prevote", round, blockId: A }, votes).keeper, `${round}`).to.equal(keeper);
    }
  });

  it("what waits for a round counts when the round before it is entered, and not one sooner", () => {
    const { keeper } = addAll([vote(0, "prevote", 5, A)]);
    expect(roundPower(enterRound(keeper, 3).keeper, 5)).to.equal(0n);
    expect(roundPower(enterRound(keeper, 4).keeper, 5)).to.equal(1n);
    expect(roundPower(enterRound(keeper, 9).keeper, 5)).to.equal(1n);
  });

  it("votes for a later round that counts already are counted at once", () => {
    const { keeper } = addAll([vote(0, "prevote", 5, A), vote(1, "prevote", 5, A)]);
    expect(roundPower(keeper, 5)).to.equal(2n);
    const { keeper: after } = addVote(keeper, vote(2, "prevote", 5, A), 0);
    expect([roundPower(after, 5), after.ahead.size]).to.deep.equal([3n, 0]);
  });
});
