import type { Context } from "../../chain/kernel/context.js";
import { JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import { trainingExpired, trainingFailed } from "./events.js";
import { refundJob } from "./jobs.js";
import type { ModelFactoryPorts } from "./ports.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** Jobs ended in one block at most; the rest wait for the next. */
export const MAX_EXPIRIES_PER_BLOCK = 100;

/** Ends jobs whose stage is over: nobody claimed them, or their trainer fell silent. */
export function endBlock(ctx: Context, ports: ModelFactoryPorts): void {
  const { deadlines, jobs } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const due = [...deadlines.keys({ end: [ctx.block.height, 0n], limit: MAX_EXPIRIES_PER_BLOCK })];
  for (const [, id] of due) {
    const job = jobs.getOrFail(id);
    if (job.status === JobStatus.JOB_STATUS_OPEN) {
      ctx.emit(trainingExpired(refundJob(ctx, ports, job, JobStatus.JOB_STATUS_EXPIRED)));
    } else {
      ctx.emit(trainingFailed(refundJob(ctx, ports, job, JobStatus.JOB_STATUS_FAILED), "deadline"));
    }
  }
}
