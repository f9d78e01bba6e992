import { ReplayOutcome, ReplayStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { ReplayTask, StepRecord } from "../../proto/gen/openledger/modelfactory/v1.js";
import { stepRoot } from "../../modules/modelfactory/rules/step-record.js";
import { parseStateHead } from "../../modules/modelfactory/rules/train-state.js";
import { EdgeFailure, isFailure } from "../errors.js";
import type { ModelDeps, Models } from "../tasks/models.js";
import { findState } from "./available.js";
import type { Found } from "./available.js";
import { queryJob } from "./job-record.js";
import { trainRequest } from "./request.js";
import { otherRuntime } from "./runtime.js";
import { runStretch } from "./run.js";
import type { StretchRun } from "./run.js";

/** Milliseconds that a starting state may take to come from any node, before it counts as withheld. */
export const AVAILABILITY_MS = 20_000;

/** Code of a state that belongs to another job, or is none (sidecar/errors.ts). */
const BAD_CHECKPOINT = "sidecar/6";

const FROM_THE_START: Found = { kind: "good", bytes: new Uint8Array(0) };

function lastRecord(run: StretchRun, task: ReplayTask): StepRecord {
  const last = run.steps.at(-1);
  if (last !== undefined) return last;
  const head = parseStateHead(run.state);
  if (head === undefined) throw new EdgeFailure("malformed", "a replay task without steps needs a state", { job: task.jobId });
  const { step, dataCursor, stateRoot } = run.started;
  return { step, lossMicroNats: BigInt(head.lossMicroNats), dataCursor, stateRoot };
}

/**
 * What a validator finds when it runs a stretch of somebody's training again: exact, so that all honest ones agree. Whether the
 * start is there and is the one on record can be said with any runtime, the rest only with the trainer's.
 */
export async function replayOutcome(
  deps: ModelDeps,
  models: Models,
  task: ReplayTask,
  patience: { readonly signal: AbortSignal; readonly waitMs?: number },
): Promise<ReplayOutcome> {
  const { signal, waitMs = AVAILABILITY_MS } = patience;
  const state = { cid: task.stateCid, root: task.stateRoot };
  const start = task.stateCid === "" ? FROM_THE_START : await findState(deps.blobs, state, { signal, waitMs });
  if (start.kind === "unavailable") return ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_UNAVAILABLE });
  if (start.kind === "corrupt") return ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_CORRUPT });
  const isForeign = (await otherRuntime(deps.sidecar, task.runtimeId, signal)) !== undefined;
  if (isForeign) return ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_OTHER_RUNTIME });
  const job = await queryJob(deps.state, task.jobId);
  const request = await trainRequest(deps, models, job, signal);
  const stretch = { resumeFrom: start.bytes, to: task.to, result: task.result };
  try {
    const run = await runStretch(deps.sidecar, request, stretch, { signal });
    if (run.started.step !== task.from) return ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_CORRUPT });
    return ReplayOutcome.create({
      status: ReplayStatus.REPLAY_STATUS_DONE,
      last: lastRecord(run, task),
      stepRoot: stepRoot(run.steps),
      output: run.output,
    });
  } catch (error) {
    const isOthers = isFailure(error, "remote") && error.facts["code"] === BAD_CHECKPOINT;
    if (isOthers) return ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_CORRUPT });
    throw error;
  }
}
