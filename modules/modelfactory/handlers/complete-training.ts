import type { TxContext } from "../../../chain/kernel/context.js";
import { equalBytes, toHex } from "../../../chain/primitives/index.js";
import { Adapter, AdapterStatus, JobStatus } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { MsgCompleteTrainingResponse, TrainingJob } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "../errors.js";
import { attributionFallsBack, trainingCompleted } from "../events.js";
import { changeJob } from "../job-book.js";
import { runningJob } from "../jobs.js";
import { addAdapter } from "../marks.js";
import type { CompleteTraining } from "../messages.js";
import { FALLBACK_METHOD, pricingMethod } from "../rules/pricing-method.js";
import { MODELFACTORY_STORE, modelfactoryState } from "../state.js";

function adapterOf(id: bigint, job: TrainingJob, msg: CompleteTraining, method: string): Adapter {
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
    method,
    parentAdapterId: job.parentAdapterId,
    metasmoothnessPpm: msg.metasmoothnessPpm,
    metasmoothSubsets: msg.metasmoothSubsets,
    fallbackCid: msg.fallbackCid,
    fallbackRoot: msg.fallbackRoot,
  });
}

/** What the chain can see of a result without running anything; the rest is what disputes are for. */
function checkResult(ctx: TxContext, job: TrainingJob, msg: CompleteTraining): void {
  const { checkpoints } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  if (job.lastStep !== job.hyperparameters.steps) {
    throw ModelError.MissingCheckpoint(`step ${job.lastStep} of ${job.hyperparameters.steps}`);
  }
  const { lossMicroNats } = checkpoints.getOrFail([job.id, job.lastStep]);
  if (!equalBytes(msg.runtimeId, job.runtimeId)) {
    throw ModelError.RuntimeChanged(`claimed with ${toHex(job.runtimeId)}, made by ${toHex(msg.runtimeId)}`);
  }
  if (msg.finalLossMicroNats !== lossMicroNats) throw ModelError.InvalidResult("the final loss is the last checkpoint's");
  if (msg.metasmoothSubsets !== job.metasmoothSubsets) throw ModelError.InvalidResult(`${job.metasmoothSubsets} subsets are due`);
  if (pricingMethod(job, msg) === FALLBACK_METHOD && msg.fallbackCid === "") throw ModelError.InvalidResult("the fallback is missing");
}

/**
 * The adapter becomes a draft of the developer at once; fee and bond stay in escrow while it can be disputed.
 *
 * @throws Reject modelfactory/14, modelfactory/16, modelfactory/17, modelfactory/19, modelfactory/26, modelfactory/34,
 * modelfactory/37.
 */
export function completeTraining(ctx: TxContext, msg: CompleteTraining): MsgCompleteTrainingResponse {
  const state = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const job = runningJob(ctx, msg.jobId, msg.trainer);
  checkResult(ctx, job, msg);

  const adapter = addAdapter(ctx, adapterOf(state.nextAdapter.next(), job, msg, pricingMethod(job, msg)));
  const settleHeight = ctx.block.height + BigInt(state.params.getOrFail().disputeWindow);
  const ended = changeJob(ctx, job.id, () => ({ status: JobStatus.JOB_STATUS_COMPLETED, adapterId: adapter.id, settleHeight }));
  ctx.emit(trainingCompleted(ended, adapter));
  if (adapter.method === FALLBACK_METHOD) ctx.emit(attributionFallsBack(ended, adapter));
  return { adapterId: adapter.id };
}
