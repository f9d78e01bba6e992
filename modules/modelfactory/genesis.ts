import { parseUopen } from "../../chain/codec/index.js";
import type { GenesisSpec } from "../../chain/kernel/module.js";
import { GenesisState, JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "./errors.js";
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
  genesis.baseModels.forEach((base) => parseRegisterBaseModel(base));
  const bases = new Set(idsOf(genesis.baseModels));
  if (genesis.adapters.some((adapter) => !bases.has(adapter.baseModelId))) {
    throw ModelError.InvalidGenesis("adapter without its base model");
  }
}

function setJob(state: State, job: TrainingJob): void {
  parseUopen(job.fee);
  parseUopen(job.bond);
  state.jobs.set(job.id, job);
  const isActive = job.status === JobStatus.JOB_STATUS_OPEN || job.status === JobStatus.JOB_STATUS_RUNNING;
  if (isActive) state.deadlines.add([job.deadline, job.id]);
}

/** Deadlines are not exported: they follow from the jobs. */
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
    for (const checkpoint of document.checkpoints) state.checkpoints.set([checkpoint.jobId, checkpoint.step], checkpoint);
    for (const adapter of document.adapters) state.adapters.set(adapter.id, adapter);
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
      disputes: [],
      nextDisputeId: 1n,
    };
  },
};
