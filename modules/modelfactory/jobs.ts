import { formatAddress, parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { addUopen } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { endAllDisputes } from "./dispute-book.js";
import { ModelError } from "./errors.js";
import { changeJob } from "./job-book.js";
import type { ModelFactoryPorts } from "./ports.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** The running job, if this account trains it and is in time. @throws Reject modelfactory/14, /16, /17, /26. */
export function runningJob(ctx: Context, jobId: bigint, trainer: Address): TrainingJob {
  const { jobs } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const job = jobs.getOrFail(jobId, () => ModelError.JobNotFound(`job ${jobId}`));
  if (job.status !== JobStatus.JOB_STATUS_RUNNING) throw ModelError.JobNotRunning();
  if (job.trainer !== formatAddress(trainer)) throw ModelError.NotTrainer();
  if (ctx.block.height > job.deadline) throw ModelError.DeadlinePassed();
  return job;
}

/** Fee and bond go to the developer, who waited for nothing; disputes have nothing left to be about. */
export function refundJob(ctx: Context, ports: ModelFactoryPorts, job: TrainingJob, status: number): TrainingJob {
  const amount = addUopen(parseUopen(job.fee), parseUopen(job.bond));
  ports.token.fromModule(ctx, MODELFACTORY_STORE, parseAddress(job.developer), amount);
  endAllDisputes(ctx, ports, job.id, "the job failed");
  return changeJob(ctx, job.id, () => ({ status, deadline: 0n }));
}
