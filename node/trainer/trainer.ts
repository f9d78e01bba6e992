import { Models } from "../tasks/index.js";
import { Chooser } from "./choose.js";
import { defendAll } from "./defend.js";
import { trainJob } from "./job.js";
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
  const chooser = new Chooser(deps, models);
  let unsubscribe: (() => void) | undefined;

  const report = (what: string) => (error: unknown) => {
    if (!abort.signal.aborted) deps.log.warn(what, { error });
  };
  const training = duty(async () => {
    const job = await chooser.next(abort.signal);
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
