import { expect } from "chai";
import { attestState } from "../../chain/attest/state.js";
import type { ExtensionSource } from "../../chain/attest/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import type { Codec } from "../../chain/codec/index.js";
import { concatBytes, toHex, toUopen, u64be } from "../../chain/primitives/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../../chain/testkit/chain.js";
import type { TestChain } from "../../chain/testkit/chain.js";
import { HASH, LICENSE, LORA, MATCHES, cid, rowsOf, saltOf } from "../../chain/testkit/economy.js";
import { anyOf, createSigner } from "../../chain/testkit/signer.js";
import type { Signer } from "../../chain/testkit/signer.js";
import { TRUE, UNAVAILABLE, checkpointOf, courseOf, recordsOf, replayed, tampered } from "../../chain/testkit/training.js";
import type { Course } from "../../chain/testkit/training.js";
import { testKey } from "../../chain/testkit/validators.js";
import { VOTING_PARAMS, createVotingChain } from "../../chain/testkit/voting-chain.js";
import type { VotingChain } from "../../chain/testkit/voting-chain.js";
import type { Task } from "../../proto/gen/openledger/attest/v1.js";
import * as datanet from "../../proto/gen/openledger/datanet/v1.js";
import * as model from "../../proto/gen/openledger/modelfactory/v1.js";
import { MsgRequestInference } from "../../proto/gen/openledger/openlora/v1.js";
import { createModules } from "../app.js";
import { contributionCommitment } from "../datanet/index.js";
import { buildGenesis } from "../genesis.js";
import { stepDue } from "./rules/bisection.js";
import { ABSTENTION } from "./rules/replay-outcome.js";
import { stepPath } from "./rules/step-record.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** Disputes on the whole application, with real blocks, transactions and vote extensions. */

const [owner, alice, developer, trainer, challenger] = ["owner", "alice", "developer", "trainer", "challenger"].map(createSigner) as [Signer, Signer, Signer, Signer, Signer];
const OPEN = 1_000_000n;
/** What the winner gets of a lost bond of 5 OPEN. */
const PRIZE = 2_500_000n;
const STEPS = 8;
const { DISPUTE_KIND_SEGMENT, DISPUTE_KIND_CHECKPOINT } = model.DisputeKind;

/** What one validator says about a replay; undefined for nothing. */
type Witness = (task: Task) => Uint8Array | undefined;
const honest: Witness = (task) => replayed({ ...task, openedHeight: 0n as never });
/** Has the software of tomorrow. */
const upgraded: Witness = () => ABSTENTION;
const silent: Witness = () => undefined;

interface World {
  readonly chain: TestChain;
  readonly voting: VotingChain;
  send<T>(signer: Signer, codec: Codec<T>, message: Partial<T>): string;
  balance(signer: Signer): bigint;
  blocks(count: number): void;
}

function sourceOf(i: number, witness: Witness, chain: () => TestChain): ExtensionSource {
  return {
    validator: testKey(i).address,
    value(taskId) {
      const task = attestState.read(chain().read().store("attest")).tasks.getOrFail(taskId);
      return task.kind === "quality" ? MATCHES : witness(task);
    },
    salt: (taskId, attempt) => sha256(concatBytes(testKey(i).address, u64be(taskId), u64be(BigInt(attempt)))),
  };
}

function createWorld(witnesses: readonly Witness[], modelfactory: Partial<model.Params>): World {
  const { modules, accounts, fees, attest, services } = createModules({ validator: undefined, value: () => undefined, salt: () => HASH });
  const validators = witnesses.map((_, i) => ({ operator: createSigner(`v${i}`).address, publicKey: testKey(i).publicKey, power: 100n, moniker: `v${i}` }));
  const funded = [owner, alice, developer, trainer, challenger].map(({ address }) => ({ address, amount: toUopen(100n * OPEN), from: "community" as const }));
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts: funded, modelfactory, attest: { commitPeriod: 4, gracePeriod: 0 } });
  const chain: TestChain = createTestChain({ modules, accounts, fees, appState, attest, params: VOTING_PARAMS });
  const voters = witnesses.map((witness, i) => ({ key: testKey(i), source: sourceOf(i, witness, () => chain) }));
  const voting = createVotingChain(chain, voters, validators.map(({ publicKey }) => ({ publicKey, power: 100n as never })));
  return {
    chain,
    voting,
    send(signer, codec, message) {
      const { txResults } = voting.nextBlock([chain.sign(signer, [anyOf(codec, codec.create(message))])]);
      const result = txResults.at(-1);
      return result?.code === 0 ? "" : `${result?.codespace}/${result?.code}`;
    },
    balance: ({ address }) => services.token.balance(chain.read(), address),
    blocks(count) {
      for (let i = 0; i < count; i++) voting.nextBlock();
    },
  };
}

const must = (code: string): Chai.Assertion => expect(code).to.equal("");
const stateOf = ({ chain }: World) => modelfactoryState.read(chain.read().store(MODELFACTORY_STORE));
const jobOf = (w: World): model.TrainingJob => stateOf(w).jobs.getOrFail(1n);
const disputeOf = (w: World): model.Dispute => stateOf(w).disputes.getOrFail(1n);

/** A Datanet with one accepted contribution and a version, and a base model. */
function prepare(w: World): void {
  const mine = { owner: owner.text, datanetId: 1n };
  const terms = { modality: datanet.Modality.MODALITY_TEXT, access: datanet.Access.ACCESS_OPEN, license: LICENSE };
  must(w.send(owner, datanet.MsgCreateDatanet, { owner: owner.text, name: "verse", summary: "old poems", tags: [], ...terms }));
  must(w.send(owner, datanet.MsgPublishDatanet, mine));
  const own = { contributor: alice.text, datanetId: 1n };
  const commitment = contributionCommitment({ contributor: alice.address, datanetId: 1n, blobCid: cid(1), salt: saltOf(1) });
  must(w.send(alice, datanet.MsgCommitContribution, { ...own, commitment }));
  const blob = { contributor: alice.text, contributionId: 1n, blobCid: cid(1), salt: saltOf(1), rows: rowsOf(["tyger tyger"]) };
  must(w.send(alice, datanet.MsgRevealContribution, blob));
  w.blocks(6);
  must(w.send(owner, datanet.MsgCreateVersion, mine));
  const blobs = { baseHash: HASH, configCid: cid(1), tokenizerCid: cid(2), weightsCid: cid(3) };
  must(w.send(owner, model.MsgRegisterBaseModel, { owner: owner.text, name: "tiny", license: "MIT", royaltyPpm: 0, ...blobs }));
}

function order(w: World): void {
  const hyperparameters = { ...LORA, steps: STEPS, checkpointEvery: STEPS };
  const datasets = [{ datanetId: 1n, version: 1n }];
  const fee = (10n * OPEN).toString();
  must(w.send(developer, model.MsgOrderTraining, { developer: developer.text, baseModelId: 1n, datasets, hyperparameters, fee, commercialUse: true }));
  must(w.send(trainer, model.MsgClaimTraining, { trainer: trainer.text, jobId: 1n, runtimeId: HASH }));
}

function submit(w: World, course: Course): void {
  const record = { step: STEPS, ...checkpointOf(course, 0, STEPS), stateCid: cid(4), stepsCid: cid(5) };
  must(w.send(trainer, model.MsgSubmitCheckpoint, { trainer: trainer.text, jobId: 1n, ...record }));
}

function complete(w: World, course: Course): void {
  const blobs = { configCid: cid(5), weightsCid: cid(6), tangentsCid: cid(7), fallbackCid: cid(9) };
  const hashes = { adapterHash: HASH, tangentRoot: HASH, runtimeId: HASH, fallbackRoot: HASH };
  const measured = { finalLossMicroNats: course(STEPS).lossMicroNats, metasmoothSubsets: 3, metasmoothnessPpm: 900_000 };
  must(w.send(trainer, model.MsgCompleteTraining, { trainer: trainer.text, jobId: 1n, ...blobs, ...hashes, ...measured }));
}

const WINDOW: Partial<model.Params> = { disputeWindow: 30, disputeMovePeriod: 5, replaySamplePpm: 0 };

function trained(course: Course, witnesses: readonly Witness[], params: Partial<model.Params> = {}): World {
  const w = createWorld(witnesses, { ...WINDOW, ...params });
  prepare(w);
  order(w);
  submit(w, course);
  return w;
}

function open(w: World, kind: number, stateRoot: Uint8Array = new Uint8Array(0)): string {
  return w.send(challenger, model.MsgDisputeTraining, { challenger: challenger.text, jobId: 1n, kind, step: STEPS, stateRoot });
}

/** One move of whichever side is to move; false when it is nobody's turn. */
function move(w: World, sides: { readonly trainer: Course; readonly challenger: Course }): boolean {
  const dispute = disputeOf(w);
  const { id: disputeId, status, middle } = dispute;
  if (status === model.DisputeStatus.DISPUTE_STATUS_TRAINER_TURN) {
    const step = stepDue(dispute);
    const path = [...(stepPath(recordsOf(sides.trainer, 0, STEPS), step - 1) ?? [])];
    must(w.send(trainer, model.MsgOpenStep, { trainer: trainer.text, disputeId, record: sides.trainer(step), path }));
    return true;
  }
  if (status !== model.DisputeStatus.DISPUTE_STATUS_CHALLENGER_TURN) return false;
  const own = { challenger: challenger.text, disputeId };
  if (middle === undefined) must(w.send(challenger, model.MsgProvideState, { ...own, stateCid: cid(10) }));
  else must(w.send(challenger, model.MsgChooseHalf, { ...own, stateRoot: sides.challenger(middle.step).stateRoot }));
  return true;
}

const ALL_HONEST: readonly Witness[] = [honest, honest, honest, honest];

/** Both play to the end and the committee decides; what trainer, challenger and developer gained since the checkpoint, in uopen. */
function played(w: World, story: () => void): readonly bigint[] {
  const balances = (): bigint[] => [trainer, challenger, developer].map((who) => w.balance(who));
  const before = balances();
  story();
  w.blocks(12);
  return balances().map((b, i) => b - (before[i] ?? 0n));
}

describe("a training dispute on the whole chain", () => {
  it("finds the lie with three validators of four, slashes the trainer, refunds the developer and marks the adapter", () => {
    const lie = tampered(6);
    const w = trained(lie, [honest, honest, honest, silent]);
    complete(w, lie);
    const gained = played(w, () => {
      must(open(w, DISPUTE_KIND_SEGMENT, TRUE(STEPS).stateRoot));
      while (move(w, { trainer: lie, challenger: TRUE }));
    });
    expect(gained).to.deep.equal([0n, PRIZE, 10n * OPEN]);
    expect(disputeOf(w)).to.include({ status: model.DisputeStatus.DISPUTE_STATUS_UPHELD, low: 5, high: 6 });
    expect(jobOf(w).status).to.equal(model.JobStatus.JOB_STATUS_REFUTED);
    expect(stateOf(w).adapters.getOrFail(1n).status).to.equal(model.AdapterStatus.ADAPTER_STATUS_REFUTED);
    const ask = { user: alice.text, adapterId: 1n, prompt: "What burns?", maxTokens: 20, maxFee: "900000", clientNonce: "n" };
    const sampling = { temperatureMilli: 0, topK: 0, seed: 0n };
    expect(w.send(alice, MsgRequestInference, { ...ask, sampling })).to.equal("openlora/12");
  });
  it("costs a challenger without a case its bond, and the trainer is paid when the window is over", () => {
    const w = trained(TRUE, ALL_HONEST);
    complete(w, TRUE);
    const gained = played(w, () => {
      must(open(w, DISPUTE_KIND_SEGMENT, courseOf("wrong")(STEPS).stateRoot));
      while (move(w, { trainer: TRUE, challenger: courseOf("wrong") }));
    });
    expect(gained).to.deep.equal([PRIZE, -5n * OPEN, 0n]);
    expect(disputeOf(w).status).to.equal(model.DisputeStatus.DISPUTE_STATUS_REJECTED);
    const before = [trainer, alice].map((who) => w.balance(who));
    w.blocks(32);
    expect(jobOf(w).status).to.equal(model.JobStatus.JOB_STATUS_SETTLED);
    const paid = [trainer, alice].map((who, i) => w.balance(who) - (before[i] ?? 0n));
    expect(paid).to.deep.equal([12n * OPEN, 2_500_000n]);
  });
  it("is lost by the side that falls silent", () => {
    const quiet = trained(TRUE, ALL_HONEST);
    expect(played(quiet, () => must(open(quiet, DISPUTE_KIND_SEGMENT, HASH)))).to.deep.equal([0n, PRIZE, 10n * OPEN]);
    const idle = trained(TRUE, ALL_HONEST);
    const gained = played(idle, () => {
      must(open(idle, DISPUTE_KIND_SEGMENT, HASH));
      for (let i = 0; i < 2; i++) move(idle, { trainer: TRUE, challenger: TRUE });
    });
    expect(gained).to.deep.equal([PRIZE, -5n * OPEN, 0n]);
  });
  it("refutes a trainer who withholds a checkpoint", () => {
    const w = trained(TRUE, [() => UNAVAILABLE, () => UNAVAILABLE, () => UNAVAILABLE, honest]);
    expect(played(w, () => must(open(w, DISPUTE_KIND_CHECKPOINT)))).to.deep.equal([0n, PRIZE, 10n * OPEN]);
    expect(disputeOf(w).reason).to.equal("the state was withheld");
  });
  it("decides nothing where the validators are of two minds", () => {
    const w = trained(TRUE, [honest, honest, () => UNAVAILABLE, () => UNAVAILABLE]);
    expect(played(w, () => (must(open(w, DISPUTE_KIND_CHECKPOINT)), w.blocks(12)))).to.deep.equal([0n, 0n, 0n]);
    expect(disputeOf(w).status).to.equal(model.DisputeStatus.DISPUTE_STATUS_UNRESOLVED);
    expect(jobOf(w).status).to.equal(model.JobStatus.JOB_STATUS_RUNNING);
  });
  it("is left undecided by half of the validators that have another runtime: bond and fee go back, and nobody is blamed", () => {
    const w = trained(tampered(3), [honest, honest, upgraded, upgraded]);
    expect(played(w, () => must(open(w, DISPUTE_KIND_CHECKPOINT)))).to.deep.equal([5n * OPEN, 0n, 10n * OPEN]);
    expect(disputeOf(w).status).to.equal(model.DisputeStatus.DISPUTE_STATUS_UNRESOLVED);
    expect(jobOf(w).status).to.equal(model.JobStatus.JOB_STATUS_UNVERIFIED);
  });
  it("is decided by the others where a quarter has another runtime, or only says so", () => {
    const w = trained(tampered(3), [honest, honest, upgraded, honest]);
    expect(played(w, () => must(open(w, DISPUTE_KIND_CHECKPOINT)))).to.deep.equal([0n, PRIZE, 10n * OPEN]);
    expect(jobOf(w).status).to.equal(model.JobStatus.JOB_STATUS_REFUTED);
  });
  it("is no way out for a trainer with a validator that abstains while another one sleeps", () => {
    const w = trained(tampered(3), [honest, honest, upgraded, silent]);
    expect(played(w, () => (must(open(w, DISPUTE_KIND_CHECKPOINT)), w.blocks(12)))).to.deep.equal([0n, 0n, 0n]);
    expect(jobOf(w).status).to.equal(model.JobStatus.JOB_STATUS_RUNNING);
    must(open(w, DISPUTE_KIND_CHECKPOINT));
  });
  it("needs no challenger where the lot falls on the segment", () => {
    const w = trained(tampered(3), ALL_HONEST, { replaySamplePpm: 1_000_000 });
    expect(played(w, () => undefined)).to.deep.equal([0n, 0n, 10n * OPEN + PRIZE]);
    expect(jobOf(w).status).to.equal(model.JobStatus.JOB_STATUS_REFUTED);
    const fair = trained(TRUE, ALL_HONEST, { replaySamplePpm: 1_000_000 });
    expect(played(fair, () => undefined)).to.deep.equal([0n, 0n, 0n]);
    expect(stateOf(fair).checkpoints.getOrFail([1n, STEPS]).sample).to.equal(model.SampleStatus.SAMPLE_STATUS_CONFIRMED);
  });
  it("leads to the same state on every machine", () => {
    const run = (): string => {
      const w = trained(tampered(4), ALL_HONEST);
      must(open(w, DISPUTE_KIND_SEGMENT, TRUE(STEPS).stateRoot));
      while (move(w, { trainer: tampered(4), challenger: TRUE }));
      w.blocks(8);
      return toHex(w.voting.nextBlock().appHash);
    };
    expect(run()).to.equal(run());
  });
});
