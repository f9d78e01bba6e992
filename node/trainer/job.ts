import { encodeSteps, stepRoot } from "../../modules/modelfactory/rules/step-record.js";
import { MsgClaimTraining, MsgCompleteTraining, MsgSubmitCheckpoint } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainCheckpoint, TrainRequest, TrainResult } from "../../proto/gen/openledger/sidecar/v1.js";
import type { Blobs } from "../blobs/types.js";
import { EdgeFailure } from "../errors.js";
import { checkOwnRuntime, lastCheckpoint, outputOf, trainRequest } from "../replay/index.js";
import type { SidecarClient } from "../sidecar-client/types.js";
import { readBlob } from "../tasks/index.js";
import type { Models, StateReader } from "../tasks/index.js";
import type { Logger } from "../telemetry/log.js";
import { publish } from "./publish.js";
import type { TxSender } from "./tx-sender.js";

export interface JobDeps {
  readonly state: StateReader;
  readonly blobs: Blobs;
  readonly sidecar: SidecarClient;
  readonly sender: TxSender;
  readonly log: Logger;
}

/** What anyone would run, from the last checkpoint on chain. */
async function requestFor(deps: JobDeps, models: Models, job: TrainingJob, signal: AbortSignal): Promise<TrainRequest> {
  const request = await trainRequest(deps, models, job, signal);
  const last = await lastCheckpoint(deps.state, job.id);
  return last === undefined ? request : { ...request, resumeFrom: await readBlob(deps.blobs, last.stateCid, signal) };
}

async function submit(deps: JobDeps, job: TrainingJob, c: TrainCheckpoint, signal: AbortSignal): Promise<void> {
  const { step, lossMicroNats, dataCursor, stateHash } = c;
  const message = {
    trainer: deps.sender.address,
    jobId: job.id,
    step,
    lossMicroNats,
    dataCursor,
    stateHash,
    stateCid: await publish(deps.blobs, c.state),
    stepRoot: stepRoot(c.steps),
    stepsCid: await publish(deps.blobs, encodeSteps(c.steps)),
  };
  await deps.sender.send(MsgSubmitCheckpoint, message, signal);
  deps.log.info("checkpoint on chain", { job: job.id, step, lossMicroNats });
}

async function complete(deps: JobDeps, job: TrainingJob, result: TrainResult, signal: AbortSignal): Promise<void> {
  const { blobs, sender } = deps;
  const { adapterHash, tangentRoot, fallbackRoot, metasmoothSubsets, metasmoothnessPpm, runtimeId } = outputOf(result);
  await sender.send(
    MsgCompleteTraining,
    {
      trainer: sender.address,
      jobId: job.id,
      adapterHash,
      configCid: await publish(blobs, result.adapterConfig),
      weightsCid: await publish(blobs, result.adapterWeights),
      tangentsCid: await publish(blobs, result.tangents),
      tangentRoot,
      runtimeId,
      finalLossMicroNats: result.finalLossMicroNats,
      fallbackCid: await publish(blobs, result.fallback?.vectors ?? new Uint8Array(0)),
      fallbackRoot,
      metasmoothSubsets,
      metasmoothnessPpm,
    },
    signal,
  );
  deps.log.info("training completed", { job: job.id, adapter: result.adapterId, metasmoothnessPpm });
}

/** Takes a job, to be trained with the sidecar's present runtime: that is what others must have to replay it. */
export async function claim(deps: JobDeps, job: TrainingJob, signal: AbortSignal): Promise<TrainingJob> {
  const { runtimeId } = await deps.sidecar.info(signal);
  await deps.sender.send(MsgClaimTraining, { trainer: deps.sender.address, jobId: job.id, runtimeId }, signal);
  return { ...job, runtimeId };
}

/**
 * Trains a job that is ours, from its last checkpoint on chain, to its end. Interrupted anywhere, it can be called
 * again: what is on chain is never submitted twice.
 *
 * @throws EdgeFailure "config" where the sidecar is not of the runtime that the job was claimed with.
 */
export async function trainJob(deps: JobDeps, models: Models, job: TrainingJob, signal: AbortSignal): Promise<void> {
  await checkOwnRuntime(deps.sidecar, job, signal);
  const handlers = { onCheckpoint: (c: TrainCheckpoint) => submit(deps, job, c, signal) };
  const result = await models.retrying(async () => deps.sidecar.train(await requestFor(deps, models, job, signal), handlers, signal));
  if (!result.complete) throw new EdgeFailure("malformed", "the sidecar stopped before the last step", { job: job.id });
  await complete(deps, job, result, signal);
}
