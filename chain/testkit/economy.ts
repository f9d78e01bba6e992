import { AUDIT_KIND, createAttributionModule, encodeAudit, encodeFinding, sealWork } from "../../modules/attribution/index.js";
import type { AttributionPorts, AttributionService } from "../../modules/attribution/index.js";
import { contributionCommitment, createDatanetModule } from "../../modules/datanet/index.js";
import { createModelFactoryModule } from "../../modules/modelfactory/index.js";
import { modelfactoryState } from "../../modules/modelfactory/state.js";
import { createOpenLoraModule, outputHash } from "../../modules/openlora/index.js";
import { AttributionOutcome, AttributionTask } from "../../proto/gen/openledger/attribution/v1.js";
import * as datanet from "../../proto/gen/openledger/datanet/v1.js";
import * as model from "../../proto/gen/openledger/modelfactory/v1.js";
import { InferenceOutcome, MsgRequestInference, MsgRequestInferenceResponse } from "../../proto/gen/openledger/openlora/v1.js";
import { formatAddress } from "../codec/index.js";
import { moduleAddress, sha256 } from "../crypto/index.js";
import type { GenesisRoute, Module } from "../kernel/module.js";
import { takeShare, toAddress, toHash32, toHex, toUopen, utf8 } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import { deliver } from "./deliver.js";
import { VALIDATORS, createLedger, createPool, createTaskDesk } from "./ledger.js";
import type { Ledger, TaskDesk } from "./ledger.js";
import { advance, createScratchContext } from "./scratch-context.js";
import type { ScratchContext } from "./scratch-context.js";

/** The four modules of the data economy over one scratch state, with the steps of the story as one call each. */

export const account = (n: number): Address => toAddress(new Uint8Array(20).fill(n));
export const OWNER = account(1);
export const ALICE = account(2);
export const BOB = account(3);
export const DEVELOPER = account(4);
export const TRAINER = account(5);
export const USER = account(6);
export const STRANGER = account(7);
const EVERYONE = [OWNER, ALICE, BOB, DEVELOPER, TRAINER, USER, STRANGER];

export const bech = formatAddress;
export const HASH: Uint8Array = new Uint8Array(32).fill(7);
/** What auditors find; HASH is what is sealed in every finding here, and the program that everyone runs. */
export const foundWork = (digest: Uint8Array, runtimeId = HASH): Uint8Array => encodeAudit({ digest, runtimeId });
export const cid = (n: number): string => `b${"afkrei".padEnd(57, "a")}${"abcdefghijklmnopqrstuvwxyz234567".charAt(n % 32)}`;
export const rowsOf = (texts: readonly string[]) => texts.map((t) => ({ hash: sha256(utf8(t)), bytes: utf8(t).length }));

/** The operator of a validator in these tests: the consensus address with its first byte changed. */
export function operatorOf(validator: Address): Address {
  const bytes = validator.slice();
  bytes[0] = 255;
  return toAddress(bytes);
}

export interface Economy {
  readonly ctx: ScratchContext;
  readonly ledger: Ledger;
  readonly desk: TaskDesk;
  readonly modules: readonly Module[];
  readonly attribution: AttributionService;
  /** Hex of the validators that were jailed, in order; they stay members. */
  readonly jailed: string[];
  /** Hex of validators without power. */
  readonly inactive: Set<string>;
}

/** What each validator has at stake, in the account "stake". */
const STAKE = toUopen(10_000_000n);

function createPunishment(ledger: Ledger, jailed: string[]): AttributionPorts["punishment"] {
  return {
    slash(ctx, _, share, toModule) {
      const taken = takeShare(STAKE, share);
      ledger.moduleToModule(ctx, "stake", toModule, taken);
      return taken;
    },
    jail: (_, validator) => jailed.push(toHex(validator)) > 0,
  };
}

/** Nobody has delegators: attesters' pay is their own. */
const OWN_PAY: AttributionPorts["rewards"] = { rewardValidator: () => false };

export function createEconomy(rewards: AttributionPorts["rewards"] = OWN_PAY): Economy {
  const ctx = createScratchContext();
  const ledger = createLedger();
  const pool = createPool(ledger);
  const desk = createTaskDesk();
  const jailed: string[] = [];
  const inactive = new Set<string>();
  const base = { token: ledger, communityPool: pool, tasks: desk };
  const data = createDatanetModule(base);
  const models = createModelFactoryModule({ ...base, datasets: data.service });
  const serving = createOpenLoraModule({
    token: ledger,
    tasks: desk,
    adapters: models.service,
    attribution: {
      feeOf: (usage, prices) => attribution.service.feeOf(usage, prices),
      open: (c, answer) => attribution.service.open(c, answer),
    },
  });
  const attribution = createAttributionModule({
    ...base,
    adapters: models.service,
    validators: { operator: (_, validator) => operatorOf(validator), members: () => VALIDATORS.filter((v) => !inactive.has(toHex(v))).map((validator) => ({ validator })) },
    punishment: createPunishment(ledger, jailed),
    rewards,
    inferences: serving.service,
  });
  const modules = [data, models, serving, attribution];
  desk.register(modules);
  for (const module of modules) initDefaults(ctx, module.genesis);
  modelfactoryState.open(ctx.store("modelfactory")).runtimes.add(toHash32(HASH));
  for (const who of EVERYONE) ledger.mint(ctx, who, 1_000_000_000n);
  ledger.mint(ctx, moduleAddress("stake"), 1_000_000_000n);
  return { ctx, ledger, desk, modules, attribution: attribution.service, jailed, inactive };
}

function initDefaults(ctx: ScratchContext, genesis: GenesisRoute): void {
  genesis.init(ctx, genesis.defaults());
}

export const LICENSE = { spdx: "CC-BY-4.0", commercialUse: true, derivatives: true, expiresAt: 0n };

export function createDatanet(e: Economy, over: Partial<datanet.MsgCreateDatanet> = {}): bigint {
  const message = {
    owner: bech(OWNER),
    name: "verse",
    summary: "old poems",
    tags: ["poetry"],
    modality: datanet.Modality.MODALITY_TEXT,
    license: LICENSE,
    access: datanet.Access.ACCESS_OPEN,
    ...over,
  };
  return deliver(e.ctx, e.modules, { codec: datanet.MsgCreateDatanet, message, response: datanet.MsgCreateDatanetResponse }).datanetId;
}

export function publishDatanet(e: Economy, datanetId: bigint): void {
  const message = { owner: bech(OWNER), datanetId };
  deliver(e.ctx, e.modules, { codec: datanet.MsgPublishDatanet, message, response: datanet.MsgPublishDatanetResponse });
}

export const saltOf = (n: number): Uint8Array => new Uint8Array(16).fill(n);

export function commit(e: Economy, who: Address, datanetId: bigint, n: number): bigint {
  const commitment = contributionCommitment({ contributor: who, datanetId, blobCid: cid(n), salt: saltOf(n) });
  const message = { contributor: bech(who), datanetId, commitment };
  const done = deliver(e.ctx, e.modules, {
    codec: datanet.MsgCommitContribution,
    message,
    response: datanet.MsgCommitContributionResponse,
  });
  return done.contributionId;
}

export function reveal(e: Economy, who: Address, contributionId: bigint, blob: { n: number; texts: readonly string[] }): void {
  const message = { contributor: bech(who), contributionId, blobCid: cid(blob.n), salt: saltOf(blob.n), rows: rowsOf(blob.texts) };
  deliver(e.ctx, e.modules, { codec: datanet.MsgRevealContribution, message, response: datanet.MsgRevealContributionResponse });
}

export const MATCHES = datanet.QualityVerdict.encode({ verdict: datanet.QualityVerdict_Verdict.VERDICT_MATCHES });
export const MISMATCH = datanet.QualityVerdict.encode({ verdict: datanet.QualityVerdict_Verdict.VERDICT_MISMATCH });

export const lastTask = (e: Economy) => e.desk.tasks.at(-1)!;

/** Commit, reveal and acceptance. */
export function contribute(e: Economy, who: Address, datanetId: bigint, blob: { n: number; texts: readonly string[] }): bigint {
  const id = commit(e, who, datanetId, blob.n);
  reveal(e, who, id, blob);
  e.desk.resolve(e.ctx, lastTask(e), MATCHES);
  return id;
}

export function createVersion(e: Economy, datanetId: bigint): datanet.MsgCreateVersionResponse {
  const message = { owner: bech(OWNER), datanetId };
  return deliver(e.ctx, e.modules, { codec: datanet.MsgCreateVersion, message, response: datanet.MsgCreateVersionResponse });
}

export function registerBase(e: Economy, over: Partial<model.MsgRegisterBaseModel> = {}): bigint {
  const message = {
    owner: bech(OWNER),
    name: "tiny",
    baseHash: HASH,
    configCid: cid(1),
    tokenizerCid: cid(2),
    weightsCid: cid(3),
    license: "Apache-2.0",
    royaltyPpm: 100_000,
    ...over,
  };
  return deliver(e.ctx, e.modules, { codec: model.MsgRegisterBaseModel, message, response: model.MsgRegisterBaseModelResponse }).baseModelId;
}

export const LORA: model.LoraHyperparameters = {
  rank: 4,
  alpha: 8,
  targets: ["q", "v"],
  rateNano: 1_000_000n,
  beta1Ppm: 900_000,
  beta2Ppm: 999_000,
  epsilonPico: 100_000n,
  batchSize: 16,
  steps: 50,
  sequenceLength: 32,
  seed: 1n,
  checkpointEvery: 20,
  maxTangents: 0,
};

export function order(e: Economy, over: Partial<model.MsgOrderTraining> = {}): bigint {
  const message = {
    developer: bech(DEVELOPER),
    baseModelId: 1n,
    datasets: [{ datanetId: 1n, version: 1n }],
    hyperparameters: LORA,
    fee: "10000001",
    commercialUse: true,
    ...over,
  };
  return deliver(e.ctx, e.modules, { codec: model.MsgOrderTraining, message, response: model.MsgOrderTrainingResponse }).jobId;
}

export function claim(e: Economy, jobId: bigint, who: Address = TRAINER, runtimeId: Uint8Array = HASH): void {
  const message = { trainer: bech(who), jobId, runtimeId };
  deliver(e.ctx, e.modules, { codec: model.MsgClaimTraining, message, response: model.MsgClaimTrainingResponse });
}

export function checkpoint(e: Economy, jobId: bigint, step: number, over: Partial<model.MsgSubmitCheckpoint> = {}): void {
  const message = {
    trainer: bech(TRAINER),
    jobId,
    step,
    lossMicroNats: 2_000_000n,
    dataCursor: BigInt(step) * 16n,
    stateHash: HASH,
    stateCid: cid(4),
    stepRoot: HASH,
    stepsCid: cid(8),
    ...over,
  };
  deliver(e.ctx, e.modules, { codec: model.MsgSubmitCheckpoint, message, response: model.MsgSubmitCheckpointResponse });
}

export function complete(e: Economy, jobId: bigint, over: Partial<model.MsgCompleteTraining> = {}): bigint {
  const message = {
    trainer: bech(TRAINER),
    jobId,
    adapterHash: HASH,
    configCid: cid(5),
    weightsCid: cid(6),
    tangentsCid: cid(7),
    tangentRoot: HASH,
    runtimeId: HASH,
    finalLossMicroNats: 2_000_000n,
    fallbackCid: cid(9),
    fallbackRoot: HASH,
    metasmoothSubsets: 3,
    metasmoothnessPpm: 900_000,
    ...over,
  };
  return deliver(e.ctx, e.modules, { codec: model.MsgCompleteTraining, message, response: model.MsgCompleteTrainingResponse }).adapterId;
}

export function publishAdapter(e: Economy, adapterId: bigint, over: Partial<model.MsgPublishAdapter> = {}): void {
  const message = { owner: bech(DEVELOPER), adapterId, name: "bard", rateIn: "100000", rateOut: "3000000", ...over };
  deliver(e.ctx, e.modules, { codec: model.MsgPublishAdapter, message, response: model.MsgPublishAdapterResponse });
}

/** Two contributors, one version, one base. */
export function withData(e: Economy = createEconomy()): Economy {
  const id = createDatanet(e);
  publishDatanet(e, id);
  contribute(e, ALICE, id, { n: 1, texts: ["tyger tyger", "burning bright", "in the forests"] });
  contribute(e, BOB, id, { n: 2, texts: ["of the night", "burning bright"] });
  createVersion(e, id);
  registerBase(e);
  return e;
}

/** ... and an adapter, trained and published. */
export function withAdapter(e: Economy = createEconomy()): Economy {
  withData(e);
  const job = order(e);
  claim(e, job);
  for (const step of [20, 40, 50]) checkpoint(e, job, step);
  publishAdapter(e, complete(e, job));
  return e;
}

export function request(e: Economy, over: Partial<MsgRequestInference> = {}): bigint {
  const message = {
    user: bech(USER),
    adapterId: 1n,
    prompt: "What burns?",
    maxTokens: 20,
    sampling: { temperatureMilli: 0, topK: 0, seed: 0n },
    maxFee: "500000",
    clientNonce: `nonce-${e.desk.tasks.length}`,
    ...over,
  };
  return deliver(e.ctx, e.modules, { codec: MsgRequestInference, message, response: MsgRequestInferenceResponse }).inferenceId;
}

export function answerOf(over: Partial<InferenceOutcome> = {}): Uint8Array {
  const answerTokens = over.answerTokens ?? [5, 6, 7, 8, 9];
  return InferenceOutcome.encode({
    text: "The tyger.",
    promptTokens: [1, 2, 3],
    answerTokens,
    outputHash: outputHash(answerTokens),
    runtimeId: HASH,
    ...over,
  });
}

/** A valid outcome for an attribution task; scores in the order of its contributors. */
export function attributionOf(payload: Uint8Array, scores: readonly bigint[], over: Partial<AttributionOutcome> = {}): AttributionOutcome {
  const { contributors } = AttributionTask.decode(payload);
  return AttributionOutcome.create({
    influence: contributors.map((contributor, i) => ({ contributor, score: scores[i] ?? 0n })),
    scoreExponent: -20,
    queryGradientHash: HASH,
    spanScores: [],
    spans: [],
    rows: [],
    runtimeId: HASH,
    ...over,
  });
}

/** A finding as a validator reveals it; the digest of its work is HASH. */
export function findingOf(payload: Uint8Array, scores: readonly bigint[], over: Partial<AttributionOutcome> = {}): Uint8Array {
  return encodeFinding({ outcome: attributionOf(payload, scores, over), work: sealWork(HASH) }, AttributionTask.decode(payload));
}

export function toHeight(e: Economy, height: bigint): void {
  advance(e.ctx, height);
}

/** Begins a block at this height for all modules. */
export function beginBlock(e: Economy, height: bigint): void {
  advance(e.ctx, height);
  for (const module of e.modules) module.beginBlock?.(e.ctx);
}

/** Ends the block for all modules, as the kernel would. */
export function endBlock(e: Economy): void {
  for (const module of e.modules) module.endBlock?.(e.ctx);
}

/** Draws the audits that are due and lets the audited pass. */
export function passAudits(e: Economy): void {
  const before = e.desk.tasks.length;
  beginBlock(e, e.ctx.block.height + 1n);
  endBlock(e);
  for (const task of e.desk.tasks.slice(before)) if (task.kind === AUDIT_KIND) e.desk.resolve(e.ctx, task, foundWork(HASH));
}

/** Lets the dispute window of everything settled so far pass, undisputed. */
export function passWindow(e: Economy): void {
  passAudits(e);
  beginBlock(e, e.ctx.block.height + 600n);
}
