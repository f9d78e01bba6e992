import { parseAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/context.js";
import { equalBytes } from "../../chain/primitives/index.js";
import { ReplayStatus, SampleStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Checkpoint, ReplayOutcome, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { openReplay, stateAfter } from "./committee.js";
import { segmentSampled } from "./events.js";
import { changeJob, isAnswerable } from "./job-book.js";
import type { ModelFactoryPorts } from "./ports.js";
import { refuteJob } from "./refute.js";
import { segmentStart } from "./rules/bisection.js";
import { isSampled } from "./rules/replay-lot.js";
import { recordOf } from "./rules/replay-outcome.js";
import { isSameStep } from "./rules/step-record.js";
import { isKnownRuntime } from "./runtimes.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";
import { leaveUnverified } from "./unverified.js";

/** Segments drawn in one block at most; the rest wait for the next block, and its hash. */
export const MAX_DRAWS_PER_BLOCK = 32;

/** Stores a checkpoint whose segment a later block's hash may choose. Call once for each. */
export function addCheckpoint(ctx: Context, checkpoint: Checkpoint): Checkpoint {
  const { checkpoints, draws, params } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const { jobId, step, height } = checkpoint;
  const isDrawn = params.getOrFail().replaySamplePpm > 0;
  const sample = isDrawn ? SampleStatus.SAMPLE_STATUS_WAITING : SampleStatus.SAMPLE_STATUS_NOT_DRAWN;
  const stored = { ...checkpoint, sample };
  checkpoints.set([jobId, step], stored);
  if (!isDrawn) return stored;
  draws.add([height, jobId, step]);
  changeJob(ctx, jobId, (job) => ({ openReplays: job.openReplays + 1 }));
  return stored;
}

/** The replay is over, or there is none: its job waits for one less. */
function endSample(ctx: Context, checkpoint: Checkpoint, sample: number): void {
  const { checkpoints } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const ended: Checkpoint = { ...checkpoint, sample };
  checkpoints.set([ended.jobId, ended.step], ended);
  changeJob(ctx, ended.jobId, (job) => ({ openReplays: job.openReplays - 1 }));
  if (sample !== SampleStatus.SAMPLE_STATUS_NOT_DRAWN) ctx.emit(segmentSampled(ended));
}

function openSample(ctx: Context, ports: ModelFactoryPorts, checkpoint: Checkpoint): void {
  const { checkpoints, jobs } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const { jobId, step: to } = checkpoint;
  const from = segmentStart(jobs.getOrFail(jobId).hyperparameters, to);
  openReplay(ctx, ports, { jobId, disputeId: 0n, from, to, ...stateAfter(ctx, jobId, from), result: false });
  const drawn: Checkpoint = { ...checkpoint, sample: SampleStatus.SAMPLE_STATUS_REPLAYING };
  checkpoints.set([jobId, to], drawn);
  ctx.emit(segmentSampled(drawn));
}

/** The first segment that is trained with a runtime which validators are not known to have. */
function isTrial(ctx: Context, job: TrainingJob, step: number): boolean {
  return segmentStart(job.hyperparameters, step) === 0 && !isKnownRuntime(ctx, job);
}

/** Draws which segments of earlier blocks are replayed, by this block's hash. Bounded by MAX_DRAWS_PER_BLOCK. */
export function drawSamples(ctx: Context, ports: ModelFactoryPorts): void {
  const { draws, checkpoints, jobs, params } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const { replaySamplePpm } = params.getOrFail();
  for (const key of [...draws.keys({ end: [ctx.block.height, 0n, 0], limit: MAX_DRAWS_PER_BLOCK })]) {
    const [, jobId, step] = key;
    draws.delete(key);
    const checkpoint = checkpoints.getOrFail([jobId, step]);
    const job = jobs.getOrFail(jobId);
    const isChosen = isTrial(ctx, job, step) || isSampled({ blockHash: ctx.block.hash, jobId, step }, replaySamplePpm);
    if (isChosen && isAnswerable(job)) openSample(ctx, ports, checkpoint);
    else endSample(ctx, checkpoint, SampleStatus.SAMPLE_STATUS_NOT_DRAWN);
  }
}

function confirms(checkpoint: Checkpoint, { status, last, stepRoot }: ReplayOutcome): boolean {
  const isDone = status === ReplayStatus.REPLAY_STATUS_DONE && last !== undefined;
  return isDone && isSameStep(last, recordOf(checkpoint)) && equalBytes(stepRoot, checkpoint.stepRoot);
}

/** What is said of a segment of which validators found this. */
function sampleOf(checkpoint: Checkpoint, outcome: ReplayOutcome | undefined): number {
  const isOpen = outcome === undefined || outcome.status === ReplayStatus.REPLAY_STATUS_OTHER_RUNTIME;
  if (isOpen) return SampleStatus.SAMPLE_STATUS_UNRESOLVED;
  return confirms(checkpoint, outcome) ? SampleStatus.SAMPLE_STATUS_CONFIRMED : SampleStatus.SAMPLE_STATUS_REFUTED;
}

/**
 * What validators found unasked. Nobody challenged, so a refuted trainer's bond goes to the developer. No outcome decides nothing;
 * another runtime ends the job, and nobody has lost.
 */
export function judgeSample(
  ctx: Context,
  ports: ModelFactoryPorts,
  key: readonly [jobId: bigint, step: number],
  outcome: ReplayOutcome | undefined,
): void {
  const { checkpoints, jobs } = modelfactoryState.open(ctx.store(MODELFACTORY_STORE));
  const checkpoint = checkpoints.getOrFail(key);
  const sample = sampleOf(checkpoint, outcome);
  endSample(ctx, checkpoint, sample);
  const job = jobs.getOrFail(checkpoint.jobId);
  if (!isAnswerable(job)) return;
  if (outcome?.status === ReplayStatus.REPLAY_STATUS_OTHER_RUNTIME) return leaveUnverified(ctx, ports, job.id);
  if (sample === SampleStatus.SAMPLE_STATUS_REFUTED) refuteJob(ctx, ports, job.id, { winner: parseAddress(job.developer), reason: "an unasked replay differs" });
}
