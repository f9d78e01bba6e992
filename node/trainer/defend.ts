import { stepDue } from "../../modules/modelfactory/rules/bisection.js";
import { encodeSteps } from "../../modules/modelfactory/rules/step-record.js";
import { DisputeKind, DisputeStatus, MsgOpenStep } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute, StepRecord, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { EdgeFailure, errorText } from "../errors.js";
import { checkOwnRuntime, findBlob, openStep, parseSegmentSteps, queryCheckpoints, queryJob, runStretch, segmentsOf, trainRequest } from "../replay/index.js";
import type { Segment, StretchRun } from "../replay/index.js";
import { readBlob } from "../tasks/index.js";
import type { Models } from "../tasks/index.js";
import { openDisputes } from "./chain-jobs.js";
import type { JobDeps } from "./job.js";
import { publish } from "./publish.js";

/** Milliseconds to look for a blob of our own before it is derived again. */
const OWN_BLOB_MS = 5_000;

interface Case {
  readonly deps: JobDeps;
  readonly models: Models;
  readonly job: TrainingJob;
  readonly segment: Segment;
  readonly signal: AbortSignal;
}

/** Our own segment once more: what a lost disk took with it. */
async function derive({ deps, models, job, segment, signal }: Case): Promise<StretchRun> {
  await checkOwnRuntime(deps.sidecar, job, signal);
  const request = await models.retrying(() => trainRequest(deps, models, job, signal));
  const { start, end } = segment;
  const resumeFrom = start === undefined ? new Uint8Array(0) : await readBlob(deps.blobs, start.stateCid, signal);
  const run = await runStretch(deps.sidecar, request, { resumeFrom, to: end.step, result: false }, { signal });
  await publish(deps.blobs, run.state);
  await publish(deps.blobs, encodeSteps(run.steps));
  return run;
}

async function records(own: Case): Promise<readonly StepRecord[]> {
  const { deps, segment, signal } = own;
  const found = await findBlob(deps.blobs, segment.end.stepsCid, { signal, waitMs: OWN_BLOB_MS });
  const kept = found.kind === "good" ? parseSegmentSteps(found.bytes, segment) : undefined;
  return kept ?? (await derive(own)).steps;
}

async function open(own: Case, dispute: Dispute): Promise<void> {
  const { deps, signal } = own;
  const step = stepDue(dispute);
  const { record, path } = openStep(await records(own), step);
  await deps.sender.send(MsgOpenStep, { trainer: deps.sender.address, disputeId: dispute.id, record, path }, signal);
  deps.log.info("step opened", { job: own.job.id, dispute: dispute.id, step });
}

/** A state that is said to be withheld is made available again if it was lost. */
async function restore(own: Case): Promise<void> {
  const { deps, segment, signal } = own;
  const found = await findBlob(deps.blobs, segment.end.stateCid, { signal, waitMs: OWN_BLOB_MS });
  if (found.kind !== "good") await derive(own);
}

/** Whether a dispute waits for something that its trainer can do. */
function waitsForTrainer({ kind, status }: Dispute): boolean {
  if (status === DisputeStatus.DISPUTE_STATUS_TRAINER_TURN) return true;
  return kind === DisputeKind.DISPUTE_KIND_CHECKPOINT && status === DisputeStatus.DISPUTE_STATUS_COMMITTEE;
}

/** Makes the move a dispute waits for, if it is ours to make. @throws EdgeFailure */
export async function defend(deps: JobDeps, models: Models, dispute: Dispute, signal: AbortSignal): Promise<void> {
  if (!waitsForTrainer(dispute)) return;
  const job = await queryJob(deps.state, dispute.jobId);
  if (job.trainer !== deps.sender.address) return;
  const segment = segmentsOf(await queryCheckpoints(deps.state, job.id)).find((s) => s.end.step === dispute.segment);
  if (segment === undefined) throw new EdgeFailure("not-found", "the disputed segment has no checkpoint", { dispute: dispute.id });
  const own: Case = { deps, models, job, segment, signal };
  await (dispute.status === DisputeStatus.DISPUTE_STATUS_TRAINER_TURN ? open(own, dispute) : restore(own));
}

/** Answers every dispute that waits for us. One that fails keeps nobody else from being answered. */
export async function defendAll(deps: JobDeps, models: Models, signal: AbortSignal): Promise<void> {
  const waiting: Dispute[] = [];
  for await (const dispute of openDisputes(deps.state)) if (waitsForTrainer(dispute)) waiting.push(dispute);
  for (const dispute of waiting) {
    try {
      await defend(deps, models, dispute, signal);
    } catch (error) {
      if (signal.aborted) return;
      deps.log.error("a dispute could not be answered", { dispute: dispute.id, reason: errorText(error) });
    }
  }
}
