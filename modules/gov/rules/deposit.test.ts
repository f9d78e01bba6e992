import { expect } from "chai";
import fc from "fast-check";
import { parseDec, toUopen } from "../../../chain/primitives/index.js";
import { rejection } from "../../../chain/testkit/rejects.js";
import { GovError, noProposal, notFound } from "../errors.js";
import { ballotOf, proposalOf } from "./ballot.js";
import { chargeOf, checkDepositSize, checkInitialDeposit, parseDeposit } from "./deposit.js";
import { formatOptions, parseWeights, single } from "./weights.js";

const coin = (amount: string, denom = "uopen") => ({ denom, amount });
const amounts = fc.bigInt({ min: 0n, max: 10n ** 15n }).map(toUopen);
const ratios = fc.bigInt({ min: 0n, max: 10n ** 18n }).map((scaled) => parseDec(`0.${scaled.toString().padStart(18, "0").slice(-18)}`));

describe("the coins of a deposit", () => {
  it("are none, or one amount of uopen", () => {
    expect(parseDeposit([])).to.equal(0n);
    expect(parseDeposit([coin("7")])).to.equal(7n);
    for (const bad of ["0", "-1", "01", "1.0", "", "1e3", "9".repeat(79)])
      expect(rejection(() => parseDeposit([coin(bad)])), bad).to.equal("sdk/10");
    expect(rejection(() => parseDeposit([coin("1", "1x")]))).to.equal("sdk/10");
    expect(rejection(() => parseDeposit([coin("1"), coin("1")]))).to.equal("sdk/10");
    expect(rejection(() => parseDeposit([coin("1"), coin("1", "uatom")]))).to.equal("sdk/10");
    expect(rejection(() => parseDeposit(Array.from({ length: 17 }, (_, i) => coin("1", `coin${i + 10}`))))).to.equal("sdk/10");
  });

  it("of other kinds are named with those that are taken", () => {
    expect(() => parseDeposit([coin("5", "uatom"), coin("1")])).to.throw(
      "deposited 5uatom,1uopen, but gov accepts only the following denom(s): [uopen]: invalid deposit denom",
    );
  });
});

describe("the size of a deposit", () => {
  it("is enough from the part of the minimum on, rounded down, and never zero", () => {
    fc.assert(
      fc.property(amounts, amounts, ratios, (amount, minimum, ratio) => {
        const least = (minimum * ratio) / 10n ** 18n;
        // A whole number times a decimal is exact at eighteen places.
        const isEnough = amount > 0n && amount >= least;
        if (isEnough) checkDepositSize(amount, minimum, ratio);
        else expect(rejection(() => checkDepositSize(amount, minimum, ratio))).to.equal("gov/16");
      }),
    );
  });

  it("of the proposer is rounded half to even", () => {
    const half = parseDec("0.5");
    checkInitialDeposit(toUopen(2n), toUopen(5n), half);
    expect(rejection(() => checkInitialDeposit(toUopen(1n), toUopen(5n), half))).to.equal("gov/16");
    checkInitialDeposit(toUopen(4n), toUopen(7n), half);
    expect(() => checkInitialDeposit(toUopen(3n), toUopen(7n), half)).to.throw("was (3uopen), need (4uopen)");
    checkInitialDeposit(toUopen(0n), toUopen(7n), parseDec("0"));
  });
});

describe("the price of a cancellation", () => {
  it("and the rest sum to the deposit, whatever the part", () => {
    fc.assert(
      fc.property(amounts, ratios, (amount, ratio) => {
        const { charge, rest } = chargeOf(amount, ratio);
        expect(charge + rest).to.equal(amount);
        expect(charge <= amount && charge >= 0n).to.equal(true);
      }),
    );
    expect(chargeOf(toUopen(3n), parseDec("0.5"))).to.deep.equal({ charge: 1n, rest: 2n });
    expect(chargeOf(toUopen(3n), parseDec("1"))).to.deep.equal({ charge: 3n, rest: 0n });
  });
});

describe("ballots", () => {
  it("of a proposal differ before and after its conversion, and lead back to it", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 62n }), fc.boolean(), (id, expedited) => {
        expect(proposalOf(ballotOf({ id, expedited }))).to.equal(id);
        expect(ballotOf({ id, expedited })).not.to.equal(ballotOf({ id, expedited: !expedited }));
        expect(ballotOf({ id, expedited }) > 0n).to.equal(true);
      }),
    );
  });
});

describe("weights of a vote", () => {
  it("are kept as they were written, and sum to one exactly", () => {
    const options = [
      { option: 1, weight: "0.333333333333333333" },
      { option: 4, weight: "0.666666666666666667" },
    ];
    expect([...parseWeights(options)]).to.deep.equal([
      [1, 333_333_333_333_333_333n],
      [4, 666_666_666_666_666_667n],
    ]);
    expect(formatOptions(options)).to.equal(
      '[{"option":1,"weight":"0.333333333333333333"},{"option":4,"weight":"0.666666666666666667"}]',
    );
    expect(() => parseWeights(options.slice(0, 1))).to.throw("total weight lower than 1.00: invalid vote option");
    expect(() => parseWeights([...options, { option: 2, weight: "0.1" }])).to.throw("total weight overflow 1.00: invalid vote option");
    expect(() => parseWeights([{ option: 1, weight: "0.5" }, { option: 1, weight: "0.5" }])).to.throw("duplicated vote option");
    expect(() => parseWeights([])).to.throw("null: invalid request");
    expect(() => parseWeights([{ option: 9, weight: "1" }])).to.throw('option:9 weight:"1" : invalid vote option');
    expect(() => parseWeights([{ option: 1, weight: "x" }])).to.throw('option:VOTE_OPTION_YES weight:"x" : invalid vote option');
  });

  it("of an undivided vote are one, for an answer that exists", () => {
    expect(single(3)).to.deep.equal([{ option: 3, weight: "1.000000000000000000" }]);
    expect(() => single(0)).to.throw("VOTE_OPTION_UNSPECIFIED: invalid vote option");
    expect(() => single(7)).to.throw("7: invalid vote option");
  });
});

describe("codes of gov", () => {
  it("are the SDK's, for ever, and one of ours", () => {
    const pinned: Record<string, string> = {};
    // The registry is a literal; its order decides nothing here.
    for (const [name, make] of Object.entries(GovError)) pinned[name] = `${make().code} ${make().message}`;
    expect(pinned).to.deep.equal({
      InactiveProposal: "3 inactive proposal",
      AlreadyActiveProposal: "4 proposal already active",
      InvalidContent: "5 invalid proposal content",
      InvalidType: "6 invalid proposal type",
      InvalidVote: "7 invalid vote option",
      InvalidGenesis: "8 invalid genesis state",
      NoHandler: "9 no handler exists for proposal type",
      UnroutableMessage: "10 proposal message not recognized by router",
      NoMessages: "11 no messages proposed",
      InvalidMessage: "12 invalid proposal message",
      InvalidSigner: "13 expected gov account as only signer for proposal message",
      MetadataTooLong: "15 metadata too long",
      DepositTooSmall: "16 minimum deposit is too small",
      InvalidProposer: "18 invalid proposer",
      VotingPeriodEnded: "20 voting period already ended",
      InvalidProposal: "21 invalid proposal",
      SummaryTooLong: "22 summary too long",
      InvalidDepositDenom: "23 invalid deposit denom",
      TooManyDepositors: "100 too many depositors",
    });
    expect(noProposal(7n)).to.deep.include({ codespace: "collections", code: 1 });
    expect(notFound("k", "T").message).to.equal("collections: not found: key 'k' of type github.com/cosmos/gogoproto/T");
  });
});
