import { parseUopen } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { addUopen, sumUopen } from "../../../chain/primitives/index.js";
import { Adapter, AdapterStatus, JobStatus } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { MsgCompleteTrainingResponse, TrainingJob } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { contributorWeights } from "../contributors.js";
import { ModelError } from "../errors.js";
import { trainingCompleted } from "../events.js";
import { endJob, runningJob } from "../jobs.js";
import type { CompleteTraining } from "../messages.js";
import type { ModelFactoryPorts } from "../ports.js";
import { splitTrainingFee } from "../rules/training-split.js";
import type { TrainingSplit } from "../rules/training-split.js";
import { MODELFACTORY_STORE, modelfactoryState } from "../state.js";

function adapterOf(id: bigint, job: TrainingJob, msg: CompleteTraining): Adapter {
  return Adapter.create({
    id,
    jobId: job.id,
    owner: job.developer,
    name: "",
    baseModelId: job.baseModelId,
    datasets: job.datasets,
    adapterHash: msg.adapterHash,
    configCid: msg.configCid,
    weightsCid: msg.weightsCid,
    tangentsCid: msg.tangentsCid,
    tangentRoot: msg.tangentRoot,
    runtimeId: msg.runtimeId,
    finalLossMicroNats: msg.finalLossMicroNats,
    status: AdapterStatus.ADAPTER_STATUS_DRAFT,
    rateIn: "0",
    rateOut: "0",
    method: "tangent-v1",
  });
}

function pay(ctx: TxContext, ports: ModelFactoryPorts, msg: CompleteTraining, job: TrainingJob): TrainingSplit {
  const params = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).params.getOrFail();
  const split = splitTrainingFee(parseUopen(job.fee), params, contributorWeights(ctx, ports.datasets, job.datasets));
  const trainer = addUopen(split.trainer, parseUopen(job.bond));
  ports.token.fromModule(ctx, MODELFACTORY_STORE, msg.trainer, trainer);
  for (const { account, amount } of split.data) ports.token.fromModule(ctx, MODELFACTORY_STORE, account, amount);
  ports.communityPool.fund(ctx, MODELFACTORY_STORE, split.community);
  return split;
}

/**
 * The adapter becomes a draft of the developer; fee and bond are paid out. Bounded by the contributors of a job.
 *
 * @throws Reject modelfactory/14, modelfactory/16, modelfactory/17, modelfactory/19, modelfactory/26.
 */
export function completeTraining(
  ctx: TxContext,
  ports: ModelFactoryPorts,
  msg: CompleteTraining,
): MsgCompleteTrainingResponse {
  const state = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const job = runningJob(ctx, msg.jobId, msg.trainer);
  if (job.lastStep !== job.hyperparameters.steps) {
    throw ModelError.MissingCheckpoint(`step ${job.lastStep} of ${job.hyperparameters.steps}`);
  }
  const adapter = adapterOf(state.nextAdapter.next(), job, msg);
  state.adapters.set(adapter.id, adapter);
  const split = pay(ctx, ports, msg, job);
  const ended = endJob(ctx, job, { status: JobStatus.JOB_STATUS_COMPLETED, adapterId: adapter.id });
  const data = sumUopen(split.data.map((part) => part.amount));
  ctx.emit(trainingCompleted(ended, { trainer: split.trainer, data, community: split.community }));
  return { adapterId: adapter.id };
}
