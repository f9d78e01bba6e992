import { expect } from "chai";
import * as peerV1 from "cosmjs-types/cosmos/gov/v1/query";
import * as peer from "cosmjs-types/cosmos/gov/v1beta1/query";
import * as v1 from "../../proto/gen/cosmos/gov/v1.js";
import * as v1beta1 from "../../proto/gen/cosmos/gov/v1beta1.js";
import { BoolValue } from "../../proto/gen/google/protobuf.js";
import { formatAddress } from "../../chain/codec/index.js";
import type { Codec } from "../../chain/codec/index.js";
import { Reject, parseUtf8 } from "../../chain/primitives/index.js";
import { OPERATORS, PERIODS, anyOf, createStakedLab, person, submit, uopen, vote } from "../../chain/testkit/gov-lab.js";
import type { GovLab } from "../../chain/testkit/gov-lab.js";

const good = anyOf(BoolValue, { value: true });
const voter = formatAddress(OPERATORS[0]);
const depositor = formatAddress(person(1));

type Asked<Q, R> = readonly [method: string, request: Codec<Q>, response: Codec<R>];

function ask<Q, R>(lab: GovLab, [method, request, response]: Asked<Q, R>, given: Partial<Q> = {}): R {
  const service = request.typeName.split(".").slice(0, 3).join(".");
  return response.decode(lab.query(`/${service}.Query/${method}`, request.encode(request.create(given))));
}

/** The SDK's code and text of a refusal. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Reject) return `${error.codespace}/${error.code} ${error.message}`;
    throw error;
  }
  return expect.fail("expected a rejection");
}

const PROPOSAL = ["Proposal", v1.QueryProposalRequest, v1.QueryProposalResponse] as const;
const PROPOSALS = ["Proposals", v1.QueryProposalsRequest, v1.QueryProposalsResponse] as const;
const VOTE = ["Vote", v1.QueryVoteRequest, v1.QueryVoteResponse] as const;
const VOTES = ["Votes", v1.QueryVotesRequest, v1.QueryVotesResponse] as const;
const PARAMS = ["Params", v1.QueryParamsRequest, v1.QueryParamsResponse] as const;
const DEPOSIT = ["Deposit", v1.QueryDepositRequest, v1.QueryDepositResponse] as const;
const DEPOSITS = ["Deposits", v1.QueryDepositsRequest, v1.QueryDepositsResponse] as const;
const TALLY = ["TallyResult", v1.QueryTallyResultRequest, v1.QueryTallyResultResponse] as const;
const CONSTITUTION = ["Constitution", v1.QueryConstitutionRequest, v1.QueryConstitutionResponse] as const;

describe("queries of gov v1", () => {
  it("find proposals, by status, voter and depositor", () => {
    const lab = createStakedLab();
    const waiting = submit(lab, { initialDeposit: uopen(1_000_000n), proposer: formatAddress(person(2)) });
    const voting = submit(lab, { messages: [good] });
    vote(lab, OPERATORS[0], voting, 1);
    const ids = (filter: Partial<v1.QueryProposalsRequest>): bigint[] => ask(lab, PROPOSALS, filter).proposals.map((p) => p.id);
    expect(ask(lab, PROPOSAL, { proposalId: voting }).proposal?.messages).to.deep.equal([good]);
    expect(ids({})).to.deep.equal([waiting, voting]);
    expect(ids({ proposalStatus: 2 })).to.deep.equal([voting]);
    expect(ids({ proposalStatus: 3 })).to.deep.equal([]);
    expect(ids({ voter })).to.deep.equal([voting]);
    expect(ids({ depositor })).to.deep.equal([voting]);
    expect(ids({ depositor, proposalStatus: 1 })).to.deep.equal([]);
    const page = { key: new Uint8Array(0), offset: 0n, limit: 1n, countTotal: true, reverse: true };
    const { proposals, pagination } = ask(lab, PROPOSALS, { pagination: page });
    expect([proposals.map((p) => p.id), pagination?.total]).to.deep.equal([[voting], 2n]);
  });

  it("find votes and deposits while they are there", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    vote(lab, OPERATORS[0], id, 3);
    const options = [{ option: 3, weight: "1.000000000000000000" }];
    const cast = { proposalId: id, voter, options, metadata: "" };
    expect(ask(lab, VOTE, { proposalId: id, voter }).vote).to.deep.equal(cast);
    expect(ask(lab, VOTES, { proposalId: id }).votes).to.deep.equal([cast]);
    const given = { proposalId: id, depositor, amount: uopen(10_000_000n) };
    expect(ask(lab, DEPOSIT, { proposalId: id, depositor }).deposit).to.deep.equal(given);
    expect(ask(lab, DEPOSITS, { proposalId: id }).deposits).to.deep.equal([given]);
    lab.endBlock(PERIODS.voting);
    expect(ask(lab, VOTES, { proposalId: id }).votes).to.deep.equal([]);
    expect(ask(lab, DEPOSITS, { proposalId: id }).deposits).to.deep.equal([]);
  });

  it("tell how a vote stands, and how it ended", () => {
    const lab = createStakedLab();
    const waiting = submit(lab, { initialDeposit: uopen(1_000_000n) });
    const id = submit(lab);
    vote(lab, OPERATORS[1], id, 1);
    const tally = (proposalId: bigint): string[] => {
      const found = ask(lab, TALLY, { proposalId }).tally;
      return [found?.yesCount ?? "", found?.abstainCount ?? "", found?.noCount ?? "", found?.noWithVetoCount ?? ""];
    };
    expect(tally(waiting)).to.deep.equal(["0", "0", "0", "0"]);
    expect(tally(id)).to.deep.equal(["200", "0", "0", "0"]);
    lab.endBlock(PERIODS.voting);
    expect(tally(id)).to.deep.equal(["200", "0", "0", "0"]);
  });

  it("refuse in the SDK's words", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    const zero = "sdk/18 proposal id can not be 0";
    expect(refusal(() => ask(lab, PROPOSAL, {}))).to.equal(zero);
    for (const query of [VOTES, DEPOSITS] as const) expect(refusal(() => ask(lab, query as typeof VOTES, {}))).to.equal(zero);
    expect(refusal(() => ask(lab, TALLY, {}))).to.equal(zero);
    expect(refusal(() => ask(lab, PROPOSAL, { proposalId: 9n }))).to.equal("sdk/38 proposal 9 doesn't exist");
    expect(refusal(() => ask(lab, TALLY, { proposalId: 9n }))).to.equal("sdk/38 proposal 9 doesn't exist");
    expect(refusal(() => ask(lab, VOTE, { proposalId: id }))).to.equal("sdk/18 empty voter address");
    expect(refusal(() => ask(lab, VOTE, { proposalId: id, voter }))).to.equal(
      `sdk/18 voter: ${voter} not found for proposal: 1`,
    );
    expect(refusal(() => ask(lab, DEPOSIT, { proposalId: id }))).to.equal("sdk/18 empty depositor address");
    expect(refusal(() => ask(lab, DEPOSIT, { proposalId: id, depositor: voter }))).to.equal(
      `sdk/38 collections: not found: key '("1", "${voter}")' of type github.com/cosmos/gogoproto/cosmos.gov.v1.Deposit`,
    );
    expect(refusal(() => ask(lab, PROPOSALS, { voter: "nobody" }))).to.match(/^sdk\/7 /);
    expect(refusal(() => ask(lab, PARAMS, { paramsType: "x" }))).to.equal("sdk/18 unknown params type: x");
  });

  it("show the parameters whole, and by kind for old clients, as CosmJS reads them", () => {
    const lab = createStakedLab();
    const bytes = lab.query("/cosmos.gov.v1.Query/Params", v1.QueryParamsRequest.encode({ paramsType: "tallying" }));
    const kinds = v1.QueryParamsResponse.decode(bytes);
    expect(kinds.tallyParams).to.deep.equal({
      quorum: "0.334000000000000000",
      threshold: "0.500000000000000000",
      vetoThreshold: "0.334000000000000000",
    });
    expect([kinds.depositParams, kinds.votingParams]).to.deep.equal([undefined, undefined]);
    const { params } = peerV1.QueryParamsResponse.decode(bytes);
    expect(params?.minDeposit).to.deep.equal(uopen(10_000_000n));
    expect(params?.votingPeriod?.seconds).to.equal(PERIODS.voting);
    expect(ask(lab, PARAMS, {}).params?.expeditedMinDeposit).to.deep.equal(uopen(50_000_000n));
    expect(ask(lab, CONSTITUTION, {}).constitution).to.equal("");
  });
});

describe("queries of gov v1beta1", () => {
  const request = (lab: GovLab, method: string, bytes: Uint8Array): Uint8Array =>
    lab.query(`/cosmos.gov.v1beta1.Query/${method}`, bytes);

  it("show a proposal with its old content, and the times it does not have as Go's zero, to CosmJS", () => {
    const lab = createStakedLab();
    const content = anyOf(v1beta1.TextProposal, { title: "T", description: "D" });
    const initialDeposit = uopen(1_000_000n);
    lab.run(anyOf(v1beta1.MsgSubmitProposal, { content, initialDeposit, proposer: depositor }));
    const bytes = request(lab, "Proposal", v1beta1.QueryProposalRequest.encode({ proposalId: 1n }));
    const { proposal } = peer.QueryProposalResponse.decode(bytes);
    expect(proposal.content?.typeUrl).to.equal("/cosmos.gov.v1beta1.TextProposal");
    expect(proposal.status).to.equal(1);
    expect(proposal.votingEndTime.seconds).to.equal(-62_135_596_800n);
    expect(proposal.totalDeposit).to.deep.equal(initialDeposit);
  });

  it("list what old clients cannot read without content, and refuse it alone", () => {
    const lab = createStakedLab();
    submit(lab);
    submit(lab, { messages: [good] });
    submit(lab, { messages: [good, good] });
    const list = peer.QueryProposalsResponse.decode(request(lab, "Proposals", new Uint8Array(0)));
    expect(list.proposals.map((p) => p.content?.typeUrl)).to.deep.equal([undefined, "/google.protobuf.BoolValue", undefined]);
    const one = (proposalId: bigint) => request(lab, "Proposal", v1beta1.QueryProposalRequest.encode({ proposalId }));
    expect(refusal(() => one(1n))).to.equal(
      "sdk/29 can't convert a gov/v1 Proposal to gov/v1beta1 Proposal when amount of proposal messages not exactly one: invalid type",
    );
    expect(peer.QueryProposalResponse.decode(one(2n)).proposal.proposalId).to.equal(2n);
  });

  it("carry weights and thresholds as scaled integers", () => {
    const lab = createStakedLab();
    const id = submit(lab);
    vote(lab, OPERATORS[0], id, 1);
    const found = peer.QueryVoteResponse.decode(request(lab, "Vote", v1beta1.QueryVoteRequest.encode({ proposalId: id, voter })));
    expect(found.vote.options).to.deep.equal([{ option: 1, weight: "1000000000000000000" }]);
    const votes = peer.QueryVotesResponse.decode(
      request(lab, "Votes", v1beta1.QueryVotesRequest.encode({ proposalId: id, pagination: undefined })),
    );
    expect(votes.votes).to.have.length(1);
    const text = (bytes: Uint8Array): string => parseUtf8(bytes);
    const params = (paramsType: string) =>
      peer.QueryParamsResponse.decode(request(lab, "Params", v1beta1.QueryParamsRequest.encode({ paramsType })));
    expect(text(params("tallying").tallyParams.quorum)).to.equal("334000000000000000");
    expect(params("voting").votingParams.votingPeriod.seconds).to.equal(PERIODS.voting);
    expect(params("deposit").depositParams.minDeposit).to.deep.equal(uopen(10_000_000n));
    expect(params("deposit").votingParams.votingPeriod.seconds).to.equal(0n);
    expect(refusal(() => params(""))).to.equal("sdk/18  is not a valid parameter type");
    const tally = peer.QueryTallyResultResponse.decode(
      request(lab, "TallyResult", v1beta1.QueryTallyResultRequest.encode({ proposalId: id })),
    );
    expect(tally.tally.yes).to.equal("100");
    const deposits = peer.QueryDepositsResponse.decode(
      request(lab, "Deposits", v1beta1.QueryDepositsRequest.encode({ proposalId: id, pagination: undefined })),
    );
    expect(deposits.deposits).to.deep.equal([{ proposalId: id, depositor, amount: uopen(10_000_000n) }]);
    const one = request(lab, "Deposit", v1beta1.QueryDepositRequest.encode({ proposalId: id, depositor }));
    expect(peer.QueryDepositResponse.decode(one).deposit.depositor).to.equal(depositor);
  });
});
