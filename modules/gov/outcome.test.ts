import { expect } from "chai";
import { MsgUpdateParams, Params, VoteOption } from "../../proto/gen/cosmos/gov/v1.js";
import { BoolValue, UInt64Value } from "../../proto/gen/google/protobuf.js";
import { formatAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import {
  OPERATORS,
  PERIODS,
  START,
  anyOf,
  createStakedLab,
  person,
  proposalOf,
  submit,
  vote,
} from "../../chain/testkit/gov-lab.js";
import type { GovLab } from "../../chain/testkit/gov-lab.js";
import { DEFAULT_PARAMS } from "./params.js";
import { govState } from "./state.js";

const { VOTE_OPTION_YES: YES, VOTE_OPTION_ABSTAIN: ABSTAIN, VOTE_OPTION_NO: NO, VOTE_OPTION_NO_WITH_VETO: VETO } = VoteOption;
const authority = formatAddress(GOV_AUTHORITY);
const good = anyOf(BoolValue, { value: true });
const bad = anyOf(BoolValue, { value: false });

const all = (lab: GovLab, id: bigint, option: number): void => OPERATORS.forEach((operator) => vote(lab, operator, id, option));
const statusOf = (lab: GovLab, id: bigint): number | undefined => proposalOf(lab, id)?.status;
const endings = (lab: GovLab): string[] =>
  lab.ctx.events
    .filter((e) => e.type === "active_proposal" || e.type === "inactive_proposal")
    .map((e) => e.attributes.map((a) => a.value).join(" | "));

function setParams(lab: GovLab, change: Partial<Params>): void {
  lab.run(anyOf(MsgUpdateParams, { authority, params: Params.create({ ...DEFAULT_PARAMS, ...change }) }));
}

describe("when voting ends", () => {
  it("a proposal that passed runs its messages, and its depositors are paid back", () => {
    const lab = createStakedLab();
    const id = submit(lab, { messages: [good] });
    all(lab, id, YES);
    lab.endBlock(PERIODS.voting - 1n);
    expect([statusOf(lab, id), lab.isWritten()]).to.deep.equal([2, false]);
    lab.endBlock(1n);
    expect([statusOf(lab, id), lab.isWritten()]).to.deep.equal([3, true]);
    expect(proposalOf(lab, id)?.finalTallyResult?.yesCount).to.equal("600");
    expect(lab.ledger.balance(lab.ctx, person(1))).to.equal(START);
    expect(endings(lab)).to.deep.equal(["1 | proposal_passed | passed"]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("messages run all or none, and the reason of a failure is recorded", () => {
    const lab = createStakedLab();
    const id = submit(lab, { messages: [good, bad] });
    all(lab, id, YES);
    lab.endBlock(PERIODS.voting);
    expect([statusOf(lab, id), lab.isWritten()]).to.deep.equal([5, false]);
    expect(proposalOf(lab, id)?.failedReason).to.equal("not so: unauthorized");
    expect(endings(lab)).to.deep.equal([
      "1 | proposal_failed | passed, but msg 1 (/google.protobuf.BoolValue) failed on execution: not so: unauthorized",
    ]);
    expect(lab.ledger.balance(lab.ctx, person(1))).to.equal(START);
  });

  it("coins that came to the account another way stop no proposal, and no depositor goes without for them", () => {
    const lab = createStakedLab();
    lab.ledger.mint(lab.ctx, GOV_AUTHORITY, 7n);
    const id = submit(lab, { messages: [good] });
    all(lab, id, YES);
    lab.endBlock(PERIODS.voting);
    expect([statusOf(lab, id), lab.isWritten()]).to.deep.equal([3, true]);
    expect(lab.ledger.balance(lab.ctx, person(1))).to.equal(START);
    expect(lab.ledger.moduleBalance(lab.ctx, "gov")).to.equal(7n);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("messages have so much gas together, and no more", () => {
    const lab = createStakedLab();
    const id = submit(lab, { messages: [anyOf(UInt64Value, { value: 2n ** 60n })] });
    const light = submit(lab, { messages: [anyOf(UInt64Value, { value: 10_000n })] });
    for (const each of [id, light]) all(lab, each, YES);
    lab.endBlock(PERIODS.voting);
    expect(proposalOf(lab, id)?.failedReason).to.match(/^out of gas in location: .*gasWanted: 100000000, /);
    expect(statusOf(lab, light)).to.equal(3);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("a proposal without a majority is rejected, and its depositors are paid back", () => {
    const lab = createStakedLab();
    const id = submit(lab, { messages: [good] });
    all(lab, id, NO);
    lab.endBlock(PERIODS.voting);
    expect([statusOf(lab, id), lab.isWritten()]).to.deep.equal([4, false]);
    expect(proposalOf(lab, id)?.failedReason).to.equal("proposal did not get enough votes to pass");
    expect(endings(lab)).to.deep.equal(["1 | proposal_rejected | rejected"]);
    expect(lab.ledger.balance(lab.ctx, person(1))).to.equal(START);
  });

  it("a veto costs the depositors what they gave: it goes to the community, and nothing leaves the supply", () => {
    const lab = createStakedLab();
    const supply = lab.ledger.supply(lab.ctx);
    const id = submit(lab);
    all(lab, id, VETO);
    lab.endBlock(PERIODS.voting);
    expect(statusOf(lab, id)).to.equal(4);
    expect(lab.ledger.balance(lab.ctx, lab.community)).to.equal(10_000_000n);
    expect(lab.ledger.balance(lab.ctx, person(1))).to.equal(START - 10_000_000n);
    expect(lab.ledger.supply(lab.ctx)).to.equal(supply);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("too few votes cost the deposit only where the parameters say so", () => {
    for (const burnVoteQuorum of [false, true]) {
      const lab = createStakedLab();
      setParams(lab, { burnVoteQuorum });
      const id = submit(lab);
      vote(lab, OPERATORS[0], id, VETO);
      lab.endBlock(PERIODS.voting);
      expect(statusOf(lab, id)).to.equal(4);
      expect(lab.ledger.balance(lab.ctx, lab.community)).to.equal(burnVoteQuorum ? 10_000_000n : 0n);
    }
  });

  it("abstention alone does not pass anything", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    all(lab, id, ABSTAIN);
    lab.endBlock(PERIODS.voting);
    expect(statusOf(lab, id)).to.equal(4);
    expect(lab.ledger.balance(lab.ctx, person(1))).to.equal(START);
  });

  it("votes are gone, a few in each block", () => {
    const lab = createStakedLab();
    const ids = Array.from({ length: 4 }, () => submit(lab));
    for (const id of ids) for (let n = 1; n < 180; n++) vote(lab, person(n), id, YES);
    const left = (): number => [...govState.read(lab.ctx.store("gov")).votes.keys()].length;
    expect(left()).to.equal(4 * 179);
    lab.endBlock(PERIODS.voting);
    expect(left()).to.equal(4 * 179 - 500);
    lab.endBlock();
    expect(left()).to.equal(0);
    expect([...govState.read(lab.ctx.store("gov")).voted.keys()]).to.deep.equal([]);
    expect([...govState.read(lab.ctx.store("gov")).closed.keys()]).to.deep.equal([]);
  });

  it("no block judges more than sixteen proposals: the others wait for the next", () => {
    const lab = createStakedLab();
    const ids = Array.from({ length: 20 }, () => submit(lab));
    lab.endBlock(PERIODS.voting);
    expect(ids.filter((id) => statusOf(lab, id) === 4)).to.have.length(16);
    expect(lab.broken()).to.deep.equal([]);
    lab.endBlock();
    expect(ids.filter((id) => statusOf(lab, id) === 4)).to.have.length(20);
  });
});

describe("an expedited proposal", () => {
  it("passes sooner, with two thirds of the votes", () => {
    const lab = createStakedLab();
    const id = submit(lab, { messages: [good], expedited: true });
    vote(lab, OPERATORS[2], id, YES);
    vote(lab, OPERATORS[1], id, YES);
    lab.endBlock(PERIODS.expedited);
    expect([statusOf(lab, id), lab.isWritten()]).to.deep.equal([3, true]);
    expect(lab.ledger.balance(lab.ctx, person(1))).to.equal(START);
  });

  it("that fails goes on as a regular one: same start, later end, no votes, deposits kept", () => {
    const lab = createStakedLab();
    const id = submit(lab, { messages: [good], expedited: true });
    vote(lab, OPERATORS[2], id, YES);
    vote(lab, OPERATORS[1], id, NO);
    const begun = proposalOf(lab, id)?.votingStartTime?.seconds ?? 0n;
    lab.endBlock(PERIODS.expedited);
    const regular = proposalOf(lab, id);
    expect([regular?.status, regular?.expedited, lab.isWritten()]).to.deep.equal([2, false, false]);
    expect(regular?.votingEndTime?.seconds).to.equal(begun + PERIODS.voting);
    expect(regular?.finalTallyResult).to.deep.equal({ yesCount: "300", abstainCount: "0", noCount: "200", noWithVetoCount: "0" });
    expect(endings(lab)).to.deep.equal([
      "1 | expedited_proposal_rejected | expedited proposal converted to regular",
    ]);
    expect(lab.ledger.balance(lab.ctx, person(1))).to.equal(START - 50_000_000n);
    expect(lab.broken()).to.deep.equal([]);

    vote(lab, OPERATORS[2], id, YES);
    lab.endBlock(PERIODS.voting - PERIODS.expedited);
    expect([statusOf(lab, id), lab.isWritten()]).to.deep.equal([3, true]);
    expect(proposalOf(lab, id)?.finalTallyResult?.yesCount).to.equal("300");
    expect(lab.ledger.balance(lab.ctx, person(1))).to.equal(START);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("keeps its deposits even when it is vetoed the first time", () => {
    const lab = createStakedLab();
    const id = submit(lab, { expedited: true });
    all(lab, id, VETO);
    lab.endBlock(PERIODS.expedited);
    expect(statusOf(lab, id)).to.equal(2);
    expect(lab.ledger.balance(lab.ctx, lab.community)).to.equal(0n);
  });
});

describe("when the deposit period ends", () => {
  it("a proposal below the minimum is gone, with its deposits paid back or, where the parameters say so, taken", () => {
    for (const burnProposalDepositPrevote of [false, true]) {
      const lab = createStakedLab();
      setParams(lab, { burnProposalDepositPrevote });
      const id = submit(lab, { initialDeposit: [{ denom: "uopen", amount: "9999999" }] });
      lab.endBlock(PERIODS.deposit - 1n);
      expect(statusOf(lab, id)).to.equal(1);
      lab.endBlock(1n);
      expect(proposalOf(lab, id)).to.equal(undefined);
      expect(endings(lab)).to.deep.equal(["1 | proposal_dropped"]);
      const taken = burnProposalDepositPrevote ? 9_999_999n : 0n;
      expect(lab.ledger.balance(lab.ctx, lab.community)).to.equal(taken);
      expect(lab.ledger.balance(lab.ctx, person(1))).to.equal(START - taken);
      expect(lab.broken()).to.deep.equal([]);
    }
  });
});
