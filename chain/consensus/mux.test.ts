import { expect } from "chai";
import type { BlockId, Proposal, Vote } from "../block/types.js";
import { EMPTY_BYTES, toHeight } from "../primitives/index.js";
import { blockIdOf, signVote, timeOf, validatorSetOf } from "../testkit/simulator/symbolic.js";
import { TABLE, multiplex } from "./mux.js";
import type { Row, Situation, Verdict } from "./mux.js";
import { INITIAL_ROUND_STATE, applyRound } from "./round.js";
import type { RoundInput, RoundState, Step } from "./round.js";
import { addVote, createVoteKeeper } from "./votes.js";
import { valueKey } from "./value-key.js";

const V = blockIdOf("v");
const W = blockIdOf("w");
const four = validatorSetOf([1n, 1n, 1n, 1n]);
/** Our round in every situation. */
const R = 2;

/** Votes of the first `count` validators, or of the last ones when negative. */
type Ballot = readonly [count: number, type: Vote["type"], round: number, blockId: BlockId | null];

interface Scene {
  readonly step: Step;
  readonly ballots?: readonly Ballot[];
  readonly polRound?: number;
  readonly verdict?: Verdict;
  readonly state?: Partial<RoundState>;
}

function situation({ step, ballots = [], polRound, verdict = "valid", state = {} }: Scene): Situation {
  let votes = createVoteKeeper(four);
  for (const [count, type, round, blockId] of ballots) {
    for (const [index, { address: validator }] of four.validators.entries()) {
      if (count < 0 ? index < 4 + count : index >= count) continue;
      votes = addVote(
        votes,
        signVote({ type, height: toHeight(1n), round, blockId, validator, index }, timeOf(0)),
        R,
      ).keeper;
    }
  }
  const head = { height: toHeight(1n), round: R, blockId: V, time: timeOf(0), signature: EMPTY_BYTES };
  const proposal: Proposal | null = polRound === undefined ? null : { ...head, polRound };
  return {
    round: { ...INITIAL_ROUND_STATE, round: R, step, ...state },
    votes,
    proposal,
    verdictOf: (blockId) => (valueKey(blockId) === valueKey(V) ? verdict : "unknown"),
  };
}

interface MuxCase extends Scene {
  readonly row: Row["line"] | null;
  readonly what: string;
  readonly input: RoundInput | null;
}

const commitV = (round: number): RoundInput => ({ kind: "precommit-value", blockId: V, round });
const STEPS = ["propose", "prevote", "precommit"] as const;

const CASES: readonly MuxCase[] = [
  // row 1
  ...STEPS.map((step): MuxCase => ({
    row: "L49",
    what: `a quorum of precommits of this round decides in ${step}`,
    step,
    ballots: [[3, "precommit", R, V]],
    input: commitV(R),
  })),
  {
    row: "L49",
    what: "a quorum of precommits of an earlier round decides",
    step: "propose",
    ballots: [[3, "precommit", 0, V]],
    input: commitV(0),
  },
  {
    row: "L49",
    what: "a quorum of precommits of a later round decides before we skip there",
    step: "prevote",
    ballots: [[3, "precommit", R + 1, V]],
    input: commitV(R + 1),
  },
  {
    row: null,
    what: "two of four precommits do not decide",
    step: "precommit",
    ballots: [[2, "precommit", R, V]],
    input: null,
  },
  {
    row: "L47",
    what: "a quorum for a value not held only starts the timer",
    step: "precommit",
    ballots: [[3, "precommit", R, V]],
    verdict: "unknown",
    input: { kind: "precommit-any" },
  },
  {
    row: "L47",
    what: "a quorum for an invalid value only starts the timer",
    step: "precommit",
    ballots: [[3, "precommit", R, V]],
    verdict: "invalid",
    input: { kind: "precommit-any" },
  },
  {
    row: "L47",
    what: "a quorum for nil does not decide",
    step: "precommit",
    ballots: [[3, "precommit", R, null]],
    input: { kind: "precommit-any" },
  },
  // row 2
  ...STEPS.map((step): MuxCase => ({
    row: "L55",
    what: `a third in a later round skips from ${step}`,
    step,
    ballots: [[2, "prevote", R + 1, null]],
    input: { kind: "skip-round", round: R + 1 },
  })),
  {
    row: null,
    what: "one of four in a later round does not skip",
    step: "prevote",
    ballots: [[1, "prevote", R + 1, null]],
    input: null,
  },
  {
    row: null,
    what: "a third in an earlier round does not skip",
    step: "prevote",
    ballots: [[2, "prevote", R - 1, null]],
    input: null,
  },
  // row 3
  {
    row: "L36",
    what: "a polka for a valid value in prevote",
    step: "prevote",
    ballots: [[3, "prevote", R, V]],
    input: { kind: "polka-value", blockId: V },
  },
  {
    row: "L36",
    what: "a polka for a valid value in precommit",
    step: "precommit",
    ballots: [[3, "prevote", R, V]],
    input: { kind: "polka-value", blockId: V },
  },
  {
    row: "L36",
    what: "a polka counts although the proposer signed another value for us",
    step: "prevote",
    ballots: [[3, "prevote", R, V]],
    polRound: -1,
    input: { kind: "polka-value", blockId: V },
  },
  {
    row: null,
    what: "a polka already taken in this round",
    step: "precommit",
    ballots: [[3, "prevote", R, V]],
    state: { valid: { blockId: V, round: R } },
    input: null,
  },
  {
    row: "L36",
    what: "a polka of this round although an earlier one is known",
    step: "precommit",
    ballots: [[3, "prevote", R, V]],
    state: { valid: { blockId: V, round: 0 } },
    input: { kind: "polka-value", blockId: V },
  },
  {
    row: null,
    what: "a polka waits in propose",
    step: "propose",
    ballots: [[3, "prevote", R, V]],
    input: null,
  },
  {
    row: "L34",
    what: "a polka for a value not held only starts the timer",
    step: "prevote",
    ballots: [[3, "prevote", R, W]],
    input: { kind: "polka-any" },
  },
  {
    row: null,
    what: "a polka of an earlier round locks nothing",
    step: "precommit",
    ballots: [[3, "prevote", R - 1, V]],
    input: null,
  },
  // row 4
  {
    row: "L44",
    what: "a polka for nil in prevote",
    step: "prevote",
    ballots: [[3, "prevote", R, null]],
    input: { kind: "polka-nil" },
  },
  {
    row: null,
    what: "a polka for nil in precommit",
    step: "precommit",
    ballots: [[3, "prevote", R, null]],
    input: null,
  },
  {
    row: null,
    what: "a polka for nil waits in propose",
    step: "propose",
    ballots: [[3, "prevote", R, null]],
    input: null,
  },
  // row 5
  {
    row: "L22",
    what: "a fresh valid proposal",
    step: "propose",
    polRound: -1,
    input: { kind: "proposal", blockId: V, isValid: true },
  },
  {
    row: "L22",
    what: "a fresh invalid proposal",
    step: "propose",
    polRound: -1,
    verdict: "invalid",
    input: { kind: "proposal", blockId: V, isValid: false },
  },
  {
    row: null,
    what: "a fresh proposal that is not judged yet",
    step: "propose",
    polRound: -1,
    verdict: "unknown",
    input: null,
  },
  { row: null, what: "a proposal after we prevoted", step: "prevote", polRound: -1, input: null },
  { row: null, what: "no proposal", step: "propose", input: null },
  // row 6
  {
    row: "L28",
    what: "a proposal with its polka",
    step: "propose",
    polRound: 1,
    ballots: [[3, "prevote", 1, V]],
    input: { kind: "proposal-and-polka-previous", blockId: V, polRound: 1, isValid: true },
  },
  {
    row: "L28",
    what: "an invalid proposal with its polka",
    step: "propose",
    polRound: 0,
    ballots: [[3, "prevote", 0, V]],
    verdict: "invalid",
    input: { kind: "proposal-and-polka-previous", blockId: V, polRound: 0, isValid: false },
  },
  {
    row: null,
    what: "a proposal whose polka is missing",
    step: "propose",
    polRound: 1,
    ballots: [[2, "prevote", 1, V]],
    input: null,
  },
  {
    row: null,
    what: "a proposal whose polka is for another value",
    step: "propose",
    polRound: 1,
    ballots: [[3, "prevote", 1, W]],
    input: null,
  },
  {
    row: null,
    what: "a proposal whose polka is of another round",
    step: "propose",
    polRound: 1,
    ballots: [[3, "prevote", 0, V]],
    input: null,
  },
  {
    row: null,
    what: "a proposal that names its own round",
    step: "propose",
    polRound: R,
    ballots: [[3, "prevote", R, V]],
    input: null,
  },
  {
    row: null,
    what: "a proposal with its polka that is not judged yet",
    step: "propose",
    polRound: 1,
    ballots: [[3, "prevote", 1, V]],
    verdict: "unknown",
    input: null,
  },
  // row 7
  {
    row: "L34",
    what: "two thirds of mixed prevotes",
    step: "prevote",
    ballots: [
      [2, "prevote", R, V],
      [-1, "prevote", R, null],
    ],
    input: { kind: "polka-any" },
  },
  {
    row: null,
    what: "the prevote timer runs already",
    step: "prevote",
    ballots: [[3, "prevote", R, W]],
    state: { hasPrevoteTimer: true },
    input: null,
  },
  {
    row: null,
    what: "mixed prevotes in propose",
    step: "propose",
    ballots: [[3, "prevote", R, W]],
    input: null,
  },
  // row 8
  ...STEPS.map((step): MuxCase => ({
    row: "L47",
    what: `two thirds of any precommits in ${step}`,
    step,
    ballots: [[3, "precommit", R, null]],
    input: { kind: "precommit-any" },
  })),
  {
    row: null,
    what: "the precommit timer runs already",
    step: "precommit",
    ballots: [[3, "precommit", R, null]],
    state: { hasPrecommitTimer: true },
    input: null,
  },
  {
    row: null,
    what: "two thirds of any precommits in an earlier round",
    step: "precommit",
    ballots: [[3, "precommit", R - 1, null]],
    input: null,
  },
  // no row
  { row: null, what: "before the first round", step: "new", ballots: [[3, "precommit", R, V]], input: null },
  { row: null, what: "after the decision", step: "commit", ballots: [[3, "precommit", R, V]], input: null },
];

describe("mux: the table", () => {
  for (const { row, what, input, ...scene } of CASES) {
    it(`${row ?? "none"}: ${what}`, () => {
      const found = multiplex(situation(scene));
      expect(found).to.deep.equal(input);
      if (row !== null)
        expect(TABLE.find((r) => r.line === row)?.find(situation(scene))).to.deep.equal(input);
    });
  }

  it("has a case that takes each row, and each row disables itself once taken", () => {
    for (const { line } of TABLE) {
      const taken = CASES.filter((c) => c.row === line);
      expect(taken, line).not.to.have.length(0);
      for (const scene of taken) {
        const before = situation(scene);
        const { next, outputs, clause } = applyRound(before.round, scene.input as RoundInput);
        expect(clause, scene.what).not.to.equal(null);
        const start = outputs.find((o) => o.kind === "start-round");
        const after =
          start === undefined
            ? next
            : applyRound(next, { kind: "new-round", round: start.round, isProposer: false }).next;
        expect(multiplex({ ...before, round: after }), scene.what).not.to.deep.equal(scene.input);
      }
    }
  });

  it("decides before anything else, and skips before it votes in a round that is over", () => {
    const all: Scene = {
      step: "prevote",
      ballots: [
        [3, "precommit", R, V],
        [2, "prevote", R + 1, null],
        [3, "prevote", R, V],
      ],
    };
    expect(multiplex(situation(all))).to.deep.equal(commitV(R));
    expect(multiplex(situation({ ...all, verdict: "unknown" }))).to.deep.equal({
      kind: "skip-round",
      round: R + 1,
    });
  });
});
