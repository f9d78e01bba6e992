import type { TxContext } from "../../../chain/kernel/context.js";
import { JobStatus } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { MsgAbandonTrainingResponse } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "../errors.js";
import { trainingFailed } from "../events.js";
import { refundJob, runningJob } from "../jobs.js";
import type { AbandonTraining } from "../messages.js";
import type { ModelFactoryPorts } from "../ports.js";

/**
 * The trainer gives up: the bond goes to the developer with the fee. Who is accused has to answer first.
 *
 * @throws Reject modelfactory/14, modelfactory/16, modelfactory/17, modelfactory/26, modelfactory/35.
 */
export function abandonTraining(ctx: TxContext, ports: ModelFactoryPorts, msg: AbandonTraining): MsgAbandonTrainingResponse {
  const job = runningJob(ctx, msg.jobId, msg.trainer);
  if (job.openDisputes > 0) throw ModelError.JobDisputed();
  const ended = refundJob(ctx, ports, job, JobStatus.JOB_STATUS_FAILED);
  ctx.emit(trainingFailed(ended, msg.reason === "" ? "abandoned" : msg.reason));
  return {};
}
