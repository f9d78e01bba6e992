import { ReplayOutcome, ReplayStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { ReplayTask, StepRecord, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainRequest } from "../../proto/gen/openledger/sidecar/v1.js";
import { stepRoot } from "../../modules/modelfactory/rules/step-record.js";
import { parseStateHead } from "../../modules/modelfactory/rules/train-state.js";
import { EdgeFailure, isFailure } from "../errors.js";
import { queryAdapter } from "../tasks/models.js";
import type { ModelDeps, Models } from "../tasks/models.js";
import { findState } from "./available.js";
import type { Found, Patience } from "./available.js";
import { firstMissing, inputsOf } from "./inputs.js";
import { queryJob } from "./job-record.js";
import { trainRequest } from "./request.js";
import { findFiles, misnamed } from "./result-files.js";
import { otherRuntime } from "./runtime.js";
import { runStretch } from "./run.js";
import type { StretchRun } from "./run.js";

/** Milliseconds that a starting state may take to come from any node, before it counts as withheld. */
export const AVAILABILITY_MS = 20_000;

/** Code of a state that belongs to another job, or is none (sidecar/errors.ts). */
const BAD_CHECKPOINT = "sidecar/6";
/** Codes of what every sidecar refuses: the request, the model's files, a row that is too long, numbers that are none any more. */
const REFUSED: readonly unknown[] = ["sidecar/2", "sidecar/3", "sidecar/11", "sidecar/12"];

const FROM_THE_START: Found = { kind: "good", bytes: new Uint8Array(0) };

function lastRecord(run: StretchRun, task: ReplayTask): StepRecord {
  const last = run.steps.at(-1);
  if (last !== undefined) return last;
  const head = parseStateHead(run.state);
  if (head === undefined) throw new EdgeFailure("malformed", "a replay task without steps needs a state", { job: task.jobId });
  const { step, dataCursor, stateRoot } = run.started;
  return { step, lossMicroNats: BigInt(head.lossMicroNats), dataCursor, stateRoot };
}

/** Whether a failure follows from public data alone, so that every machine meets it. */
function isCommonToAll(error: unknown): boolean {
  if (isFailure(error, "malformed") || isFailure(error, "too-large")) return true;
  return error instanceof EdgeFailure && REFUSED.includes(error.facts["code"]);
}

/** What to run; undefined where it cannot be had from what the job names. */
async function requestOf(deps: ModelDeps, models: Models, job: TrainingJob, patience: Patience): Promise<TrainRequest | undefined> {
  if ((await firstMissing(deps.blobs, await inputsOf(deps.state, job), patience)) !== undefined) return undefined;
  try {
    return await trainRequest(deps, models, job, patience.signal);
  } catch (error) {
    if (isCommonToAll(error)) return undefined;
    throw error;
  }
}

/** Files of a result that are published under another name, or not at all, are no result. */
async function fileProblem({ blobs, state }: ModelDeps, job: TrainingJob, run: StretchRun, patience: Patience): Promise<number | undefined> {
  if (run.files === undefined) return undefined;
  const adapter = await queryAdapter(state, job.adapterId);
  if (misnamed(adapter, run.files) !== undefined) return ReplayStatus.REPLAY_STATUS_CORRUPT;
  const lack = await findFiles(blobs, adapter, patience);
  if (lack === undefined) return undefined;
  return lack.kind === "corrupt" ? ReplayStatus.REPLAY_STATUS_CORRUPT : ReplayStatus.REPLAY_STATUS_UNAVAILABLE;
}

const impossible = (): ReplayOutcome => ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_IMPOSSIBLE });

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
  const request = await requestOf(deps, models, job, { signal, waitMs });
  if (request === undefined) return impossible();
  const stretch = { resumeFrom: start.bytes, to: task.to, result: task.result };
  try {
    const run = await runStretch(deps.sidecar, request, stretch, { signal });
    if (run.started.step !== task.from) return ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_CORRUPT });
    const problem = await fileProblem(deps, job, run, { signal, waitMs });
    if (problem !== undefined) return ReplayOutcome.create({ status: problem });
    return ReplayOutcome.create({
      status: ReplayStatus.REPLAY_STATUS_DONE,
      last: lastRecord(run, task),
      stepRoot: stepRoot(run.steps),
      output: run.output,
    });
  } catch (error) {
    const isOthers = isFailure(error, "remote") && error.facts["code"] === BAD_CHECKPOINT;
    // Without a start of its own, the state that does not fit is the parent's.
    if (isOthers) return task.stateCid === "" ? impossible() : ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_CORRUPT });
    if (error instanceof EdgeFailure && REFUSED.includes(error.facts["code"])) return impossible();
    throw error;
  }
}
