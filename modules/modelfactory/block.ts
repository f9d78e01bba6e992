import type { Context } from "../../chain/kernel/context.js";
import { JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import { trainingExpired, trainingFailed } from "./events.js";
import { refundJob } from "./jobs.js";
import { spreadMarks } from "./marks.js";
import { endSilent } from "./moves.js";
import type { ModelFactoryPorts } from "./ports.js";
import { drawSamples } from "./samples.js";
import { settleJob } from "./settle.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** Jobs whose stage ends in one block at most; the rest wait for the next. */
export const MAX_ENDED_PER_BLOCK = 20;

/** Ends stages that are over: nobody claimed the job, its trainer fell silent, or its window passed. */
function endStages(ctx: Context, ports: ModelFactoryPorts): void {
  const { deadlines, jobs } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  for (const [, id] of [...deadlines.keys({ end: [ctx.block.height, 0n], limit: MAX_ENDED_PER_BLOCK })]) {
    const job = jobs.getOrFail(id);
    if (job.status === JobStatus.JOB_STATUS_COMPLETED) {
      settleJob(ctx, ports, job);
    } else if (job.status === JobStatus.JOB_STATUS_OPEN) {
      ctx.emit(trainingExpired(refundJob(ctx, ports, job, JobStatus.JOB_STATUS_EXPIRED)));
    } else {
      ctx.emit(trainingFailed(refundJob(ctx, ports, job, JobStatus.JOB_STATUS_FAILED), "deadline"));
    }
  }
}

/** Silence first: who lost a dispute is not paid in the same block. Every part is bounded by a constant of its own. */
export function endBlock(ctx: Context, ports: ModelFactoryPorts): void {
  endSilent(ctx, ports);
  endStages(ctx, ports);
  drawSamples(ctx, ports);
  spreadMarks(ctx);
}
