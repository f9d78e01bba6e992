import { expect } from "chai";
import { MsgCancelProposal, MsgDeposit, MsgUpdateParams, Params, VoteOption } from "../../proto/gen/cosmos/gov/v1.js";
import { formatAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { OPERATORS, PERIODS, START, anyOf, createStakedLab, person, proposalOf, submit, uopen, vote } from "../../chain/testkit/gov-lab.js";
import type { GovLab } from "../../chain/testkit/gov-lab.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { MAX_DEPOSITORS } from "./deposits.js";
import { DEFAULT_PARAMS } from "./params.js";

const MINIMUM = 10_000_000n;

function deposit(lab: GovLab, who: number, proposalId: bigint, amount: bigint | ReturnType<typeof uopen>): void {
  const coins = typeof amount === "bigint" ? [{ denom: "uopen", amount: amount.toString() }] : amount;
  lab.run(anyOf(MsgDeposit, { proposalId, depositor: formatAddress(person(who)), amount: coins }));
}

function cancel(lab: GovLab, who: number, proposalId: bigint): void {
  lab.run(anyOf(MsgCancelProposal, { proposalId, proposer: formatAddress(person(who)) }));
}

function setParams(lab: GovLab, change: Partial<Params>): void {
  const params = Params.create({ ...DEFAULT_PARAMS, ...change });
  lab.run(anyOf(MsgUpdateParams, { authority: formatAddress(GOV_AUTHORITY), params }));
}

describe("deposits", () => {
  it("start the voting period when they reach the minimum, whoever gives them", () => {
    const lab = createStakedLab();
    const id = submit(lab, { initialDeposit: uopen(1_000_000n) });
    deposit(lab, 2, id, 8_999_999n);
    expect(proposalOf(lab, id)?.status).to.equal(1);
    lab.ctx.events.length = 0;
    deposit(lab, 3, id, 100_000n);
    expect(proposalOf(lab, id)?.status).to.equal(2);
    expect(proposalOf(lab, id)?.totalDeposit).to.deep.equal(uopen(10_099_999n));
    expect(lab.ctx.events.map((e) => [e.type, ...e.attributes.map((a) => a.key)])).to.deep.equal([
      ["proposal_deposit", "depositor", "amount", "proposal_id"],
      ["proposal_deposit", "voting_period_start"],
    ]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("are taken while voting goes on, and paid back with the others", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    deposit(lab, 2, id, MINIMUM);
    deposit(lab, 2, id, MINIMUM);
    expect(lab.ledger.balance(lab.ctx, person(2))).to.equal(START - 2n * MINIMUM);
    lab.endBlock(PERIODS.voting);
    expect(lab.ledger.balance(lab.ctx, person(2))).to.equal(START);
    expect(rejection(() => deposit(lab, 2, id, MINIMUM))).to.equal("gov/3");
  });

  it("must be a hundredth of the minimum at least, in uopen, on a proposal there is", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    expect(rejection(() => deposit(lab, 2, id, 99_999n))).to.equal("gov/16");
    deposit(lab, 2, id, 100_000n);
    expect(rejection(() => deposit(lab, 2, id, [{ denom: "uatom", amount: "10000000" }]))).to.equal("gov/23");
    expect(rejection(() => deposit(lab, 2, id, 0n))).to.equal("sdk/10");
    expect(rejection(() => deposit(lab, 2, 9n, MINIMUM))).to.equal("collections/1");
    expect(() => deposit(lab, 2, 9n, MINIMUM)).to.throw(
      "collections: not found: key '9' of type github.com/cosmos/gogoproto/cosmos.gov.v1.Proposal",
    );
    expect(() => submit(lab, { initialDeposit: [] })).to.throw(
      "received  but need at least one of the following: 100000uopen: minimum deposit is too small",
    );
  });

  it("of a proposer must be the part that the parameters ask for", () => {
    const lab = createStakedLab();
    setParams(lab, { minInitialDepositRatio: "0.5" });
    expect(() => submit(lab, { initialDeposit: uopen(4_999_999n) })).to.throw(
      "was (4999999uopen), need (5000000uopen): minimum deposit is too small",
    );
    submit(lab, { initialDeposit: uopen(5_000_000n) });
    expect(() => submit(lab, { initialDeposit: uopen(MINIMUM), expedited: true })).to.throw("need (25000000uopen)");
  });

  it("come from at most so many accounts as one block can pay back; those who are in may add to theirs", () => {
    const lab = createStakedLab();
    const id = submit(lab, { initialDeposit: uopen(MINIMUM) });
    for (let who = 2; who <= MAX_DEPOSITORS; who++) deposit(lab, who, id, 100_000n);
    expect(rejection(() => deposit(lab, MAX_DEPOSITORS + 1, id, 100_000n))).to.equal("gov/100");
    deposit(lab, 2, id, 100_000n);
    lab.endBlock(PERIODS.voting);
    expect(lab.ledger.balance(lab.ctx, person(2))).to.equal(START);
    expect(lab.ledger.balance(lab.ctx, person(MAX_DEPOSITORS))).to.equal(START);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("cannot be made by governance, which holds those of others", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    const proposer = formatAddress(GOV_AUTHORITY);
    expect(rejection(() => submit(lab, { proposer }))).to.equal("sdk/4");
    const message = anyOf(MsgDeposit, { proposalId: id, depositor: proposer, amount: uopen(MINIMUM) });
    expect(rejection(() => lab.run(message))).to.equal("sdk/4");
  });
});

describe("a cancelled proposal", () => {
  it("is gone with its votes; half of every deposit goes to the community, the rest back", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    deposit(lab, 2, id, 1_000_001n);
    vote(lab, OPERATORS[0], id, VoteOption.VOTE_OPTION_YES);
    cancel(lab, 1, id);
    expect(proposalOf(lab, id)).to.equal(undefined);
    expect(lab.ledger.balance(lab.ctx, person(1))).to.equal(START - 5_000_000n);
    expect(lab.ledger.balance(lab.ctx, person(2))).to.equal(START - 500_000n);
    expect(lab.ledger.balance(lab.ctx, lab.community)).to.equal(5_500_000n);
    expect(lab.ctx.events.at(-1)).to.deep.include({ type: "cancel_proposal" });
    lab.endBlock(PERIODS.voting);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("pays its price where the parameters say", () => {
    const lab = createStakedLab();
    setParams(lab, { proposalCancelRatio: "1", proposalCancelDest: formatAddress(person(9)) });
    cancel(lab, 1, submit(lab));
    expect(lab.ledger.balance(lab.ctx, person(9))).to.equal(START + MINIMUM);
    // The lab takes the first operator for a module.
    setParams(lab, { proposalCancelDest: formatAddress(OPERATORS[0]) });
    expect(rejection(() => cancel(lab, 1, submit(lab)))).to.equal("sdk/4");
    setParams(lab, { proposalCancelDest: formatAddress(lab.community) });
    cancel(lab, 1, submit(lab));
    expect(lab.ledger.balance(lab.ctx, lab.community)).to.equal(MINIMUM / 2n);
  });

  it("is cancelled by its proposer alone, before voting ends", () => {
    const lab = createStakedLab();
    expect(rejection(() => cancel(lab, 1, 1n))).to.equal("collections/1");
    const id = submit(lab);
    expect(rejection(() => cancel(lab, 2, id))).to.equal("gov/18");
    lab.endBlock(PERIODS.voting);
    expect(rejection(() => cancel(lab, 1, id))).to.equal("gov/21");
  });
});
