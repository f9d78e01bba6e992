import type { Context } from "../../chain/kernel/context.js";
import { JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** Whether fee and bond of the job lie in escrow. */
export function holdsEscrow({ status }: TrainingJob): boolean {
  const { JOB_STATUS_OPEN, JOB_STATUS_RUNNING, JOB_STATUS_COMPLETED } = JobStatus;
  return status === JOB_STATUS_OPEN || status === JOB_STATUS_RUNNING || status === JOB_STATUS_COMPLETED;
}

/** Whether there is a trainer whose bond can still be lost. */
export function isAnswerable({ status }: TrainingJob): boolean {
  return status === JobStatus.JOB_STATUS_RUNNING || status === JobStatus.JOB_STATUS_COMPLETED;
}

/** A completed job is paid when its window is over, unless a dispute or an unasked replay is still open. */
function settlement(job: TrainingJob): bigint {
  return job.openDisputes > 0 || job.openReplays > 0 ? 0n : job.settleHeight - 1n;
}

/** Stores a job under its deadline, or under none where that is 0. */
export function putJob(ctx: Context, job: TrainingJob): TrainingJob {
  const { jobs, deadlines } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const before = jobs.get(job.id)?.deadline ?? 0n;
  const isCompleted = job.status === JobStatus.JOB_STATUS_COMPLETED;
  const after = isCompleted ? { ...job, deadline: settlement(job) } : job;
  if (before !== 0n) deadlines.delete([before, job.id]);
  if (after.deadline !== 0n) deadlines.add([after.deadline, job.id]);
  jobs.set(job.id, after);
  return after;
}

/** Changes a job that exists, from what it is now. */
export function changeJob(ctx: Context, jobId: bigint, change: (job: TrainingJob) => Partial<TrainingJob>): TrainingJob {
  const job = modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).jobs.getOrFail(jobId);
  return putJob(ctx, { ...job, ...change(job) });
}
