import {
  MsgClaimTraining,
  MsgCompleteTraining,
  MsgSubmitCheckpoint,
  QueryCheckpointsRequest,
  QueryCheckpointsResponse,
  QueryService,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Checkpoint, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainCheckpoint, TrainRequest, TrainResult } from "../../proto/gen/openledger/sidecar/v1.js";
import type { Blobs } from "../blobs/types.js";
import { EdgeFailure } from "../errors.js";
import type { SidecarClient } from "../sidecar-client/types.js";
import { readBlob, readDatasets } from "../tasks/index.js";
import type { Models, StateReader } from "../tasks/index.js";
import type { Logger } from "../telemetry/log.js";
import type { TxSender } from "./tx-sender.js";

export interface JobDeps {
  readonly state: StateReader;
  readonly blobs: Blobs;
  readonly sidecar: SidecarClient;
  readonly sender: TxSender;
  readonly log: Logger;
}

async function lastCheckpoint(state: StateReader, jobId: bigint): Promise<Checkpoint | undefined> {
  const codecs = { request: QueryCheckpointsRequest, response: QueryCheckpointsResponse };
  const pagination = { key: new Uint8Array(0), offset: 0n, limit: 1n, countTotal: false, reverse: true };
  const page = await state.query(`/${QueryService.typeName}/Checkpoints`, codecs, { jobId, pagination });
  return page.checkpoints[0];
}

async function store(blobs: Blobs, bytes: Uint8Array): Promise<string> {
  const { cid } = await blobs.put(bytes);
  await blobs.pin(cid);
  return cid;
}

/** What the sidecar needs, from the chain and the blob store alone: anyone can build the same request. */
async function requestFor(deps: JobDeps, models: Models, job: TrainingJob, signal: AbortSignal): Promise<TrainRequest> {
  const { hyperparameters: h } = job;
  const baseId = await models.base(job.baseModelId, signal);
  const rows = await readDatasets(deps, job.datasets, signal);
  const last = await lastCheckpoint(deps.state, job.id);
  const resumeFrom = last === undefined ? new Uint8Array(0) : await readBlob(deps.blobs, last.stateCid, signal);
  return {
    baseId,
    rows,
    rank: h.rank,
    alpha: h.alpha,
    targets: h.targets,
    rateNano: h.rateNano,
    beta1Ppm: h.beta1Ppm,
    beta2Ppm: h.beta2Ppm,
    epsilonPico: h.epsilonPico,
    batchSize: h.batchSize,
    steps: h.steps,
    sequenceLength: h.sequenceLength,
    seed: h.seed,
    checkpointEvery: h.checkpointEvery,
    tangents: true,
    resumeFrom,
    stopAfter: 0,
    maxTangents: h.maxTangents,
    metasmoothSubsets: job.metasmoothSubsets,
    parentState: new Uint8Array(0),
    parentContributors: [],
  };
}

async function submit(deps: JobDeps, job: TrainingJob, c: TrainCheckpoint, signal: AbortSignal): Promise<void> {
  const stateCid = await store(deps.blobs, c.state);
  const { step, lossMicroNats, dataCursor, stateHash } = c;
  const message = { trainer: deps.sender.address, jobId: job.id, step, lossMicroNats, dataCursor, stateHash, stateCid, stepRoot: new Uint8Array(0), stepsCid: "" };
  await deps.sender.send(MsgSubmitCheckpoint, message, signal);
  deps.log.info("checkpoint on chain", { job: job.id, step, lossMicroNats });
}

async function complete(deps: JobDeps, job: TrainingJob, result: TrainResult, signal: AbortSignal): Promise<void> {
  const { blobs, sender } = deps;
  await sender.send(
    MsgCompleteTraining,
    {
      trainer: sender.address,
      jobId: job.id,
      adapterHash: result.adapterId,
      configCid: await store(blobs, result.adapterConfig),
      weightsCid: await store(blobs, result.adapterWeights),
      tangentsCid: await store(blobs, result.tangents),
      tangentRoot: result.tangentRoot,
      runtimeId: result.runtimeId,
      finalLossMicroNats: result.finalLossMicroNats,
      fallbackCid: "",
      fallbackRoot: new Uint8Array(0),
      metasmoothSubsets: 0,
      metasmoothnessPpm: 0,
    },
    signal,
  );
  deps.log.info("training completed", { job: job.id, adapter: result.adapterId });
}

export async function claim(deps: JobDeps, job: TrainingJob, signal: AbortSignal): Promise<void> {
  await deps.sender.send(MsgClaimTraining, { trainer: deps.sender.address, jobId: job.id }, signal);
}

/**
 * Trains a job that is ours, from its last checkpoint on chain, to its end. Interrupted anywhere, it can be called
 * again: what is on chain is never submitted twice.
 */
export async function trainJob(deps: JobDeps, models: Models, job: TrainingJob, signal: AbortSignal): Promise<void> {
  const request = await models.retrying(() => requestFor(deps, models, job, signal));
  const handlers = { onCheckpoint: (c: TrainCheckpoint) => submit(deps, job, c, signal) };
  const result = await models.retrying(() => deps.sidecar.train(request, handlers, signal));
  if (!result.complete) throw new EdgeFailure("malformed", "the sidecar stopped before the last step", { job: job.id });
  await complete(deps, job, result, signal);
}
