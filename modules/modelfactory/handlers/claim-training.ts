import { formatAddress, parseUopen } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { JobStatus } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { MsgClaimTrainingResponse, TrainingJob } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "../errors.js";
import { trainingClaimed } from "../events.js";
import { putJob } from "../job-book.js";
import { isMarked } from "../marks.js";
import type { ClaimTraining } from "../messages.js";
import type { ModelFactoryPorts } from "../ports.js";
import { MODELFACTORY_STORE, modelfactoryState } from "../state.js";

/** What goes on from a marked adapter would be marked from its birth. */
function checkParent(ctx: TxContext, { parentAdapterId }: TrainingJob): void {
  const parent = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).adapters.get(parentAdapterId);
  if (parent !== undefined && isMarked(parent)) throw ModelError.InvalidParent("its training was proven wrong or cannot be checked");
}

/**
 * Takes an open job, to be trained with the stated runtime to its end; the bond leaves the trainer now.
 *
 * @throws Reject modelfactory/14, modelfactory/15, modelfactory/26, modelfactory/36, sdk/5.
 */
export function claimTraining(ctx: TxContext, ports: ModelFactoryPorts, msg: ClaimTraining): MsgClaimTrainingResponse {
  const state = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const job = state.jobs.getOrFail(msg.jobId, () => ModelError.JobNotFound(`job ${msg.jobId}`));
  if (job.status !== JobStatus.JOB_STATUS_OPEN) throw ModelError.JobNotOpen();
  if (ctx.block.height > job.deadline) throw ModelError.DeadlinePassed();
  checkParent(ctx, job);

  const { trainerBond, progressPeriod } = state.params.getOrFail();
  ports.token.toModule(ctx, msg.trainer, MODELFACTORY_STORE, parseUopen(trainerBond));
  const claimed: TrainingJob = {
    ...job,
    status: JobStatus.JOB_STATUS_RUNNING,
    trainer: formatAddress(msg.trainer),
    bond: trainerBond,
    runtimeId: msg.runtimeId,
    claimedHeight: ctx.block.height,
    deadline: ctx.block.height + BigInt(progressPeriod),
  };
  putJob(ctx, claimed);
  ctx.emit(trainingClaimed(claimed));
  return {};
}
