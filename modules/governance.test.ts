import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import { formatAddress } from "../chain/codec/index.js";
import type { Codec } from "../chain/codec/index.js";
import { GOV_AUTHORITY } from "../chain/kernel/index.js";
import { toHeight, toUopen } from "../chain/primitives/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain } from "../chain/testkit/chain.js";
import { anyOf, createSigner } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { testKey } from "../chain/testkit/validators.js";
import * as auth from "../proto/gen/cosmos/auth/v1beta1.js";
import * as bank from "../proto/gen/cosmos/bank/v1beta1.js";
import * as distribution from "../proto/gen/cosmos/distribution/v1beta1.js";
import {
  CommunityPoolSpendProposal,
  MsgCommunityPoolSpend,
  QueryCommunityPoolRequest,
  QueryCommunityPoolResponse,
} from "../proto/gen/cosmos/distribution/v1beta1.js";
import {
  MsgSubmitProposal,
  MsgVote,
  ProposalStatus,
  QueryProposalRequest,
  QueryProposalResponse,
  VoteOption,
} from "../proto/gen/cosmos/gov/v1.js";
import type { Proposal } from "../proto/gen/cosmos/gov/v1.js";
import * as legacy from "../proto/gen/cosmos/gov/v1beta1.js";
import * as slashing from "../proto/gen/cosmos/slashing/v1beta1.js";
import * as staking from "../proto/gen/cosmos/staking/v1beta1.js";
import {
  CancelSoftwareUpgradeProposal,
  MsgSoftwareUpgrade,
  QueryCurrentPlanRequest,
  QueryCurrentPlanResponse,
} from "../proto/gen/cosmos/upgrade/v1beta1.js";
import type { Any } from "../proto/gen/google/protobuf.js";
import * as attest from "../proto/gen/openledger/attest/v1.js";
import * as attribution from "../proto/gen/openledger/attribution/v1.js";
import * as datanet from "../proto/gen/openledger/datanet/v1.js";
import * as modelfactory from "../proto/gen/openledger/modelfactory/v1.js";
import * as openlora from "../proto/gen/openledger/openlora/v1.js";
import { createModules } from "./app.js";
import { buildGenesis } from "./genesis.js";
import type { GenesisAccount } from "./genesis.js";

const { VOTE_OPTION_YES: YES, VOTE_OPTION_NO_WITH_VETO: VETO } = VoteOption;
const { PROPOSAL_STATUS_PASSED: PASSED, PROPOSAL_STATUS_REJECTED: REJECTED, PROPOSAL_STATUS_FAILED: FAILED } = ProposalStatus;
const { PROPOSAL_STATUS_VOTING_PERIOD: VOTING } = ProposalStatus;
const authority = formatAddress(GOV_AUTHORITY);
const DAY = 86_400n;
const START = 1_000_000_000n;

const alice = createSigner("alice");
const operators = ["one", "two", "three"].map(createSigner);

interface World {
  readonly chain: TestChain;
  readonly token: ReturnType<typeof createModules>["services"]["token"];
}

function start(more: readonly GenesisAccount[] = []): World {
  const { modules, accounts, fees, attest: hooks, services } = createModules(silentSource);
  const funded = [alice, ...operators].map(({ address }) => ({ address, amount: toUopen(START), from: "liquidity" as const }));
  const validators = operators.map(({ address }, i) => {
    return { operator: address, publicKey: testKey(i).publicKey, power: BigInt(10 * (i + 1)), moniker: `validator ${i}` };
  });
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts: [...funded, ...more] });
  const chain = createTestChain({ modules, accounts, fees, attest: hooks, appState });
  return { chain, token: services.token };
}

const uopen = (amount: bigint) => [{ denom: "uopen", amount: amount.toString() }];

function must(chain: TestChain, signer: Signer, message: Any): void {
  const result = chain.deliver(signer, [message]);
  expect([result.code, result.log]).to.deep.equal([0, ""]);
}

let ids = 0n;

function submit(chain: TestChain, messages: readonly Any[], expedited = false): bigint {
  const message: MsgSubmitProposal = {
    messages,
    initialDeposit: uopen(expedited ? 50_000_000n : 10_000_000n),
    proposer: alice.text,
    metadata: "",
    title: "A change",
    summary: "Why it is good",
    expedited,
  };
  must(chain, alice, anyOf(MsgSubmitProposal, message));
  return (ids += 1n);
}

function voteAll(chain: TestChain, proposalId: bigint, option: number): void {
  for (const operator of operators) must(chain, operator, anyOf(MsgVote, { proposalId, voter: operator.text, option, metadata: "" }));
}

function ask<Q, R>(chain: TestChain, path: string, codecs: { request: Codec<Q>; response: Codec<R> }, request: Partial<Q>): R {
  const data = codecs.request.encode(codecs.request.create(request));
  const answer = chain.app.query({ path, data, height: toHeight(0n), prove: false });
  expect([answer.code, answer.log]).to.deep.equal([0, ""]);
  return codecs.response.decode(answer.value);
}

function proposalOf(chain: TestChain, proposalId: bigint): Proposal | undefined {
  const codecs = { request: QueryProposalRequest, response: QueryProposalResponse };
  return ask(chain, "/cosmos.gov.v1.Query/Proposal", codecs, { proposalId }).proposal;
}

/** Everybody says yes, and the time passes. */
function enact(chain: TestChain, messages: readonly Any[]): Proposal | undefined {
  const id = submit(chain, messages);
  voteAll(chain, id, YES);
  chain.wait(2n * DAY);
  chain.nextBlock();
  return proposalOf(chain, id);
}

/** The same with a proposal of the old form. */
function enactOld(chain: TestChain, content: Any): Proposal | undefined {
  must(chain, alice, anyOf(legacy.MsgSubmitProposal, { content, initialDeposit: uopen(10_000_000n), proposer: alice.text }));
  voteAll(chain, (ids += 1n), YES);
  chain.wait(2n * DAY);
  chain.nextBlock();
  return proposalOf(chain, ids);
}

/** MsgUpdateParams of one module, and how its parameters are read. */
interface Governed<P> {
  readonly name: string;
  readonly message: Codec<{ readonly authority: string; readonly params: P }>;
  readonly query: string;
  readonly request: Codec<object>;
  readonly response: Codec<{ readonly params: P }>;
  /** Another value within bounds. */
  change(params: P): P;
  /** One beyond them. */
  exceed(params: P): P;
}

interface Case {
  readonly name: string;
  run(world: World): void;
}

function caseOf<P>({ name, message, query, request, response, change, exceed }: Governed<P>): Case {
  const update = (by: string, params: P): Any => anyOf(message, { authority: by, params });
  return {
    name,
    run({ chain }) {
      const read = (): P => ask(chain, query, { request, response }, {}).params;
      chain.nextBlock();
      const before = read();
      const refused = chain.deliver(alice, [update(alice.text, change(before))]);
      expect([refused.codespace, refused.code], name).to.deep.equal(["gov", 13]);
      expect(read()).to.deep.equal(before);
      const failed = enact(chain, [update(authority, exceed(before))]);
      expect(failed?.status, name).to.equal(FAILED);
      expect(failed?.failedReason).not.to.equal("");
      expect(read()).to.deep.equal(before);
      expect(enact(chain, [update(authority, change(before))])?.status, name).to.equal(PASSED);
      expect(read()).to.deep.equal(change(before)).and.not.to.deep.equal(before);
    },
  };
}

const CASES: readonly Case[] = [
  caseOf({
    name: "auth",
    message: auth.MsgUpdateParams,
    query: "/cosmos.auth.v1beta1.Query/Params",
    request: auth.QueryParamsRequest,
    response: auth.QueryParamsResponse,
    change: (params) => ({ ...params, maxMemoCharacters: 512n }),
    exceed: (params) => ({ ...params, maxMemoCharacters: 0n }),
  }),
  caseOf({
    name: "bank",
    message: bank.MsgUpdateParams,
    query: "/cosmos.bank.v1beta1.Query/Params",
    request: bank.QueryParamsRequest,
    response: bank.QueryParamsResponse,
    change: (params) => ({ ...params, defaultSendEnabled: !params.defaultSendEnabled }),
    exceed: (params) => ({ ...params, sendEnabled: [{ denom: "uopen", enabled: false }] }),
  }),
  caseOf({
    name: "staking",
    message: staking.MsgUpdateParams,
    query: "/cosmos.staking.v1beta1.Query/Params",
    request: staking.QueryParamsRequest,
    response: staking.QueryParamsResponse,
    change: (params) => ({ ...params, maxEntries: 9 }),
    exceed: (params) => ({ ...params, maxValidators: 0 }),
  }),
  caseOf({
    name: "slashing",
    message: slashing.MsgUpdateParams,
    query: "/cosmos.slashing.v1beta1.Query/Params",
    request: slashing.QueryParamsRequest,
    response: slashing.QueryParamsResponse,
    change: (params) => ({ ...params, signedBlocksWindow: params.signedBlocksWindow + 1n }),
    exceed: (params) => ({ ...params, signedBlocksWindow: 0n }),
  }),
  caseOf({
    name: "distribution",
    message: distribution.MsgUpdateParams,
    query: "/cosmos.distribution.v1beta1.Query/Params",
    request: distribution.QueryParamsRequest,
    response: distribution.QueryParamsResponse,
    change: (params) => ({ ...params, withdrawAddrEnabled: !params.withdrawAddrEnabled }),
    exceed: (params) => ({ ...params, communityTax: "1000000000000000001" }),
  }),
  caseOf({
    name: "datanet",
    message: datanet.MsgUpdateParams,
    query: "/openledger.datanet.v1.Query/Params",
    request: datanet.QueryParamsRequest,
    response: datanet.QueryParamsResponse,
    change: (params) => ({ ...params, contributionBond: "2000000" }),
    exceed: (params) => ({ ...params, contributionBond: "1000000000001" }),
  }),
  caseOf({
    name: "modelfactory",
    message: modelfactory.MsgUpdateParams,
    query: "/openledger.modelfactory.v1.Query/Params",
    request: modelfactory.QueryParamsRequest,
    response: modelfactory.QueryParamsResponse,
    change: (params) => ({ ...params, claimPeriod: 700 }),
    exceed: (params) => ({ ...params, trainerSharePpm: 900_000, dataSharePpm: 200_000 }),
  }),
  caseOf({
    name: "openlora",
    message: openlora.MsgUpdateParams,
    query: "/openledger.openlora.v1.Query/Params",
    request: openlora.QueryParamsRequest,
    response: openlora.QueryParamsResponse,
    change: (params) => ({ ...params, maxAnswerTokens: 64 }),
    exceed: (params) => ({ ...params, maxAnswerTokens: 513 }),
  }),
  caseOf({
    name: "attribution",
    message: attribution.MsgUpdateParams,
    query: "/openledger.attribution.v1.Query/Params",
    request: attribution.QueryParamsRequest,
    response: attribution.QueryParamsResponse,
    change: (params) => ({ ...params, disputeWindow: 700 }),
    exceed: (params) => ({ ...params, slashPpm: 200_001 }),
  }),
  caseOf({
    name: "attest",
    message: attest.MsgUpdateParams,
    query: "/openledger.attest.v1.Query/Params",
    request: attest.QueryParamsRequest,
    response: attest.QueryParamsResponse,
    change: (params) => ({ ...params, commitPeriod: 90 }),
    exceed: (params) => ({ ...params, maxCommittee: 3 }),
  }),
];

describe("governance of the whole application", () => {
  beforeEach(() => {
    ids = 0n;
  });

  for (const { name, run } of CASES) {
    it(`changes the parameters of ${name} within their bounds, and nobody else does`, () => run(start()));
  }

  it("is heard in its own time: deposit, votes, end, effect, refund", () => {
    const { chain, token } = start();
    const off = anyOf(bank.MsgUpdateParams, { authority, params: { sendEnabled: [], defaultSendEnabled: false } });
    const id = submit(chain, [off]);
    expect(proposalOf(chain, id)?.status).to.equal(VOTING);
    voteAll(chain, id, YES);
    expect(token.balance(chain.read(), alice.address)).to.equal(START - 10_000_000n);
    chain.wait(2n * DAY);
    const { events } = chain.nextBlock();
    const passed = events.find((e) => e.type === "active_proposal")?.attributes.map((a) => `${a.key}=${a.value}`);
    expect(passed).to.deep.equal(["proposal_id=1", "proposal_result=proposal_passed", "proposal_log=passed", "mode=EndBlock"]);
    expect(token.balance(chain.read(), alice.address)).to.equal(START);
    const send = anyOf(bank.MsgSend, { fromAddress: alice.text, toAddress: operators[0]?.text ?? "", amount: uopen(1n) });
    expect(chain.deliver(alice, [send]).code).to.equal(5);
  });

  it("spends what the community owns, by the message and by the content of old proposals", () => {
    const { chain, token } = start();
    const bob = createSigner("bob");
    const codecs = { request: QueryCommunityPoolRequest, response: QueryCommunityPoolResponse };
    const poolOf = (): bigint =>
      BigInt(ask(chain, "/cosmos.distribution.v1beta1.Query/CommunityPool", codecs, {}).pool[0]?.amount ?? "0") / 10n ** 18n;
    const spend = anyOf(MsgCommunityPoolSpend, { authority, recipient: bob.text, amount: uopen(5_000_000n) });
    const [before, supply] = [poolOf(), token.supply(chain.read())];
    expect(chain.deliver(alice, [{ ...spend }]).code).not.to.equal(0);
    expect(enact(chain, [spend])?.status).to.equal(PASSED);
    expect(token.balance(chain.read(), bob.address)).to.equal(5_000_000n);

    const said = { title: "Old", description: "An old proposal" };
    const content = anyOf(CommunityPoolSpendProposal, { ...said, recipient: bob.text, amount: uopen(7n) });
    expect(enactOld(chain, content)?.status).to.equal(PASSED);
    expect(token.balance(chain.read(), bob.address)).to.equal(5_000_007n);
    expect(token.supply(chain.read())).to.equal(supply);
    expect(poolOf() > before - 5_000_007n).to.equal(true);
  });

  it("plans an upgrade by the message, and calls it off by the content of old proposals", () => {
    const { chain } = start();
    const codecs = { request: QueryCurrentPlanRequest, response: QueryCurrentPlanResponse };
    const planOf = (): string | undefined => ask(chain, "/cosmos.upgrade.v1beta1.Query/CurrentPlan", codecs, {}).plan?.name;
    const plan = { name: "v2", time: { seconds: -62_135_596_800n, nanos: 0 }, height: 1_000n, info: "", upgradedClientState: undefined };
    expect(enact(chain, [anyOf(MsgSoftwareUpgrade, { authority, plan })])?.failedReason).to.equal("");
    expect(planOf()).to.equal("v2");
    const content = anyOf(CancelSoftwareUpgradeProposal, { title: "Stop", description: "Not yet" });
    expect(enactOld(chain, content)?.status).to.equal(PASSED);
    expect(planOf()).to.equal(undefined);
  });

  it("in a hurry passes in a day, or starts over as a regular proposal", () => {
    const { chain } = start();
    const message = anyOf(bank.MsgUpdateParams, { authority, params: { sendEnabled: [], defaultSendEnabled: false } });
    const id = submit(chain, [message], true);
    const slow = submit(chain, [message], true);
    voteAll(chain, id, YES);
    chain.wait(DAY);
    chain.nextBlock();
    expect(proposalOf(chain, id)?.status).to.equal(PASSED);
    expect([proposalOf(chain, slow)?.status, proposalOf(chain, slow)?.expedited]).to.deep.equal([VOTING, false]);
    voteAll(chain, slow, YES);
    chain.wait(DAY);
    chain.nextBlock();
    expect(proposalOf(chain, slow)?.status).to.equal(PASSED);
  });

  it("vetoed costs the proposer's deposit, which becomes the community's", () => {
    const { chain, token } = start();
    const id = submit(chain, [anyOf(bank.MsgUpdateParams, { authority, params: { sendEnabled: [], defaultSendEnabled: false } })]);
    voteAll(chain, id, VETO);
    const before = token.supply(chain.read());
    const pool = token.moduleBalance(chain.read(), "community_pool");
    chain.wait(2n * DAY);
    chain.nextBlock();
    expect(proposalOf(chain, id)?.status).to.equal(REJECTED);
    expect(token.moduleBalance(chain.read(), "community_pool")).to.equal(pool + 10_000_000n);
    expect(token.balance(chain.read(), alice.address)).to.equal(START - 10_000_000n);
    expect(token.supply(chain.read())).to.equal(before);
  });

  it("that cannot be carried out is recorded as failed, and has no effect at all", () => {
    const { chain } = start();
    const codecs = { request: auth.QueryParamsRequest, response: auth.QueryParamsResponse };
    chain.nextBlock();
    const read = () => ask(chain, "/cosmos.auth.v1beta1.Query/Params", codecs, {}).params;
    const before = read();
    const good = anyOf(auth.MsgUpdateParams, { authority, params: { ...before, txSigLimit: 9n } });
    const bad = anyOf(bank.MsgSend, { fromAddress: authority, toAddress: alice.text, amount: uopen(1_000_000_000n) });
    const failed = enact(chain, [good, bad]);
    expect(failed?.status).to.equal(FAILED);
    expect(failed?.failedReason).to.match(/smaller than 1000000000uopen: insufficient funds$/);
    expect(read()).to.deep.equal(before);
  });

  it("spends coins that came to it otherwise, and not one more", () => {
    const { chain, token } = start([{ address: GOV_AUTHORITY, amount: toUopen(7n), from: "community" }]);
    const gift = (amount: bigint) => anyOf(bank.MsgSend, { fromAddress: authority, toAddress: alice.text, amount: uopen(amount) });
    expect(enact(chain, [gift(8n)])?.status).to.equal(FAILED);
    expect(enact(chain, [gift(7n)])?.status).to.equal(PASSED);
    expect(token.moduleBalance(chain.read(), "gov")).to.equal(0n);
  });

  it("never spends what it holds for depositors", () => {
    const { chain, token } = start();
    const other = submit(chain, [anyOf(bank.MsgUpdateParams, { authority, params: { sendEnabled: [], defaultSendEnabled: false } })], true);
    const theft = anyOf(bank.MsgSend, { fromAddress: authority, toAddress: alice.text, amount: uopen(1n) });
    const id = submit(chain, [theft]);
    chain.wait(DAY);
    chain.nextBlock();
    voteAll(chain, id, YES);
    const third = submit(chain, [theft]);
    chain.wait(DAY);
    chain.nextBlock();
    expect(proposalOf(chain, third)?.status).to.equal(VOTING);
    const failed = proposalOf(chain, id);
    expect([failed?.status, failed?.failedReason]).to.deep.equal([
      FAILED,
      "the deposits of other proposals are not to be touched",
    ]);
    expect(other).to.equal(1n);
    expect(token.moduleBalance(chain.read(), "gov")).to.equal(10_000_000n);
  });
});
