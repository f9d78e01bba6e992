/**
 * The whole application with four validators that really run replays: blocks, transactions and vote extensions in memory, the
 * tiny model behind the real sidecar protocol, and blobs that a test may alter or take away.
 */
import { attestState } from "../../chain/attest/state.js";
import type { Codec } from "../../chain/codec/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, toUopen, u64be, utf8 } from "../../chain/primitives/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../../chain/testkit/chain.js";
import type { TestChain } from "../../chain/testkit/chain.js";
import { HASH, LICENSE, saltOf } from "../../chain/testkit/economy.js";
import { anyOf, createSigner } from "../../chain/testkit/signer.js";
import type { Signer } from "../../chain/testkit/signer.js";
import { testKey } from "../../chain/testkit/validators.js";
import { VOTING_PARAMS, createVotingChain } from "../../chain/testkit/voting-chain.js";
import type { VotingChain } from "../../chain/testkit/voting-chain.js";
import { createModules } from "../../modules/app.js";
import { contributionCommitment } from "../../modules/datanet/index.js";
import { joinRows } from "../../modules/datanet/rules/blob.js";
import { buildGenesis } from "../../modules/genesis.js";
import { attributionState } from "../../modules/attribution/state.js";
import { MODELFACTORY_STORE, modelfactoryState } from "../../modules/modelfactory/state.js";
import { EdgeFailure, isFailure } from "../../node/errors.js";
import { createStateReader } from "../../node/local/state-reader.js";
import { replayOutcome } from "../../node/replay/index.js";
import type { SidecarClient } from "../../node/sidecar-client/index.js";
import type { ModelDeps } from "../../node/tasks/models.js";
import { Computer } from "../../node/tasks/compute.js";
import { Models } from "../../node/tasks/models.js";
import { silentLogger } from "../../node/telemetry/log.js";
import { claim } from "../../node/trainer/job.js";
import type { JobDeps } from "../../node/trainer/job.js";
import type { TxSender } from "../../node/trainer/index.js";
import { Phase } from "../../proto/gen/openledger/attest/v1.js";
import type { Task } from "../../proto/gen/openledger/attest/v1.js";
import type { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import * as datanet from "../../proto/gen/openledger/datanet/v1.js";
import * as model from "../../proto/gen/openledger/modelfactory/v1.js";
import { tinyBase, tinyRows } from "../../sidecar/testkit/tiny.js";
import { HYPERPARAMETERS, MemoryBlobs } from "./world.js";

export const OPEN = 1_000_000n;
const VALIDATORS = 4;
const CONTRIBUTORS = 4;
const PERSONS = ["owner", "developer", "trainer", "challenger"] as const;
export type Person = (typeof PERSONS)[number];

/** Milliseconds that a blob may take before a validator calls it withheld. */
const WAIT_MS = 1;

/** Blocks between a task and what validators say: time for a trainer to bring back what it lost. */
const THINKING = 2n;

/** One validator: what it computes with, and its answers, found before its vote is asked for; by task and attempt. */
interface Validator {
  readonly computer: Computer;
  readonly answers: Map<string, Uint8Array>;
}

/** What a validator says of a replay instead of what it finds; undefined for the truth. */
export type Lie = (validator: number, task: model.ReplayTask) => model.ReplayOutcome | undefined;

const answerKey = (taskId: bigint, attempt: number): string => `${taskId}/${attempt}`;

export class LiveChain {
  readonly blobs = new MemoryBlobs();
  readonly signal = new AbortController().signal;
  private readonly people = new Map<Person, Signer>(PERSONS.map((name) => [name, createSigner(name)]));
  private readonly validators: readonly Validator[];
  private readonly validator: SidecarClient;
  private readonly models: Models;
  private readonly chain: TestChain;
  private readonly voting: VotingChain;
  private readonly balanceOf: (signer: Signer) => bigint;

  private readonly lie: Lie;

  /** `validator`: the sidecar of all validators. */
  constructor(validator: SidecarClient, params: Partial<model.Params>, lie: Lie = () => undefined) {
    this.lie = lie;
    this.validator = validator;
    this.models = new Models(this.watcher());
    this.validators = Array.from({ length: VALIDATORS }, (_, i) => ({
      computer: new Computer({ ...this.watcher(), blobs: this.blobs.store(), validator: testKey(i).address }),
      answers: new Map<string, Uint8Array>(),
    }));
    const { modules, accounts, fees, attest, services } = createModules({ validator: undefined, value: () => undefined, salt: () => HASH });
    const operators = Array.from({ length: VALIDATORS }, (_, i) => ({
      operator: createSigner(`v${i}`).address,
      publicKey: testKey(i).publicKey,
      power: 100n,
      moniker: `v${i}`,
    }));
    const contributors = Array.from({ length: CONTRIBUTORS }, (_, i) => createSigner(`contributor ${i}`));
    const funded = [...this.people.values(), ...contributors].map(({ address }) => ({
      address,
      amount: toUopen(100n * OPEN),
      from: "community" as const,
    }));
    const appState = buildGenesis({
      time: TEST_GENESIS_TIME,
      validators: operators,
      accounts: funded,
      modelfactory: { disputeWindow: 2_000, disputeMovePeriod: 1_000, replaySamplePpm: 0, metasmoothSubsets: 0, ...params },
      attest: { commitPeriod: 6, gracePeriod: 0 },
    });
    this.chain = createTestChain({ modules, accounts, fees, appState, attest, params: VOTING_PARAMS });
    const voters = operators.map((_, i) => ({
      key: testKey(i),
      source: {
        validator: testKey(i).address,
        value: (id: bigint, attempt: number) => this.validators[i]?.answers.get(answerKey(id, attempt)),
        salt: (id: bigint, attempt: number) => sha256(concatBytes(testKey(i).address, u64be(id), u64be(BigInt(attempt)))),
      },
    }));
    const initial = operators.map(({ publicKey }) => ({ publicKey, power: 100n as never }));
    this.voting = createVotingChain(this.chain, voters, initial);
    this.balanceOf = ({ address }) => services.token.balance(this.chain.read(), address);
  }

  height(): bigint {
    return this.chain.height();
  }

  signer(name: Person): Signer {
    return this.people.get(name) as Signer;
  }

  balance(name: Person): bigint {
    return this.balanceOf(this.signer(name));
  }

  /** The record of a paid answer; undefined until its attribution is settled. */
  attribution(inferenceId: bigint): AttributionRecord | undefined {
    return attributionState.read(this.chain.read().store("attribution")).records.get(inferenceId);
  }

  get record() {
    return modelfactoryState.read(this.chain.read().store(MODELFACTORY_STORE));
  }

  /** Runs what validators were asked to, then makes a block. */
  async block(): Promise<void> {
    for (const task of attestState.read(this.chain.read().store("attest")).tasks.values()) {
      const isOpen = task.phase === Phase.PHASE_COMMIT || task.phase === Phase.PHASE_REVEAL;
      if (!isOpen || task.openedHeight + THINKING > this.chain.height()) continue;
      for (const i of this.validators.keys()) await this.answer(i, task);
    }
    this.voting.nextBlock();
  }

  async blocks(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.block();
  }

  private async answer(i: number, task: Task): Promise<void> {
    const { computer, answers } = this.validators[i] as Validator;
    const key = answerKey(task.id, task.attempt);
    if (answers.has(key)) return;
    try {
      const lie = task.kind === "replay" ? this.lie(i, model.ReplayTask.decode(task.payload)) : undefined;
      answers.set(key, lie === undefined ? await this.valueOf(computer, task) : model.ReplayOutcome.encode(lie));
    } catch (error) {
      // What cannot be computed has no value yet.
      if (!(error instanceof EdgeFailure)) throw error;
    }
  }

  private async valueOf(computer: Computer, task: Task): Promise<Uint8Array> {
    if (task.kind !== "replay") return computer.value(task, this.signal);
    const replay = model.ReplayTask.decode(task.payload);
    const outcome = await replayOutcome(this.watcher(), this.models, replay, { signal: this.signal, waitMs: WAIT_MS });
    return model.ReplayOutcome.encode(outcome);
  }

  /** What anyone needs to run a part of a job. */
  watcher(): ModelDeps {
    return { state: this.state(), blobs: this.blobs.store(), sidecar: this.validator };
  }

  state(): JobDeps["state"] {
    return createStateReader({ query: (request) => Promise.resolve(this.chain.app.query(request)) } );
  }

  /** A trainer's node. */
  trainer(sidecar: SidecarClient): JobDeps {
    return { state: this.state(), blobs: this.blobs.store(), sidecar, sender: this.sender("trainer"), log: silentLogger() };
  }

  /** Each message is a block of its own. */
  sender(name: Person): TxSender {
    const signer = this.signer(name);
    return { address: signer.text, send: (codec, message) => this.deliver(signer, codec, message) };
  }

  private deliver<T>(signer: Signer, codec: Codec<T>, message: T): ReturnType<TxSender["send"]> {
    const { txResults } = this.voting.nextBlock([this.chain.sign(signer, [anyOf(codec, message)])]);
    const result = txResults.at(-1);
    if (result === undefined) return Promise.reject(new EdgeFailure("remote", "a block without a result"));
    const { code, codespace, log, data } = result;
    if (code !== 0) return Promise.reject(new EdgeFailure("remote", log, { code, codespace, message: codec.typeName }));
    return Promise.resolve({ code, codespace, log, data });
  }

  private async must<T>(signer: Signer, codec: Codec<T> & { create(partial: Partial<T>): T }, message: Partial<T>): Promise<void> {
    await this.deliver(signer, codec, codec.create(message));
  }

  /** A Datanet with a contribution of each contributor, a version of it, and the tiny base model. */
  async prepare(baseId: Uint8Array): Promise<void> {
    const owner = this.signer("owner");
    const mine = { owner: owner.text, datanetId: 1n };
    const terms = { modality: datanet.Modality.MODALITY_TEXT, access: datanet.Access.ACCESS_OPEN, license: LICENSE };
    await this.must(owner, datanet.MsgCreateDatanet, { owner: owner.text, name: "verse", summary: "rows", tags: [], ...terms });
    await this.must(owner, datanet.MsgPublishDatanet, mine);
    const rows = tinyRows(48, CONTRIBUTORS);
    for (let c = 0; c < CONTRIBUTORS; c++) {
      const texts = [...new Set(rows.filter((r) => r.contributor === `contributor-${c}`).map((r) => r.text))];
      await this.contribute(createSigner(`contributor ${c}`), c, texts);
    }
    await this.blocks(8);
    await this.must(owner, datanet.MsgCreateVersion, mine);
    const base = tinyBase();
    const cids = {
      configCid: await this.blobs.put(base.config),
      tokenizerCid: await this.blobs.put(base.tokenizer),
      weightsCid: await this.blobs.put(base.weights),
    };
    await this.must(owner, model.MsgRegisterBaseModel, { owner: owner.text, name: "tiny", license: "MIT", royaltyPpm: 0, baseHash: baseId, ...cids });
  }

  private async contribute(who: Signer, c: number, texts: readonly string[]): Promise<void> {
    const blobCid = await this.blobs.put(joinRows(texts));
    const own = { contributor: who.text, datanetId: 1n };
    const commitment = contributionCommitment({ contributor: who.address, datanetId: 1n, blobCid, salt: saltOf(c) });
    await this.must(who, datanet.MsgCommitContribution, { ...own, commitment });
    const hashes = texts.map((text) => ({ hash: sha256(utf8(text)), bytes: utf8(text).length }));
    const contributionId = BigInt(c + 1);
    await this.must(who, datanet.MsgRevealContribution, { contributor: who.text, contributionId, blobCid, salt: saltOf(c), rows: hashes });
  }

  /** An order that the trainer takes, with the runtime of this sidecar. */
  async order(over: Partial<model.MsgOrderTraining> = {}, sidecar = this.validator): Promise<model.TrainingJob> {
    const developer = this.signer("developer");
    await this.must(developer, model.MsgOrderTraining, {
      developer: developer.text,
      baseModelId: 1n,
      datasets: [{ datanetId: 1n, version: 1n }],
      hyperparameters: HYPERPARAMETERS,
      fee: (10n * OPEN).toString(),
      commercialUse: true,
      ...over,
    });
    const job = [...this.record.jobs.values()].at(-1) as model.TrainingJob;
    await claim(this.trainer(sidecar), job, this.signal);
    return this.job(job.id);
  }

  job(id: bigint): model.TrainingJob {
    return this.record.jobs.getOrFail(id);
  }

  /** Codespace and code of a refusal; empty when it passed. */
  async send<T>(name: Person, codec: Codec<T> & { create(partial: Partial<T>): T }, message: Partial<T>): Promise<string> {
    try {
      await this.must(this.signer(name), codec, message);
      return "";
    } catch (error) {
      if (!isFailure(error, "remote")) throw error;
      return `${String(error.facts["codespace"])}/${String(error.facts["code"])}`;
    }
  }
}
