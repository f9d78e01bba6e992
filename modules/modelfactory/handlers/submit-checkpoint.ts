import type { TxContext } from "../../../chain/kernel/context.js";
import { Checkpoint } from "../../../proto/gen/openledger/modelfactory/v1.js";
import type { MsgSubmitCheckpointResponse } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "../errors.js";
import { checkpointSubmitted } from "../events.js";
import { changeJob } from "../job-book.js";
import { runningJob } from "../jobs.js";
import type { SubmitCheckpoint } from "../messages.js";
import { nextCheckpoint } from "../rules/hyperparameters.js";
import { progressTime } from "../rules/patience.js";
import { addCheckpoint } from "../samples.js";
import { MODELFACTORY_STORE, modelfactoryState } from "../state.js";

/** Progress that anyone can replay; gives the trainer time for the next stage. @throws Reject modelfactory/14, /16, /17, /18, /26. */
export function submitCheckpoint(ctx: TxContext, msg: SubmitCheckpoint): MsgSubmitCheckpointResponse {
  const state = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const job = runningJob(ctx, msg.jobId, msg.trainer);
  const due = nextCheckpoint(job.hyperparameters, job.lastStep);
  if (due !== msg.step) throw ModelError.InvalidCheckpoint(due === undefined ? "all are in" : `step ${due} is due`);
  const before = state.checkpoints.get([job.id, job.lastStep]);
  if (msg.dataCursor <= (before?.dataCursor ?? 0n)) throw ModelError.InvalidCheckpoint("data cursor must advance");

  const given = Checkpoint.create({
    jobId: job.id,
    step: msg.step,
    lossMicroNats: msg.lossMicroNats,
    dataCursor: msg.dataCursor,
    stateHash: msg.stateHash,
    stateCid: msg.stateCid,
    height: ctx.block.height,
    stepRoot: msg.stepRoot,
    stepsCid: msg.stepsCid,
  });
  const checkpoint = addCheckpoint(ctx, given);
  const { progressPeriod } = state.params.getOrFail();
  const deadline = ctx.block.height + BigInt(progressTime(job, msg.step, progressPeriod));
  const after = changeJob(ctx, job.id, () => ({ lastStep: msg.step, deadline }));
  ctx.emit(checkpointSubmitted(checkpoint, after));
  return {};
}
