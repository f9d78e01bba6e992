import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import type { ExtensionSource } from "../chain/attest/index.js";
import { attestState } from "../chain/attest/state.js";
import type { Codec } from "../chain/codec/index.js";
import { sha256 } from "../chain/crypto/index.js";
import { toUopen, toVotingPower } from "../chain/primitives/index.js";
import { digestOf } from "../chain/testkit/attester-lab.js";
import { TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain } from "../chain/testkit/chain.js";
import { HASH, LICENSE, LORA, MATCHES, MISMATCH, answerOf, attributionOf, cid, foundWork, rowsOf, saltOf } from "../chain/testkit/economy.js";
import { anyOf, createSigner } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { TRUE, checkpointOf, replayed } from "../chain/testkit/training.js";
import { testKey } from "../chain/testkit/validators.js";
import { VOTING_PARAMS, createVotingChain } from "../chain/testkit/voting-chain.js";
import { AllowedMsgAllowance, BasicAllowance, MsgGrantAllowance } from "../proto/gen/cosmos/feegrant/v1beta1.js";
import type { Task } from "../proto/gen/openledger/attest/v1.js";
import { AttributionTask, MsgClaimRewards, WorkAudit } from "../proto/gen/openledger/attribution/v1.js";
import * as datanet from "../proto/gen/openledger/datanet/v1.js";
import * as model from "../proto/gen/openledger/modelfactory/v1.js";
import { MsgRequestInference } from "../proto/gen/openledger/openlora/v1.js";
import { createModules } from "./app.js";
import { encodeFinding } from "./attribution/rules/finding.js";
import { sealWork, workSeed } from "./attribution/rules/work.js";
import { contributionCommitment } from "./datanet/index.js";
import { DATANET_STORE, datanetState } from "./datanet/state.js";
import { buildGenesis } from "./genesis.js";

/**
 * Design §6: a contributor who holds no OPEN must be able to take part. The whole road on the whole application, with voting
 * validators and the default parameters of Datanets: somebody else pays fees (feegrant) and stands for the bond (MsgSponsorContributor).
 */

const OPEN = 1_000_000n;
const FEE = 5_000n;
const STEPS = 8;
const [owner, developer, trainer, user, poor] = ["owner", "developer", "trainer", "user", "without a coin"].map(createSigner) as [Signer, Signer, Signer, Signer, Signer];
const rich = [owner, developer, trainer, user];

function answer(task: Task, source: ExtensionSource): Uint8Array {
  switch (task.kind) {
    case "quality":
      return datanetContent(task) === cid(9) ? MISMATCH : MATCHES;
    case "inference":
      return answerOf();
    case "work-audit":
      return foundWork(digestOf(WorkAudit.decode(task.payload).seed));
    case "attribution": {
      const { beacon } = AttributionTask.decode(task.payload);
      const seed = workSeed({ taskId: task.id, attempt: task.attempt, beacon, validator: source.validator ?? HASH });
      const finding = { outcome: attributionOf(task.payload, [1_000n]), work: sealWork(digestOf(seed)) };
      return encodeFinding(finding, AttributionTask.decode(task.payload));
    }
    default:
      return replayed({ ...task, openedHeight: 0n as never });
  }
}

const datanetContent = (task: Task): string => datanet.QualityTask.decode(task.payload).blobCid;

function sourceOf(i: number, chain: () => TestChain): ExtensionSource {
  const source: ExtensionSource = {
    validator: testKey(i).address,
    value: (taskId) => answer(attestState.read(chain().read().store("attest")).tasks.getOrFail(taskId), source),
    salt: (taskId, attempt) => sha256(Uint8Array.of(i, Number(taskId), attempt)),
  };
  return source;
}

function createWorld() {
  const { modules, accounts, fees, feeGrants, attest, services } = createModules(silentSource);
  const validators = [0, 1, 2, 3].map((i) => ({ operator: createSigner(`v${i}`).address, publicKey: testKey(i).publicKey, power: 100n, moniker: `v${i}` }));
  const funded = rich.map(({ address }) => ({ address, amount: toUopen(100n * OPEN), from: "community" as const }));
  const windows = { modelfactory: { disputeWindow: 12, replaySamplePpm: 0 }, attribution: { disputeWindow: 12 } };
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts: funded, ...windows, attest: { commitPeriod: 4, gracePeriod: 0 } });
  const chain: TestChain = createTestChain({ modules, accounts, fees, feeGrants, appState, attest, params: VOTING_PARAMS });
  const voters = validators.map((_, i) => ({ key: testKey(i), source: sourceOf(i, () => chain) }));
  const voting = createVotingChain(chain, voters, validators.map(({ publicKey, power }) => ({ publicKey, power: toVotingPower(power) })));
  return {
    chain,
    /** "" on success; `granter` pays the fee where it is named. */
    send<T>(signer: Signer, codec: Codec<T>, message: Partial<T>, granter = ""): string {
      const { txResults } = voting.nextBlock([chain.sign(signer, [anyOf(codec, codec.create(message))], { fee: FEE, granter })]);
      const result = txResults.at(-1);
      return result?.code === 0 ? "" : `${result?.codespace}/${result?.code} ${result?.log}`;
    },
    balance: ({ address }: Signer) => services.token.balance(chain.read(), address),
    blocks(count: number): void {
      for (let i = 0; i < count; i++) voting.nextBlock();
    },
    state: () => datanetState.read(chain.read().store(DATANET_STORE)),
  };
}

type World = ReturnType<typeof createWorld>;
const must = (log: string): Chai.Assertion => expect(log).to.equal("");
const poorOpening = (n: number) => ({ contributor: poor.address, datanetId: 1n, blobCid: cid(n), salt: saltOf(n) });
const commitOf = (n: number, sponsor = owner.text) => {
  return { contributor: poor.text, datanetId: 1n, commitment: contributionCommitment(poorOpening(n)), sponsor };
};
const revealOf = (id: bigint, n: number, texts: readonly string[]) => {
  return { contributor: poor.text, contributionId: id, blobCid: cid(n), salt: saltOf(n), rows: rowsOf(texts) };
};

/** A published Datanet with the default parameters, whose owner lets `poor` send three kinds of messages at its cost. */
function withAllowance(): World {
  const w = createWorld();
  const terms = { modality: datanet.Modality.MODALITY_TEXT, access: datanet.Access.ACCESS_OPEN, license: LICENSE };
  must(w.send(owner, datanet.MsgCreateDatanet, { owner: owner.text, name: "verse", tags: [], ...terms }));
  must(w.send(owner, datanet.MsgPublishDatanet, { owner: owner.text, datanetId: 1n }));
  const basic = anyOf(BasicAllowance, { spendLimit: [{ denom: "uopen", amount: "50000" }], expiration: undefined });
  const allowedMessages = [datanet.MsgCommitContribution, datanet.MsgRevealContribution, MsgClaimRewards].map((c) => `/${c.typeName}`);
  const allowance = anyOf(AllowedMsgAllowance, { allowance: basic, allowedMessages });
  must(w.send(owner, MsgGrantAllowance, { granter: owner.text, grantee: poor.text, allowance }));
  return w;
}

function sponsor(w: World, bonds: number): void {
  must(w.send(owner, datanet.MsgSponsorContributor, { sponsor: owner.text, contributor: poor.text, bonds }));
}

/** An adapter that was trained on the Datanet's first version, open to everybody who pays. */
function train(w: World): void {
  must(w.send(owner, datanet.MsgCreateVersion, { owner: owner.text, datanetId: 1n }));
  const blobs = { baseHash: HASH, configCid: cid(1), tokenizerCid: cid(2), weightsCid: cid(3) };
  must(w.send(owner, model.MsgRegisterBaseModel, { owner: owner.text, name: "tiny", license: "MIT", royaltyPpm: 0, ...blobs }));
  const job = { baseModelId: 1n, datasets: [{ datanetId: 1n, version: 1n }], hyperparameters: { ...LORA, steps: STEPS, checkpointEvery: STEPS } };
  must(w.send(developer, model.MsgOrderTraining, { developer: developer.text, ...job, fee: (10n * OPEN).toString(), commercialUse: true }));
  must(w.send(trainer, model.MsgClaimTraining, { trainer: trainer.text, jobId: 1n, runtimeId: HASH }));
  const own = { trainer: trainer.text, jobId: 1n };
  must(w.send(trainer, model.MsgSubmitCheckpoint, { ...own, step: STEPS, ...checkpointOf(TRUE, 0, STEPS), stateCid: cid(4), stepsCid: cid(5) }));
  const made = { configCid: cid(5), weightsCid: cid(6), tangentsCid: cid(7), fallbackCid: cid(8), adapterHash: HASH, tangentRoot: HASH, runtimeId: HASH, fallbackRoot: HASH };
  const measured = { finalLossMicroNats: TRUE(STEPS).lossMicroNats, metasmoothSubsets: 3, metasmoothnessPpm: 900_000 };
  must(w.send(trainer, model.MsgCompleteTraining, { ...own, ...made, ...measured }));
  must(w.send(developer, model.MsgPublishAdapter, { owner: developer.text, adapterId: 1n, name: "blake", rateIn: "200000", rateOut: "4000000" }));
}

describe("a contributor without coins, and without an account before", () => {
  it("commits, reveals, is asked about and is paid, and never had a uopen of its own to spend", () => {
    const w = withAllowance();
    sponsor(w, 1);
    const staked = w.balance(owner);
    must(w.send(poor, datanet.MsgCommitContribution, commitOf(1), owner.text));
    expect(staked - w.balance(owner), "bond and fee").to.equal(OPEN + FEE);
    expect(w.state().contributions.getOrFail(1n)).to.include({ contributor: poor.text, sponsor: owner.text, bond: OPEN.toString() });
    must(w.send(poor, datanet.MsgRevealContribution, revealOf(1n, 1, ["tyger tyger", "burning bright"]), owner.text));
    w.blocks(8);
    expect(w.state().contributions.getOrFail(1n).status).to.equal(datanet.ContributionStatus.CONTRIBUTION_STATUS_ACCEPTED);
    expect(staked - w.balance(owner), "the bond is the sponsor's again").to.equal(2n * FEE);
    expect(w.balance(poor)).to.equal(0n);
    train(w);
    const question = { prompt: "What burns?", maxTokens: 20, maxFee: "500000", clientNonce: "n", sampling: { temperatureMilli: 0, topK: 0, seed: 0n } };
    must(w.send(user, MsgRequestInference, { user: user.text, adapterId: 1n, ...question }));
    w.blocks(40);
    const ofTraining = w.balance(poor);
    expect(ofTraining, "a quarter of what the training cost").to.equal((10n * OPEN) / 4n);
    must(w.send(poor, MsgClaimRewards, { account: poor.text }, owner.text));
    expect(w.balance(poor) > ofTraining, "and of the answer").to.equal(true);
  });

  it("can do nothing without the sponsor: a bond that nobody stands for is refused, as one more than agreed is", () => {
    const w = withAllowance();
    expect(w.send(poor, datanet.MsgCommitContribution, commitOf(1), owner.text)).to.match(/^datanet\/26 .* stands for 0 bonds, 0 in use/);
    expect(w.send(poor, datanet.MsgCommitContribution, commitOf(1, ""), owner.text)).to.match(/^sdk\/5 /);
    sponsor(w, 1);
    must(w.send(poor, datanet.MsgCommitContribution, commitOf(2), owner.text));
    expect(w.send(poor, datanet.MsgCommitContribution, commitOf(3), owner.text)).to.match(/^datanet\/26 .* stands for 1 bonds, 1 in use/);
    expect(w.send(poor, datanet.MsgPublishDatanet, { owner: poor.text, datanetId: 1n }, owner.text)).to.match(/message not allowed/);
  });

  it("costs its sponsor no more than the bonds that were agreed on, however often it lies", () => {
    const w = withAllowance();
    sponsor(w, 1);
    const before = w.balance(owner);
    must(w.send(poor, datanet.MsgCommitContribution, commitOf(9), owner.text));
    must(w.send(poor, datanet.MsgRevealContribution, revealOf(1n, 9, ["not what the blob says"]), owner.text));
    w.blocks(8);
    expect(w.state().contributions.getOrFail(1n).status).to.equal(datanet.ContributionStatus.CONTRIBUTION_STATUS_REJECTED);
    expect(before - w.balance(owner)).to.equal(OPEN + 2n * FEE);
    expect([...w.state().sponsorships.values()]).to.deep.equal([]);
    expect(w.send(poor, datanet.MsgCommitContribution, commitOf(2), owner.text)).to.match(/^datanet\/26 /);
  });
});
