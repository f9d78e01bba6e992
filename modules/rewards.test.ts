import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import type { ExecTxResult } from "../chain/abci/index.js";
import { formatAddress, formatOperatorAddress } from "../chain/codec/index.js";
import type { Codec } from "../chain/codec/index.js";
import { sha256 } from "../chain/crypto/index.js";
import { GOV_AUTHORITY } from "../chain/kernel/index.js";
import { DEC_ZERO, addDec, concatBytes, decFromInt, formatDec, parseScaledDec, subDec, toHeight, toUopen, toVotingPower, u64be, utf8 } from "../chain/primitives/index.js";
import type { Dec } from "../chain/primitives/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import { LICENSE, MATCHES, cid } from "../chain/testkit/economy.js";
import { anyOf, createSigner } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { testKey } from "../chain/testkit/validators.js";
import { VOTING_PARAMS, createVotingChain } from "../chain/testkit/voting-chain.js";
import * as distribution from "../proto/gen/cosmos/distribution/v1beta1.js";
import { MsgSubmitProposal, MsgVote, VoteOption } from "../proto/gen/cosmos/gov/v1.js";
import { MsgDelegate } from "../proto/gen/cosmos/staking/v1beta1.js";
import type { Any } from "../proto/gen/google/protobuf.js";
import * as datanet from "../proto/gen/openledger/datanet/v1.js";
import * as emission from "../proto/gen/openledger/emission/v1.js";
import { createModules } from "./app.js";
import { contributionCommitment } from "./datanet/index.js";
import { bucketAddress, buildGenesis } from "./genesis.js";

/** Who is paid for what, on the whole application with voting validators: gas, stake, data. Every invariant holds after each block. */

const operators = ["one", "two", "three", "four"].map(createSigner);
const [alice, owner, ann, ben] = ["alice", "owner", "ann", "ben"].map(createSigner) as [Signer, Signer, Signer, Signer];
const START = 1_000_000_000n;
const SALT = new Uint8Array(16).fill(3);

function start() {
  const { modules, accounts, fees, attest, services } = createModules(silentSource);
  const funded = [alice, owner, ann, ben, ...operators].map(({ address }) => ({ address, amount: toUopen(START), from: "community" as const }));
  const validators = operators.map(({ address }, i) => {
    return { operator: address, publicKey: testKey(i).publicKey, power: 100n, moniker: `validator ${i}` };
  });
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts: funded });
  const chain = createTestChain({ modules, accounts, fees, attest, appState, params: VOTING_PARAMS });
  const voters = operators.map((_, i) => {
    const key = testKey(i);
    const salt = (taskId: bigint, attempt: number) => sha256(concatBytes(key.address, u64be(taskId), u64be(BigInt(attempt))));
    return { key, source: { validator: key.address, value: () => MATCHES, salt } };
  });
  const initial = validators.map(({ publicKey, power }) => ({ publicKey, power: toVotingPower(power) }));
  return { chain, token: services.token, voting: createVotingChain(chain, voters, initial) };
}

type World = ReturnType<typeof start>;

function send({ chain, voting }: World, signer: Signer, message: Any, fee = 0n): ExecTxResult {
  const { txResults } = voting.nextBlock([chain.sign(signer, [message], { fee })]);
  const result = txResults.at(-1)!;
  expect([result.code, result.log]).to.deep.equal([0, ""]);
  return result;
}

function run({ voting }: World, blocks: number): void {
  for (let i = 0; i < blocks; i++) voting.nextBlock();
}

function ask<Q, R>({ chain }: World, path: string, codecs: readonly [Codec<Q>, Codec<R>], request: Partial<Q> = {}): R {
  const data = codecs[0].encode(codecs[0].create(request));
  const answer = chain.app.query({ path, data, height: toHeight(0n), prove: false });
  expect([answer.code, answer.log]).to.deep.equal([0, ""]);
  return codecs[1].decode(answer.value);
}

const balance = ({ chain, token }: World, { address }: Signer): bigint => token.balance(chain.read(), address);
const sumOf = (coins: readonly { readonly amount: string }[]): Dec => coins.map((c) => parseScaledDec(c.amount)).reduce(addDec, DEC_ZERO);
const pool = (world: World): Dec =>
  sumOf(ask(world, "/cosmos.distribution.v1beta1.Query/CommunityPool", [distribution.QueryCommunityPoolRequest, distribution.QueryCommunityPoolResponse]).pool);
/** What the pool has beside the reserve, of which more is released with every block. */
const given = (world: World): Dec => {
  const { token, chain } = world;
  return subDec(pool(world), decFromInt(token.spendable(chain.read(), bucketAddress("community"), chain.read().block.time)));
};
const rewards = (world: World, { text }: Signer): Dec => {
  const codecs = [distribution.QueryDelegationTotalRewardsRequest, distribution.QueryDelegationTotalRewardsResponse] as const;
  return sumOf(ask(world, "/cosmos.distribution.v1beta1.Query/DelegationTotalRewards", codecs, { delegatorAddress: text }).total);
};
const outstanding = (world: World): Dec =>
  operators.map(({ address }) => {
    const codecs = [distribution.QueryValidatorOutstandingRewardsRequest, distribution.QueryValidatorOutstandingRewardsResponse] as const;
    const request = { validatorAddress: formatOperatorAddress(address) };
    return sumOf(ask(world, "/cosmos.distribution.v1beta1.Query/ValidatorOutstandingRewards", codecs, request).rewards.rewards);
  }).reduce(addDec, DEC_ZERO);

/** Everybody says yes, and the time passes. */
function enact(world: World, message: Any): void {
  send(world, alice, anyOf(MsgSubmitProposal, {
    messages: [message],
    initialDeposit: [{ denom: "uopen", amount: "10000000" }],
    proposer: alice.text, metadata: "", title: "A change", summary: "Why it is good", expedited: false,
  }));
  for (const { text, ...rest } of operators) {
    const vote = { proposalId: 1n, voter: text, option: VoteOption.VOTE_OPTION_YES, metadata: "" };
    send(world, { text, ...rest }, anyOf(MsgVote, vote));
  }
  world.chain.wait(2n * 86_400n);
  run(world, 1);
}

function contribute(world: World, who: Signer, n: number, texts: readonly string[]): void {
  const contributionId = BigInt(n);
  const commitment = contributionCommitment({ contributor: who.address, datanetId: 1n, blobCid: cid(n), salt: SALT });
  send(world, who, anyOf(datanet.MsgCommitContribution, { contributor: who.text, datanetId: 1n, commitment, sponsor: "" }));
  const rows = texts.map((text) => ({ hash: sha256(utf8(text)), bytes: utf8(text).length }));
  send(world, who, anyOf(datanet.MsgRevealContribution, { contributor: who.text, contributionId, blobCid: cid(n), salt: SALT, rows }));
}

describe("rewards on the whole application", () => {
  it("gas fees reach validators, delegators and the community, and every uopen is somewhere", () => {
    const world = start();
    const before = pool(world);
    const validatorAddress = formatOperatorAddress(operators[0]!.address);
    const stake = { delegatorAddress: alice.text, validatorAddress, amount: { denom: "uopen", amount: "100000000" } };
    send(world, alice, anyOf(MsgDelegate, stake));
    run(world, 3);
    const fees = 1_000_003n;
    const gift = { depositor: ben.text, amount: [{ denom: "uopen", amount: "1" }] };
    send(world, ben, anyOf(distribution.MsgFundCommunityPool, gift), fees);
    run(world, 1);
    expect(formatDec(addDec(outstanding(world), given(world)))).to.equal(formatDec(decFromInt(fees + 1n)));
    // 98 % by power: two fifths to the first validator, nine tenths of it to two equal stakes.
    const due = rewards(world, alice);
    expect(Number(due) / 1e18).to.be.closeTo(1_000_003 * 0.98 * 0.4 * 0.9 * 0.5, 1e-6);
    const held = balance(world, alice);
    send(world, alice, anyOf(distribution.MsgWithdrawDelegatorReward, { delegatorAddress: alice.text, validatorAddress }));
    expect(balance(world, alice) - held).to.equal(due / 10n ** 18n);
    const own = balance(world, operators[0]!);
    send(world, operators[0]!, anyOf(distribution.MsgWithdrawValidatorCommission, { validatorAddress }));
    expect(balance(world, operators[0]!) - own).to.equal(39_200n);
    expect(pool(world) >= addDec(before, decFromInt(20_000n))).to.equal(true);
  });

  it("data that was accepted earns what governance decided, from what the community's schedule has released", () => {
    const world = start();
    const create = { owner: owner.text, name: "verse", summary: "", description: "", tags: [], modality: datanet.Modality.MODALITY_TEXT, license: LICENSE, access: datanet.Access.ACCESS_OPEN, allowList: [] };
    send(world, owner, anyOf(datanet.MsgCreateDatanet, create));
    send(world, owner, anyOf(datanet.MsgPublishDatanet, { owner: owner.text, datanetId: 1n }));
    contribute(world, ann, 1, ["tyger tyger", "burning bright"]);
    contribute(world, ben, 2, ["in the forests of the night", "burning bright"]);
    run(world, 12);
    send(world, owner, anyOf(datanet.MsgCreateVersion, { owner: owner.text, datanetId: 1n }));
    const params = { epochBlocks: 10n, amount: "1000000", maxPerMib: (10n ** 12n).toString(), holdEpochs: 1, weights: [{ datanetId: 1n, weight: 1 }] };
    enact(world, anyOf(emission.MsgUpdateParams, { authority: formatAddress(GOV_AUTHORITY), params }));

    const shares = (who: Signer) =>
      ask(world, "/openledger.emission.v1.Query/Shares", [emission.QuerySharesRequest, emission.QuerySharesResponse], { account: who.text }).shares;
    const reserved = world.token.balance(world.chain.read(), bucketAddress("community"));
    run(world, 10);
    expect(world.token.balance(world.chain.read(), bucketAddress("community")) < reserved).to.equal(true);
    // "burning bright" is Ann's, who committed first.
    expect(shares(ann)).to.deep.equal([{ share: { account: ann.text, epoch: 1n, datanetId: 1n, bytes: 25n }, amount: "480769", mature: false }]);
    expect(shares(ben)[0]).to.deep.include({ amount: "519230" });
    run(world, 10);
    const claim = (who: Signer) => {
      const before = balance(world, who);
      send(world, who, anyOf(emission.MsgClaimEmission, { account: who.text }));
      return balance(world, who) - before;
    };
    expect([claim(ann), claim(ben)]).to.deep.equal([480_769n, 519_230n]);
    expect(shares(ann)).to.deep.equal([]);
    expect(world.token.supply(world.chain.read())).to.equal(10n ** 15n);
  });
});
