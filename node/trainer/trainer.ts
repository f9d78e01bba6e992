import { JobStatus, QueryJobsRequest, QueryJobsResponse, QueryService } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { Models } from "../tasks/index.js";
import { claim, trainJob } from "./job.js";
import type { JobDeps } from "./job.js";

export interface TrainerDeps extends JobDeps {
  /** Calls back after every commit; returns the function that stops it. */
  readonly onCommit: (handler: () => void) => () => void;
}

/** Takes open training jobs, one at a time, and sees them through. */
export interface Trainer {
  start(): void;
  stop(): Promise<void>;
}

/** A failed job is looked at again after this many milliseconds. */
const PAUSE_MS = 5_000;

async function jobs(deps: TrainerDeps, status: number): Promise<readonly TrainingJob[]> {
  const codecs = { request: QueryJobsRequest, response: QueryJobsResponse };
  const pagination = { key: new Uint8Array(0), offset: 0n, limit: 50n, countTotal: false, reverse: false };
  return (await deps.state.query(`/${QueryService.typeName}/Jobs`, codecs, { status, pagination })).jobs;
}

export function createTrainer(deps: TrainerDeps): Trainer {
  const abort = new AbortController();
  const models = new Models(deps);
  let unsubscribe: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let notBefore = 0;

  /** A job of ours that a restart interrupted comes before a new one. */
  const next = async (): Promise<TrainingJob | undefined> => {
    const own = await jobs(deps, JobStatus.JOB_STATUS_RUNNING);
    const mine = own.find((j) => j.trainer === deps.sender.address);
    if (mine !== undefined) return mine;
    const [open] = await jobs(deps, JobStatus.JOB_STATUS_OPEN);
    if (open !== undefined) await claim(deps, open, abort.signal);
    return open;
  };

  const once = async (): Promise<void> => {
    try {
      const job = await next();
      if (job !== undefined) await trainJob(deps, models, job, abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return;
      notBefore = Date.now() + PAUSE_MS;
      deps.log.warn("training did not finish", { error });
    }
  };

  const wake = (): void => {
    if (running !== undefined || abort.signal.aborted || Date.now() < notBefore) return;
    running = once().finally(() => (running = undefined));
  };

  return {
    start() {
      unsubscribe = deps.onCommit(wake);
      wake();
    },
    async stop() {
      unsubscribe?.();
      abort.abort();
      await running;
    },
  };
}
