import { TrainingOutput } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { StepRecord } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainProgress, TrainRequest, TrainResult, TrainStarted } from "../../proto/gen/openledger/sidecar/v1.js";
import { EdgeFailure } from "../errors.js";
import type { SidecarClient } from "../sidecar-client/types.js";
import { filesOf } from "./result-files.js";
import type { ResultFiles } from "./result-files.js";

/** Which part of a job to run again. */
export interface Stretch {
  /** State to start from; empty for the beginning. */
  readonly resumeFrom: Uint8Array;
  /** Last step. */
  readonly to: number;
  /** Also derive adapter, vectors and metasmoothness: only at the job's last step. */
  readonly result: boolean;
}

export interface StretchRun {
  readonly started: TrainStarted;
  /** One for each step that was run. */
  readonly steps: readonly StepRecord[];
  /** The state after the last step; the one given where no step was run. */
  readonly state: Uint8Array;
  readonly output: TrainingOutput | undefined;
  /** Names of the files that go with the output. */
  readonly files: ResultFiles | undefined;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: TrainProgress) => void;
}

export function outputOf(result: TrainResult): TrainingOutput {
  return TrainingOutput.create({
    adapterHash: result.adapterId,
    tangentRoot: result.tangentRoot,
    fallbackRoot: result.fallback?.root ?? new Uint8Array(0),
    metasmoothSubsets: result.metasmoothness?.subsets ?? 0,
    metasmoothnessPpm: result.metasmoothness?.spearmanPpm ?? 0,
    runtimeId: result.runtimeId,
  });
}

/** Runs a stretch of a job. @throws EdgeFailure of the sidecar; "malformed" when its stream lacks what it must hold. */
export async function runStretch(sidecar: SidecarClient, job: TrainRequest, stretch: Stretch, options: RunOptions): Promise<StretchRun> {
  const begun: TrainStarted[] = [];
  let state = stretch.resumeFrom;
  const steps: StepRecord[] = [];
  // One checkpoint, at the end: how often a run reports changes none of its states.
  const request: TrainRequest = {
    ...job,
    resumeFrom: stretch.resumeFrom,
    stopAfter: stretch.to,
    checkpointEvery: job.steps,
    statesOnly: !stretch.result,
  };
  const handlers = {
    onStarted: (event: TrainStarted) => void begun.push(event),
    onCheckpoint: (checkpoint: { readonly steps: readonly StepRecord[]; readonly state: Uint8Array }) => {
      steps.push(...checkpoint.steps);
      state = checkpoint.state;
      return Promise.resolve();
    },
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  };
  const result = await sidecar.train(request, handlers, options.signal);
  const [first] = begun;
  if (first === undefined) throw new EdgeFailure("malformed", "the sidecar did not say where it started");
  if (steps.length !== stretch.to - first.step) throw new EdgeFailure("malformed", "the sidecar left out steps", { got: steps.length });
  if (stretch.result && !result.complete) throw new EdgeFailure("malformed", "the sidecar stopped before the last step");
  const derived = stretch.result ? { output: outputOf(result), files: await filesOf(result) } : { output: undefined, files: undefined };
  return { started: first, steps, state, ...derived };
}
