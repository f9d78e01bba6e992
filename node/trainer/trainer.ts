import { JobStatus, QueryJobsRequest, QueryJobsResponse, QueryService } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { Models } from "../tasks/index.js";
import { defendAll } from "./defend.js";
import { claim, trainJob } from "./job.js";
import type { JobDeps } from "./job.js";

export interface TrainerDeps extends JobDeps {
  /** Calls back after every commit; returns the function that stops it. */
  readonly onCommit: (handler: () => void) => () => void;
}

/** Takes open training jobs, one at a time, sees them through, and answers for them when they are disputed. */
export interface Trainer {
  start(): void;
  stop(): Promise<void>;
}

/** What failed is looked at again after this many milliseconds. */
const PAUSE_MS = 5_000;

async function jobs(deps: TrainerDeps, status: number): Promise<readonly TrainingJob[]> {
  const codecs = { request: QueryJobsRequest, response: QueryJobsResponse };
  const pagination = { key: new Uint8Array(0), offset: 0n, limit: 50n, countTotal: false, reverse: false };
  return (await deps.state.query(`/${QueryService.typeName}/Jobs`, codecs, { status, pagination })).jobs;
}

/** A job of ours that a restart interrupted comes before a new one. */
async function nextJob(deps: TrainerDeps, signal: AbortSignal): Promise<TrainingJob | undefined> {
  const own = await jobs(deps, JobStatus.JOB_STATUS_RUNNING);
  const mine = own.find((j) => j.trainer === deps.sender.address);
  if (mine !== undefined) return mine;
  const [open] = await jobs(deps, JobStatus.JOB_STATUS_OPEN);
  return open === undefined ? undefined : claim(deps, open, signal);
}

/** Runs one piece of work at a time; after a failure it rests. */
function duty(work: () => Promise<void>, onFailure: (error: unknown) => void): { wake(): void; ended(): Promise<void> } {
  let running: Promise<void> | undefined;
  let notBefore = 0;
  const once = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      notBefore = Date.now() + PAUSE_MS;
      onFailure(error);
    }
  };
  return {
    wake() {
      if (running !== undefined || Date.now() < notBefore) return;
      running = once().finally(() => (running = undefined));
    },
    ended: async () => running,
  };
}

export function createTrainer(deps: TrainerDeps): Trainer {
  const abort = new AbortController();
  const models = new Models(deps);
  let unsubscribe: (() => void) | undefined;

  const report = (what: string) => (error: unknown) => {
    if (!abort.signal.aborted) deps.log.warn(what, { error });
  };
  const training = duty(async () => {
    const job = await nextJob(deps, abort.signal);
    if (job !== undefined) await trainJob(deps, models, job, abort.signal);
  }, report("training did not finish"));
  const defence = duty(() => defendAll(deps, models, abort.signal), report("disputes could not be read"));

  const wake = (): void => {
    if (abort.signal.aborted) return;
    training.wake();
    defence.wake();
  };

  return {
    start() {
      unsubscribe = deps.onCommit(wake);
      wake();
    },
    async stop() {
      unsubscribe?.();
      abort.abort();
      await Promise.all([training.ended(), defence.ended()]);
    },
  };
}
