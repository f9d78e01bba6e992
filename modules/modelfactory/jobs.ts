import { formatAddress, parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { addUopen } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "./errors.js";
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

/** Stores a job that goes on, under its new deadline. */
export function moveDeadline(ctx: Context, before: TrainingJob, after: TrainingJob): void {
  const { jobs, deadlines } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  deadlines.delete([before.deadline, before.id]);
  deadlines.add([after.deadline, after.id]);
  jobs.set(after.id, after);
}

/** Stores a job that ended: it holds nothing and waits for nothing. */
export function endJob(ctx: Context, before: TrainingJob, end: { readonly status: number; readonly adapterId?: bigint }): TrainingJob {
  const { jobs, deadlines } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const after: TrainingJob = { ...before, status: end.status, adapterId: end.adapterId ?? 0n, deadline: 0n };
  deadlines.delete([before.deadline, before.id]);
  jobs.set(after.id, after);
  return after;
}

/** Fee and bond go to the developer, who waited for nothing. */
export function refundJob(ctx: Context, ports: ModelFactoryPorts, job: TrainingJob, status: number): TrainingJob {
  const amount = addUopen(parseUopen(job.fee), parseUopen(job.bond));
  ports.token.fromModule(ctx, MODELFACTORY_STORE, parseAddress(job.developer), amount);
  return endJob(ctx, job, { status });
}
