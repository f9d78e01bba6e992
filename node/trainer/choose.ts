import { progressTime } from "../../modules/modelfactory/rules/patience.js";
import { JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { EdgeFailure, throwIfAborted } from "../errors.js";
import { firstMissing, inputsOf, runStretch, trainRequest } from "../replay/index.js";
import type { Models } from "../tasks/index.js";
import { jobsIn, queryParams } from "./chain-jobs.js";
import { claim } from "./job.js";
import type { JobDeps } from "./job.js";

/**
 * Which open job to take. A claim binds a bond that is lost where the next checkpoint does not come in time, so an order may be a
 * trap: rows or a model that nobody has, numbers that no sidecar takes, more work than there is time. All of that shows in
 * the first step, which is therefore run before the claim.
 */

/** What was found unfit is looked at again after so many milliseconds. */
const SHUN_MS = 300_000;
/** The fastest pace of blocks that a trainer counts with, milliseconds: deadlines are heights. */
const PACE_MS = 500;

interface ChooserOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Milliseconds to look for a blob of an order. */
  readonly inputMs: number;
}

export class Chooser {
  private readonly deps: JobDeps;
  private readonly models: Models;
  private readonly options: ChooserOptions;
  /** Job id -> when it may be looked at again; those of jobs that are no longer open are dropped. */
  private shunned = new Map<bigint, number>();

  constructor(deps: JobDeps, models: Models, options: Partial<ChooserOptions> = {}) {
    this.deps = deps;
    this.models = models;
    this.options = { now: () => performance.now(), inputMs: 5_000, ...options };
  }

  /** A job of ours that a restart interrupted comes before a new one. */
  async next(signal: AbortSignal): Promise<TrainingJob | undefined> {
    for await (const job of jobsIn(this.deps.state, JobStatus.JOB_STATUS_RUNNING)) {
      if (job.trainer === this.deps.sender.address) return job;
    }
    const before = this.shunned;
    this.shunned = new Map();
    for await (const job of jobsIn(this.deps.state, JobStatus.JOB_STATUS_OPEN)) {
      const until = before.get(job.id);
      if (until !== undefined && until > this.options.now()) {
        this.shunned.set(job.id, until);
        continue;
      }
      const taken = await this.take(job, signal);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  private async take(job: TrainingJob, signal: AbortSignal): Promise<TrainingJob | undefined> {
    try {
      await this.rehearse(job, signal);
      return await claim(this.deps, job, signal);
    } catch (error) {
      throwIfAborted(signal);
      this.shunned.set(job.id, this.options.now() + SHUN_MS);
      this.deps.log.warn("an open job was not taken", { job: job.id, error });
      return undefined;
    }
  }

  /** Runs the first step from what is public, and keeps it where validators will look for it. @throws EdgeFailure. */
  private async rehearse(job: TrainingJob, signal: AbortSignal): Promise<void> {
    const { deps, models } = this;
    const inputs = await inputsOf(deps.state, job);
    const missing = await firstMissing(deps.blobs, inputs, { signal, waitMs: this.options.inputMs });
    if (missing !== undefined) throw new EdgeFailure("not-found", "nobody has what the job is made of", { cid: missing });
    const first = { resumeFrom: new Uint8Array(0), to: 1, result: false };
    const run = async (): Promise<number> => {
      const request = await trainRequest(deps, models, job, signal);
      const at = this.options.now();
      await runStretch(deps.sidecar, request, first, { signal });
      return this.options.now() - at;
    };
    await this.checkPace(job, await models.retrying(run));
    for (const cid of inputs) await deps.blobs.pin(cid);
  }

  private async checkPace(job: TrainingJob, stepMs: number): Promise<void> {
    const { progressPeriod } = await queryParams(this.deps.state);
    const { steps, checkpointEvery } = job.hyperparameters;
    const segmentMs = stepMs * Math.min(steps, checkpointEvery);
    const allowedMs = PACE_MS * progressTime(job, 0, progressPeriod);
    if (segmentMs <= allowedMs) return;
    throw new EdgeFailure("busy", "the job is more work than its deadlines allow here", { stepMs, segmentMs, allowedMs });
  }
}
