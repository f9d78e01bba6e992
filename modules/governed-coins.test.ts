import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import { formatAddress } from "../chain/codec/index.js";
import { GOV_AUTHORITY } from "../chain/kernel/index.js";
import { toHeight, toUopen } from "../chain/primitives/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain } from "../chain/testkit/chain.js";
import { anyOf, createSigner, signTransaction } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { testKey } from "../chain/testkit/validators.js";
import { GenericAuthorization, MsgExec, MsgGrant } from "../proto/gen/cosmos/authz/v1beta1.js";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { BasicAllowance, MsgGrantAllowance } from "../proto/gen/cosmos/feegrant/v1beta1.js";
import {
  MsgSubmitProposal,
  MsgVote,
  ProposalStatus,
  QueryProposalRequest,
  QueryProposalResponse,
  VoteOption,
} from "../proto/gen/cosmos/gov/v1.js";
import type { Proposal } from "../proto/gen/cosmos/gov/v1.js";
import type { Any } from "../proto/gen/google/protobuf.js";
import { createModules } from "./app.js";
import { buildGenesis } from "./genesis.js";

/** The account of governance holds deposits. A grant from it would let somebody take them between two proposals. */

const governance = formatAddress(GOV_AUTHORITY);
const START = 1_000_000_000n;
const DEPOSIT = 10_000_000n;
const TWO_DAYS = 172_800n;
const { PROPOSAL_STATUS_FAILED: FAILED, PROPOSAL_STATUS_REJECTED: REJECTED } = ProposalStatus;

const alice = createSigner("alice");
const operators = ["one", "two"].map(createSigner);
const uopen = (amount: bigint) => [{ denom: "uopen", amount: amount.toString() }];

interface World {
  readonly chain: TestChain;
  readonly wealth: (signer: Signer) => bigint;
  readonly accounts: ReturnType<typeof createModules>["accounts"];
}

function start(): World {
  const { modules, accounts, fees, feeGrants, attest, services } = createModules(silentSource);
  const funded = [alice, ...operators].map(({ address }) => ({
    address,
    amount: toUopen(START),
    from: "liquidity" as const,
  }));
  const validators = operators.map(({ address }, i) => ({
    operator: address,
    publicKey: testKey(i).publicKey,
    power: 10n,
    moniker: `v${i}`,
  }));
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts: funded });
  const chain = createTestChain({ modules, accounts, fees, feeGrants, attest, appState });
  return { chain, accounts, wealth: ({ address }) => services.token.balance(chain.read(), address) };
}

function must(chain: TestChain, signer: Signer, message: Any): void {
  const { code, log } = chain.deliver(signer, [message]);
  expect([code, log]).to.deep.equal([0, ""]);
}

function submit(chain: TestChain, messages: readonly Any[]): void {
  const texts = { metadata: "ipfs://CID", title: "A change", summary: "Why it is good", expedited: false };
  must(
    chain,
    alice,
    anyOf(MsgSubmitProposal, { messages, initialDeposit: uopen(DEPOSIT), proposer: alice.text, ...texts }),
  );
}

function end(chain: TestChain, proposalId: bigint): Proposal | undefined {
  chain.wait(TWO_DAYS);
  chain.nextBlock();
  const data = QueryProposalRequest.encode({ proposalId });
  const { value } = chain.app.query({
    path: "/cosmos.gov.v1.Query/Proposal",
    data,
    height: toHeight(0n),
    prove: false,
  });
  return QueryProposalResponse.decode(value).proposal;
}

function enact(chain: TestChain, proposalId: bigint, messages: readonly Any[]): Proposal | undefined {
  submit(chain, messages);
  const vote = { proposalId, option: VoteOption.VOTE_OPTION_YES, metadata: "" };
  for (const operator of operators) must(chain, operator, anyOf(MsgVote, { ...vote, voter: operator.text }));
  return end(chain, proposalId);
}

describe("what governance holds for depositors", () => {
  it("is not let out of hand by a grant that a proposal makes", () => {
    const { chain, wealth } = start();
    const send = `/${MsgSend.typeName}`;
    const authorization = anyOf(GenericAuthorization, { msg: send });
    const granted = anyOf(MsgGrant, {
      granter: governance,
      grantee: alice.text,
      grant: { authorization, expiration: undefined },
    });
    const proposal = enact(chain, 1n, [granted]);
    expect([proposal?.status, proposal?.failedReason.includes("module")]).to.deep.equal([FAILED, true]);

    submit(chain, []);
    const theft = anyOf(MsgSend, { fromAddress: governance, toAddress: alice.text, amount: uopen(DEPOSIT) });
    expect(chain.deliver(alice, [anyOf(MsgExec, { grantee: alice.text, msgs: [theft] })]).codespace).to.equal(
      "authz",
    );
    expect(end(chain, 2n)?.status).to.equal(REJECTED);
    expect(wealth(alice)).to.equal(START);
  });

  it("pays nobody's fees, whatever a proposal allows", () => {
    const { chain, wealth, accounts } = start();
    const allowance = anyOf(BasicAllowance, { spendLimit: [], expiration: undefined });
    const proposal = enact(chain, 1n, [
      anyOf(MsgGrantAllowance, { granter: governance, grantee: alice.text, allowance }),
    ]);
    expect([proposal?.status, proposal?.failedReason.includes("module")]).to.deep.equal([FAILED, true]);

    submit(chain, []);
    const { number: accountNumber = 0n, sequence = 0n } = accounts.find(chain.read(), alice.address) ?? {};
    const options = {
      chainId: TEST_CHAIN_ID,
      accountNumber,
      sequence,
      gas: 1_000_000n,
      fee: DEPOSIT,
      granter: governance,
    };
    const tx = signTransaction(
      alice,
      [anyOf(MsgSend, { fromAddress: alice.text, toAddress: alice.text, amount: uopen(1n) })],
      options,
    );
    const [result] = chain.nextBlock([tx]).txResults;
    expect([result?.codespace, result?.code]).to.deep.equal(["sdk", 38]);
    expect(end(chain, 2n)?.status).to.equal(REJECTED);
    expect(wealth(alice)).to.equal(START);
  });
});
