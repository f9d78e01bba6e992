import { Secp256k1Wallet } from "@cosmjs/amino";
import { DirectSecp256k1Wallet } from "@cosmjs/proto-signing";
import type { EncodeObject } from "@cosmjs/proto-signing";
import { SigningStargateClient } from "@cosmjs/stargate";
import type { DeliverTxResponse, StdFee } from "@cosmjs/stargate";
import { expect } from "chai";
import { GenericAuthorization, MsgExec, MsgGrant, MsgRevoke } from "../proto/gen/cosmos/authz/v1beta1.js";
import { MsgSend, SendAuthorization } from "../proto/gen/cosmos/bank/v1beta1.js";
import { AllowedMsgAllowance, BasicAllowance, MsgGrantAllowance, MsgPruneAllowances, MsgRevokeAllowance, PeriodicAllowance } from "../proto/gen/cosmos/feegrant/v1beta1.js";
import { MsgDeposit, MsgSubmitProposal, MsgVote, MsgVoteWeighted } from "../proto/gen/cosmos/gov/v1.js";
import { TextProposal } from "../proto/gen/cosmos/gov/v1beta1.js";
import { StakeAuthorization } from "../proto/gen/cosmos/staking/v1beta1.js";
import { MsgCreatePeriodicVestingAccount, MsgCreatePermanentLockedAccount } from "../proto/gen/cosmos/vesting/v1beta1.js";
import { Modality, MsgCommitContribution, MsgCreateDatanet, MsgPublishDatanet } from "../proto/gen/openledger/datanet/v1.js";
import { formatAddress, formatOperatorAddress, parseAddress } from "../chain/codec/index.js";
import type { Codec } from "../chain/codec/index.js";
import { toAddress } from "../chain/primitives/index.js";
import { startLiveNode } from "../test/doors/live-node.js";
import type { LiveNode } from "../test/doors/live-node.js";
import { createAminoTypes } from "./amino.js";
import { message } from "./messages.js";
import { createRegistry } from "./registry.js";

/** CosmJS 0.39 over a node with the product's engine and servers: one account, signing DIRECT and amino JSON in turn. */

const FEE: StdFee = { amount: [{ denom: "uopen", amount: "5000" }], gas: "900000" };
const coin = (amount: number) => ({ denom: "uopen", amount: amount.toString() });
const key = (seed: number): Uint8Array => new Uint8Array(32).fill(seed);
/** Somebody new each time. */
const nobody = (n: number): string => formatAddress(toAddress(new Uint8Array(20).fill(n)));
const any = <T>(codec: Codec<T>, value: T) => ({ typeUrl: `/${codec.typeName}`, value: codec.encode(value) });
const cosmos = (name: string, value: object): EncodeObject => ({ typeUrl: `/cosmos.${name}`, value });
const soon = () => ({ seconds: BigInt(Math.floor(Date.now() / 1000) + 86_400), nanos: 0 });

interface People {
  readonly alice: string;
  readonly bob: string;
  readonly validator: string;
}

/** What Alice, who operates the validator, signs; `n` is 0 in DIRECT and 1 in amino. Proposals and datanets count from 1. */
function story({ alice, bob, validator }: People, n: number): readonly (readonly [string, EncodeObject])[] {
  const stake = { delegatorAddress: alice, validatorAddress: validator };
  const send = any(MsgSend, { fromAddress: alice, toAddress: bob, amount: [coin(3)] });
  const content = any(TextProposal, { title: "<Say> hello", description: "to everybody & all" });
  const [legacy, modern] = [BigInt(2 * n + 1), BigInt(2 * n + 2)];
  const description = { moniker: `alone ${n}`, identity: "", website: "", securityContact: "", details: "" };
  const limit = any(SendAuthorization, { spendLimit: [coin(50)], allowList: [alice] });
  const basic = any(BasicAllowance, { spendLimit: [coin(90_000)], expiration: soon() });
  const periodic = any(PeriodicAllowance, {
    basic: { spendLimit: [], expiration: undefined },
    period: { seconds: 60n, nanos: 0 },
    periodSpendLimit: [coin(9)],
    periodCanSpend: [],
    periodReset: { seconds: 0n, nanos: 0 },
  });
  const datanetId = BigInt(n + 1);
  return [
    ["a transfer", cosmos("bank.v1beta1.MsgSend", { fromAddress: alice, toAddress: bob, amount: [coin(1_000_000)] })],
    ["many transfers", cosmos("bank.v1beta1.MsgMultiSend", { inputs: [{ address: alice, coins: [coin(3)] }], outputs: [{ address: bob, coins: [coin(3)] }] })],
    ["a delegation", cosmos("staking.v1beta1.MsgDelegate", { ...stake, amount: coin(5_000_000) })],
    ["an undelegation", cosmos("staking.v1beta1.MsgUndelegate", { ...stake, amount: coin(1_000_000) })],
    ["an edited validator", cosmos("staking.v1beta1.MsgEditValidator", { description, validatorAddress: validator, commissionRate: "", minSelfDelegation: "" })],
    ["a withdraw address", cosmos("distribution.v1beta1.MsgSetWithdrawAddress", { delegatorAddress: alice, withdrawAddress: alice })],
    ["rewards", cosmos("distribution.v1beta1.MsgWithdrawDelegatorReward", stake)],
    ["commission, which CosmJS misnames", cosmos("distribution.v1beta1.MsgWithdrawValidatorCommission", { validatorAddress: validator })],
    ["a gift to the community", cosmos("distribution.v1beta1.MsgFundCommunityPool", { depositor: alice, amount: [coin(7)] })],
    ["a proposal of old", cosmos("gov.v1beta1.MsgSubmitProposal", { content, initialDeposit: [coin(2_000_000_000)], proposer: alice })],
    ["a deposit of old", cosmos("gov.v1beta1.MsgDeposit", { proposalId: legacy, depositor: alice, amount: [coin(100_000)] })],
    ["a vote of old", cosmos("gov.v1beta1.MsgVote", { proposalId: legacy, voter: alice, option: 1 })],
    ["a proposal", message(MsgSubmitProposal, { messages: [], initialDeposit: [coin(2_000_000_000)], proposer: alice, metadata: "m", title: "t", summary: "s" })],
    ["a deposit", message(MsgDeposit, { proposalId: modern, depositor: alice, amount: [coin(100_000)] })],
    ["a vote", message(MsgVote, { proposalId: modern, voter: alice, option: 3, metadata: "" })],
    ["a weighted vote", message(MsgVoteWeighted, { proposalId: modern, voter: alice, options: [{ option: 1, weight: "0.6" }, { option: 2, weight: "0.4" }], metadata: "" })],
    ["a grant to send", message(MsgGrant, { granter: alice, grantee: bob, grant: { authorization: limit, expiration: soon() } })],
    ["a grant to stake", message(MsgGrant, { granter: alice, grantee: bob, grant: { authorization: any(StakeAuthorization, { maxTokens: coin(5), allowList: { address: [validator] }, denyList: undefined, authorizationType: 1 }), expiration: undefined } })],
    ["a grant of all", message(MsgGrant, { granter: alice, grantee: bob, grant: { authorization: any(GenericAuthorization, { msg: "/cosmos.gov.v1.MsgVote" }), expiration: soon() } })],
    ["messages in a message", message(MsgExec, { grantee: alice, msgs: [send, any(MsgExec, { grantee: alice, msgs: [send] })] })],
    ["a revocation", message(MsgRevoke, { granter: alice, grantee: bob, msgTypeUrl: "/cosmos.gov.v1.MsgVote" })],
    ["an allowance", message(MsgGrantAllowance, { granter: alice, grantee: nobody(10 + n), allowance: basic })],
    ["a periodic allowance", message(MsgGrantAllowance, { granter: alice, grantee: nobody(20 + n), allowance: periodic })],
    ["an allowance for messages", message(MsgGrantAllowance, { granter: alice, grantee: nobody(30 + n), allowance: any(AllowedMsgAllowance, { allowance: basic, allowedMessages: ["/x.Y"] }) })],
    ["an allowance revoked", message(MsgRevokeAllowance, { granter: alice, grantee: nobody(10 + n) })],
    ["allowances pruned", message(MsgPruneAllowances, { pruner: alice })],
    ["a vesting account", cosmos("vesting.v1beta1.MsgCreateVestingAccount", { fromAddress: alice, toAddress: nobody(40 + n), amount: [coin(9)], endTime: soon().seconds, delayed: true })],
    ["a locked account", message(MsgCreatePermanentLockedAccount, { fromAddress: alice, toAddress: nobody(50 + n), amount: [coin(9)] })],
    ["a periodic account", message(MsgCreatePeriodicVestingAccount, { fromAddress: alice, toAddress: nobody(60 + n), startTime: 5n, vestingPeriods: [{ length: 9n, amount: [coin(9)] }] })],
    ["a datanet", message(MsgCreateDatanet, { owner: alice, name: `rows ${n}`, modality: Modality.MODALITY_TEXT, license: { spdx: "CC0-1.0", commercialUse: true, derivatives: true, expiresAt: 0n }, access: 1 })],
    ["a datanet published", message(MsgPublishDatanet, { owner: alice, datanetId })],
    ["a contribution", message(MsgCommitContribution, { contributor: alice, datanetId, commitment: new Uint8Array(32).fill(n + 1) })],
  ];
}

// CosmJS calls the log deprecated, but nothing else says why a transaction failed.
// eslint-disable-next-line @typescript-eslint/no-deprecated
function outcome({ code, rawLog }: DeliverTxResponse): string {
  return code === 0 ? "ok" : `${code} ${rawLog ?? ""}`;
}

describe("CosmJS over a live node", function () {
  this.timeout(240_000);
  let node: LiveNode;
  let people: People;
  const clients: SigningStargateClient[] = [];

  const connect = async (wallet: DirectSecp256k1Wallet | Secp256k1Wallet): Promise<SigningStargateClient> => {
    const options = { registry: createRegistry(), aminoTypes: createAminoTypes(), broadcastPollIntervalMs: 40 };
    const client = await SigningStargateClient.connectWithSigner(node.rpc, wallet, options);
    clients.push(client);
    return client;
  };

  before(async () => {
    const wallets = await Promise.all([71, 72].map((seed) => Secp256k1Wallet.fromKey(key(seed), "open")));
    const [alice = "", bob = ""] = (await Promise.all(wallets.map((w) => w.getAccounts()))).map(([account]) => account?.address);
    people = { alice, bob, validator: formatOperatorAddress(parseAddress(alice)) };
    const accounts = [alice, bob].map((address) => ({ address, uopen: 100_000_000_000n }));
    node = await startLiveNode({ accounts, operator: alice });
    await node.reached(2n);
  });

  after(async () => {
    for (const client of clients) client.disconnect();
    await node.stop();
  });

  for (const [n, mode] of ["DIRECT", "amino JSON"].entries()) {
    it(`signs every kind of message in ${mode}, and the chain takes it`, async () => {
      const wallet = n === 0 ? await DirectSecp256k1Wallet.fromKey(key(71), "open") : await Secp256k1Wallet.fromKey(key(71), "open");
      const client = await connect(wallet);
      for (const [what, one] of story(people, n)) {
        const result = await client.signAndBroadcast(people.alice, [one], FEE, `memo of <${what}>`);
        expect(outcome(result), what).to.equal("ok");
      }
    });
  }

  it("simulates, and delivers with what simulation said", async () => {
    const client = await connect(await Secp256k1Wallet.fromKey(key(71), "open"));
    for (const [what, one] of story(people, 1).slice(0, 3)) {
      const gas = await client.simulate(people.alice, [one], "");
      const result = await client.signAndBroadcast(people.alice, [one], { ...FEE, gas: gas.toString() });
      expect(outcome(result), what).to.equal("ok");
    }
  });

  it("lets somebody without coins sign in either mode while Alice pays", async () => {
    const payer = await connect(await DirectSecp256k1Wallet.fromKey(key(71), "open"));
    for (const [n, seed] of [81, 82].entries()) {
      const wallet = n === 0 ? await DirectSecp256k1Wallet.fromKey(key(seed), "open") : await Secp256k1Wallet.fromKey(key(seed), "open");
      const [account] = await wallet.getAccounts();
      const poor = account?.address ?? "";
      const allowance = any(BasicAllowance, { spendLimit: [coin(5_000)], expiration: undefined });
      await payer.signAndBroadcast(people.alice, [message(MsgGrantAllowance, { granter: people.alice, grantee: poor, allowance })], FEE);
      const client = await connect(wallet);
      const vote = message(MsgVote, { proposalId: 1n, voter: poor, option: 1, metadata: "" });
      expect(outcome(await client.signAndBroadcast(poor, [vote], { ...FEE, granter: people.alice }))).to.equal("ok");
      expect((await client.getBalance(poor, "uopen")).amount).to.equal("0");
    }
  });
});
