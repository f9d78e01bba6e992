import { encodeVectors, vectorsRoot } from "../attribution/vectors.js";
import type { InfluenceVectors } from "../attribution/vectors.js";
import { SidecarError } from "../errors.js";
import { decodeParent, decodeState, encodeState, jobHash, stateRoot } from "../lora/checkpoint.js";
import type { SavedState, TrainState } from "../lora/checkpoint.js";
import { collectData } from "../lora/data.js";
import type { TrainingData } from "../lora/data.js";
import { finishTraining } from "../lora/finish.js";
import { startHelpers } from "../lora/helpers.js";
import type { Helpers } from "../lora/helpers.js";
import { adapterIdOf } from "../lora/peft.js";
import { contributorsOf, initialState, trainStep } from "../lora/trainer.js";
import type { Parent } from "../lora/trainer.js";
import { checkJob, checkStateSize } from "../request.js";
import type { MethodVectors, StepRecord, TrainJob, TrainResult, TrainWatch } from "../types.js";
import type { Adaptation } from "./architecture.js";
import { microNats } from "./loss.js";
import type { Residents } from "./residents.js";

/** A run of a job: its data and name, and the state it is in. */
interface Run {
  readonly job: TrainJob;
  readonly learner: Adaptation;
  readonly helpers: Helpers | undefined;
  readonly data: TrainingData;
  readonly name: Uint8Array;
  readonly parent: Parent | undefined;
  readonly parentRoot: Uint8Array;
  readonly state: TrainState;
  lossMicroNats: number;
}

const NO_BYTES = new Uint8Array(0);
/** Gradients between two signs of life while a run is finished. */
const BEAT_EVERY = 64;

function begin(residents: Residents, job: TrainJob): Run {
  const base = residents.base(job.baseId);
  checkJob(job, base.info.context);
  const data = collectData(job.rows, (row) => base.model.sequences(row, job.sequenceLength));
  const learner = base.model.learner(job.lora);
  checkStateSize(job, learner.size, contributorsOf(data, job).length);
  const before = job.parentState === undefined ? undefined : decodeParent(job.parentState, learner.size);
  const parent = before === undefined ? undefined : { state: before.state, contributors: job.parentContributors ?? [] };
  const name = jobHash(job, before?.root);
  const first = initialState(learner, data, job, parent);
  const sizes = { size: learner.size, tangents: first.tangents.length };
  const saved: SavedState =
    job.resumeFrom === undefined ? { state: first, lossMicroNats: 0 } : decodeState(job.resumeFrom, name, sizes);
  const helpers = helpersOf(residents, job);
  const helped = helpers === undefined ? learner : base.model.learner(job.lora, helpers);
  return { job, learner: helped, helpers, data, name, parent, parentRoot: before?.root ?? NO_BYTES, ...saved };
}

/** Threads for the tangents of a job; more than a step has tangents would wait. */
function helpersOf(residents: Residents, job: TrainJob): Helpers | undefined {
  const { files } = residents.base(job.baseId);
  if (files === undefined || !job.tangents) return undefined;
  const count = Math.min(residents.helpers, new Set(job.rows.map((r) => r.contributor)).size);
  return startHelpers(count, { files, lora: job.lora });
}

function recordOf(run: Run): StepRecord {
  const { step, cursor } = run.state;
  return { step, lossMicroNats: run.lossMicroNats, dataCursor: cursor, stateRoot: stateRoot(run.name, run) };
}

/**
 * Runs a job, or a segment of it, from its beginning or from a state of its own. At the last step already, nothing is
 * trained and the result is derived again, which is what a dispute about the result asks for.
 */
export async function train(
  residents: Residents,
  job: TrainJob,
  watch: TrainWatch & { readonly signal?: AbortSignal | undefined },
): Promise<TrainResult> {
  const run = begin(residents, job);
  try {
    return await carryOut(residents, run, watch);
  } finally {
    await run.helpers?.close();
  }
}

async function carryOut(
  residents: Residents,
  run: Run,
  watch: TrainWatch & { readonly signal?: AbortSignal | undefined },
): Promise<TrainResult> {
  const { job, state, data, learner } = run;
  const last = job.stopAfter ?? job.steps;
  if (state.step > last) throw SidecarError.InvalidRequest("the checkpoint is beyond the last step asked for");
  const pause = (): Promise<void> => residents.pause(watch.signal);
  let record = recordOf(run);
  watch.onStarted?.({ step: record.step, stateRoot: record.stateRoot, dataCursor: record.dataCursor, parentRoot: run.parentRoot });
  let steps: StepRecord[] = [];
  while (state.step < last) {
    run.lossMicroNats = microNats(await trainStep(learner, data, state, { recipe: job, pause }));
    record = recordOf(run);
    steps.push(record);
    const { step, lossMicroNats, dataCursor, stateRoot: stateHash } = record;
    watch.onProgress?.({ step, steps: job.steps, lossMicroNats });
    if (step % job.checkpointEvery !== 0 && step !== last) continue;
    await watch.onCheckpoint?.({ step, lossMicroNats, dataCursor, stateHash, state: encodeState(run.name, run), steps });
    steps = [];
  }
  const beat = heartbeat(() => watch.onProgress?.({ step: state.step, steps: job.steps, lossMicroNats: run.lossMicroNats }));
  return resultOf(residents, run, { record, pause: () => pause().then(beat) });
}

/** Finishing may take as long as several trainings: now and then the caller hears that it goes on. */
function heartbeat(tell: () => void): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count % BEAT_EVERY === 0) tell();
  };
}

interface End {
  readonly record: StepRecord;
  readonly pause: () => Promise<void>;
}

async function resultOf({ runtimeId }: Residents, run: Run, { record, pause }: End): Promise<TrainResult> {
  const { job, learner, data, state } = run;
  const adapter = learner.encode(state.adapter.theta);
  const adapterId = adapterIdOf(adapter);
  const complete = state.step === job.steps;
  const isWanted = job.tangents && complete && job.statesOnly !== true;
  const finished = isWanted ? await finishTraining({ ...run, adapterId }, pause) : undefined;
  const tangents = finished === undefined ? undefined : methodVectors(finished.vectors);
  return {
    complete,
    runtimeId,
    adapterId,
    adapter,
    tangents: tangents?.vectors ?? NO_BYTES,
    tangentRoot: tangents?.root ?? NO_BYTES,
    stateHash: record.stateRoot,
    finalLossMicroNats: record.lossMicroNats,
    steps: state.step,
    sequences: data.sequences.length,
    tokens: BigInt(data.tokens),
    ...(finished && { fallback: methodVectors(finished.fallback) }),
    ...(finished?.metasmoothness && { metasmoothness: finished.metasmoothness }),
  };
}

function methodVectors(vectors: InfluenceVectors): MethodVectors {
  return { method: vectors.method, vectors: encodeVectors(vectors), root: vectorsRoot(vectors) };
}
