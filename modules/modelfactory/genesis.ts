import { parseUopen } from "../../chain/codec/index.js";
import type { GenesisSpec } from "../../chain/kernel/module.js";
import { compareBytes, toHash32 } from "../../chain/primitives/index.js";
import { GenesisState, SampleStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, Checkpoint, Dispute, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { isOpenDispute } from "./dispute-book.js";
import { ModelError } from "./errors.js";
import { isMarked } from "./marks.js";
import { parseRegisterBaseModel } from "./messages.js";
import { checkParams, defaultParams } from "./params.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

type State = ReturnType<typeof modelfactoryState.open>;

function checkIds(name: string, ids: readonly bigint[], next: bigint): void {
  if (ids.some((id) => id === 0n || id >= next) || new Set(ids).size !== ids.length) {
    throw ModelError.InvalidGenesis(`${name} ids must be distinct and below the next id`);
  }
}

function check(genesis: GenesisState): void {
  checkParams(genesis.params);
  const idsOf = (items: readonly { readonly id: bigint }[]): bigint[] => items.map((item) => item.id);
  checkIds("base model", idsOf(genesis.baseModels), genesis.nextBaseModelId);
  checkIds("job", idsOf(genesis.jobs), genesis.nextJobId);
  checkIds("adapter", idsOf(genesis.adapters), genesis.nextAdapterId);
  checkIds("dispute", idsOf(genesis.disputes), genesis.nextDisputeId);
  genesis.jobs.forEach(checkJob);
  checkRuntimes(genesis.knownRuntimes);
  const jobs = new Set(idsOf(genesis.jobs));
  if (genesis.disputes.some((dispute) => !jobs.has(dispute.jobId))) throw ModelError.InvalidGenesis("dispute without its job");
  genesis.baseModels.forEach((base) => parseRegisterBaseModel(base));
  const bases = new Set(idsOf(genesis.baseModels));
  if (genesis.adapters.some((adapter) => !bases.has(adapter.baseModelId))) {
    throw ModelError.InvalidGenesis("adapter without its base model");
  }
}

/** Whoever claimed it stated a runtime, and nobody else did. */
function checkJob({ id, trainer, runtimeId }: TrainingJob): void {
  const length = trainer === "" ? 0 : 32;
  if (runtimeId.length !== length) throw ModelError.InvalidGenesis(`runtime of job ${id} must have ${length} bytes`);
}

function checkRuntimes(runtimes: readonly Uint8Array[]): void {
  runtimes.forEach((id, i) => {
    const before = runtimes[i - 1];
    const isAscending = before === undefined || compareBytes(before, id) < 0;
    if (id.length !== 32 || !isAscending) throw ModelError.InvalidGenesis("known runtimes must have 32 bytes and ascend");
  });
}

function setJob(state: State, job: TrainingJob): void {
  parseUopen(job.fee);
  parseUopen(job.bond);
  state.jobs.set(job.id, job);
  if (job.deadline !== 0n) state.deadlines.add([job.deadline, job.id]);
}

function setCheckpoint(state: State, checkpoint: Checkpoint): void {
  const { jobId, step, height, sample } = checkpoint;
  state.checkpoints.set([jobId, step], checkpoint);
  if (sample === SampleStatus.SAMPLE_STATUS_WAITING) state.draws.add([height, jobId, step]);
}

function setDispute(state: State, dispute: Dispute): void {
  parseUopen(dispute.bond);
  state.disputes.set(dispute.id, dispute);
  if (isOpenDispute(dispute)) state.openDisputes.set([dispute.jobId, dispute.kind, dispute.segment], dispute.id);
  if (dispute.deadline !== 0n) state.moves.add([dispute.deadline, dispute.id]);
}

function setAdapters(state: State, adapters: readonly Adapter[]): void {
  for (const adapter of adapters) state.adapters.set(adapter.id, adapter);
  for (const adapter of adapters) {
    const { parentAdapterId: parent, id } = adapter;
    if (parent === 0n || isMarked(adapter)) continue;
    state.children.add([parent, id]);
    const noParent = () => ModelError.InvalidGenesis(`adapter ${id} without its parent`);
    if (isMarked(state.adapters.getOrFail(parent, noParent))) state.spreading.add(parent);
  }
}

/** Queues and indexes are not exported: they follow from jobs, checkpoints, disputes and adapters. */
export const genesis: GenesisSpec<GenesisState> = {
  codec: GenesisState,
  defaults: () => ({
    params: defaultParams,
    baseModels: [],
    jobs: [],
    checkpoints: [],
    adapters: [],
    nextBaseModelId: 1n,
    nextJobId: 1n,
    nextAdapterId: 1n,
    disputes: [],
    nextDisputeId: 1n,
    knownRuntimes: [],
  }),
  init(ctx, document) {
    check(document);
    const state = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
    state.params.set(document.params);
    state.nextBaseModel.set(document.nextBaseModelId);
    state.nextJob.set(document.nextJobId);
    state.nextAdapter.set(document.nextAdapterId);
    for (const base of document.baseModels) state.baseModels.set(base.id, base);
    for (const job of document.jobs) setJob(state, job);
    state.nextDispute.set(document.nextDisputeId);
    for (const checkpoint of document.checkpoints) setCheckpoint(state, checkpoint);
    for (const dispute of document.disputes) setDispute(state, dispute);
    setAdapters(state, document.adapters);
    for (const runtime of document.knownRuntimes) state.runtimes.add(toHash32(runtime));
    return [];
  },
  export(ctx) {
    const state = modelfactoryState.read(ctx.store(MODELFACTORY_STORE));
    return {
      params: state.params.getOrFail(),
      baseModels: [...state.baseModels.values()],
      jobs: [...state.jobs.values()],
      checkpoints: [...state.checkpoints.values()],
      adapters: [...state.adapters.values()],
      nextBaseModelId: state.nextBaseModel.peek(),
      nextJobId: state.nextJob.peek(),
      nextAdapterId: state.nextAdapter.peek(),
      disputes: [...state.disputes.values()],
      nextDisputeId: state.nextDispute.peek(),
      knownRuntimes: [...state.runtimes.keys()],
    };
  },
};
