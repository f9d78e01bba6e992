import { expect } from "chai";
import fc from "fast-check";
import { MsgVoteWeighted, VoteOption } from "../../proto/gen/cosmos/gov/v1.js";
import { formatAddress } from "../../chain/codec/index.js";
import {
  OPERATORS,
  PERIODS,
  anyOf,
  createGovLab,
  createStakedLab,
  person,
  proposalOf,
  submit,
  vote,
} from "../../chain/testkit/gov-lab.js";
import type { GovLab } from "../../chain/testkit/gov-lab.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { GOV_STORE, govState } from "./state.js";

const { VOTE_OPTION_YES: YES, VOTE_OPTION_NO: NO, VOTE_OPTION_ABSTAIN: ABSTAIN } = VoteOption;
const MILLION = 1_000_000n;

/** [yes, abstain, no, veto] of the tally of a proposal that has ended. */
function finalTally(lab: GovLab, id: bigint): (string | undefined)[] {
  const found = proposalOf(lab, id)?.finalTallyResult;
  return [found?.yesCount, found?.abstainCount, found?.noCount, found?.noWithVetoCount];
}

function end(lab: GovLab, id: bigint): (string | undefined)[] {
  lab.endBlock(PERIODS.voting);
  return finalTally(lab, id);
}

describe("a vote", () => {
  it("of a delegator counts for its own shares, that of its validator for the rest", () => {
    const lab = createStakedLab();
    lab.delegate(person(7), OPERATORS[0], 50n * MILLION);
    lab.setTokens(OPERATORS[0], 150n);
    const id = submit(lab);
    vote(lab, OPERATORS[0], id, YES);
    vote(lab, person(7), id, NO);
    expect(end(lab, id)).to.deep.equal(["100", "0", "50", "0"]);
  });

  it("weighs what its voter has delegated when voting ends, not when it was cast", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    vote(lab, person(7), id, NO);
    vote(lab, OPERATORS[2], id, YES);
    lab.delegate(person(7), OPERATORS[0], 80n * MILLION);
    lab.delegate(person(7), OPERATORS[1], 40n * MILLION);
    lab.delegate(person(7), OPERATORS[0], 30n * MILLION);
    lab.delegate(person(7), OPERATORS[1], 0n);
    lab.setTokens(OPERATORS[0], 130n);
    expect(lab.broken()).to.deep.equal([]);
    expect(end(lab, id)).to.deep.equal(["300", "0", "30", "0"]);
  });

  it("for a validator that was slashed weighs what is left", () => {
    const lab = createStakedLab();
    lab.delegate(person(7), OPERATORS[2], 300n * MILLION);
    lab.setTokens(OPERATORS[2], 300n);
    const id = submit(lab);
    vote(lab, OPERATORS[2], id, YES);
    vote(lab, person(7), id, ABSTAIN);
    expect(end(lab, id)).to.deep.equal(["150", "150", "0", "0"]);
  });

  it("replaces the vote before", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    vote(lab, OPERATORS[2], id, NO);
    vote(lab, OPERATORS[2], id, YES);
    expect(lab.broken()).to.deep.equal([]);
    expect(end(lab, id)).to.deep.equal(["300", "0", "0", "0"]);
  });

  it("may be divided among answers by weights that sum to one", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    const weighted = (options: readonly (readonly [number, string])[]) =>
      anyOf(MsgVoteWeighted, {
        proposalId: id,
        voter: formatAddress(OPERATORS[2]),
        options: options.map(([option, weight]) => ({ option, weight })),
      });
    lab.run(weighted([[1, "0.5"], [2, "0.3"], [3, "0.15"], [4, "0.05"]]));
    expect(lab.ctx.events.at(-1)?.attributes.map((a) => [a.key, a.value])).to.deep.equal([
      ["voter", formatAddress(OPERATORS[2])],
      [
        "option",
        '[{"option":1,"weight":"0.5"},{"option":2,"weight":"0.3"},{"option":3,"weight":"0.15"},{"option":4,"weight":"0.05"}]',
      ],
      ["proposal_id", "1"],
    ]);
    const refused: [readonly (readonly [number, string])[], string][] = [
      [[], "sdk/18"],
      [[[1, "0.5"]], "gov/7"],
      [[[1, "0.6"], [2, "0.6"]], "gov/7"],
      [[[1, "0.5"], [1, "0.5"]], "gov/7"],
      [[[1, "1.5"], [2, "-0.5"]], "gov/7"],
      [[[1, "1"], [2, "0"]], "gov/7"],
      [[[5, "1"]], "gov/7"],
      [[[1, "one"]], "gov/7"],
    ];
    for (const [options, code] of refused) expect(rejection(() => lab.run(weighted(options)))).to.equal(code);
    expect(end(lab, id)).to.deep.equal(["150", "90", "45", "15"]);
  });

  it("is only taken while voting goes on", () => {
    const lab = createStakedLab();
    expect(rejection(() => vote(lab, person(7), 1n, YES))).to.equal("gov/3");
    const id = submit(lab, { initialDeposit: [{ denom: "uopen", amount: "1000000" }] });
    expect(rejection(() => vote(lab, person(7), id, YES))).to.equal("gov/3");
    const voting = submit(lab);
    vote(lab, person(7), voting, YES);
    expect(rejection(() => vote(lab, person(7), voting, 0))).to.equal("gov/7");
    expect(rejection(() => vote(lab, person(7), voting, 5))).to.equal("gov/7");
    lab.endBlock(PERIODS.voting);
    expect(rejection(() => vote(lab, person(7), voting, YES))).to.equal("gov/3");
  });
});

type Step =
  | { readonly kind: "vote"; readonly who: number; readonly on: number; readonly option: number }
  | { readonly kind: "split"; readonly who: number; readonly on: number; readonly hundredths: number }
  | { readonly kind: "delegate"; readonly who: number; readonly to: number; readonly kept: bigint }
  | { readonly kind: "wait"; readonly hours: bigint };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("vote" as const), who: fc.nat(5), on: fc.nat(2), option: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant("split" as const), who: fc.nat(5), on: fc.nat(2), hundredths: fc.integer({ min: 1, max: 99 }) }),
  fc.record({ kind: fc.constant("delegate" as const), who: fc.nat(5), to: fc.nat(2), kept: fc.bigInt({ min: 0n, max: 10n ** 12n }) }),
  fc.record({ kind: fc.constant("wait" as const), hours: fc.bigInt({ min: 1n, max: 20n }) }),
);

/** The first three voters are the validators themselves. */
const voterOf = (n: number) => OPERATORS[n] ?? person(n);

function take(lab: GovLab, ids: readonly bigint[], given: Step): void {
  const open = govState.read(lab.ctx.store(GOV_STORE)).open;
  if (given.kind === "wait") return lab.endBlock(given.hours * 3600n);
  if (given.kind === "delegate") return lab.delegate(voterOf(given.who), OPERATORS[given.to] ?? OPERATORS[0], given.kept);
  const id = ids[given.on] ?? 1n;
  if (!open.has(2n * id) && !open.has(2n * id + 1n)) return;
  if (given.kind === "vote") return vote(lab, voterOf(given.who), id, given.option);
  const weight = (n: number): string => `0.${n.toString().padStart(2, "0")}`;
  const options = [{ option: 1, weight: weight(given.hundredths) }, { option: 4, weight: weight(100 - given.hundredths) }];
  lab.run(anyOf(MsgVoteWeighted, { proposalId: id, voter: formatAddress(voterOf(given.who)), options }));
}

describe("the counted votes", () => {
  it("are what a walk over votes and delegations finds, whatever is voted and delegated in whatever order", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const lab = createStakedLab();
        const ids = [submit(lab), submit(lab, { expedited: true }), submit(lab)];
        for (const each of steps) {
          take(lab, ids, each);
          expect(lab.broken()).to.deep.equal([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("start anew from the votes of genesis in the first block", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    lab.delegate(person(7), OPERATORS[0], 50n * MILLION);
    vote(lab, person(7), id, NO);
    vote(lab, OPERATORS[2], id, YES);
    const exported = lab.gov.genesis.export(lab.ctx);

    const next = createGovLab(exported, 10_000_000n);
    OPERATORS.forEach((operator, i) => {
      next.delegate(operator, operator, BigInt(i + 1) * 100n * MILLION);
      next.setTokens(operator, BigInt(i + 1) * 100n);
    });
    next.delegate(person(7), OPERATORS[0], 50n * MILLION);
    next.beginBlock();
    expect(next.broken()).to.deep.equal([]);
    expect(next.gov.genesis.export(next.ctx)).to.deep.equal(exported);
    next.endBlock(PERIODS.voting);
    lab.endBlock(PERIODS.voting);
    expect(finalTally(next, id)).to.deep.equal(finalTally(lab, id));
  });
});
