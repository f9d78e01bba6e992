import { parseStateHead, stateRootOf } from "../../modules/modelfactory/rules/train-state.js";
import type { Checkpoint, Runtime, StepRecord, TrainJob, TrainResult, TrainWatch } from "../../sidecar/types.js";

/** Where a trainer lies, and how: the state after this step is not the one that training gives. */
export interface Tampering {
  readonly step: number;
  readonly change: (state: Uint8Array) => Uint8Array;
}

/** A checkpoint whose last state is another, and whose last record says so. */
function forge(checkpoint: Checkpoint, change: Tampering["change"]): Checkpoint {
  const state = change(checkpoint.state);
  const stateHash = stateRootOf(state) ?? checkpoint.stateHash;
  const steps = checkpoint.steps.map((s) => (s.step === checkpoint.step ? { ...s, stateRoot: stateHash } : s));
  return { ...checkpoint, state, stateHash, steps };
}

function firstStep(job: TrainJob): number {
  return job.resumeFrom === undefined ? 0 : (parseStateHead(job.resumeFrom)?.step ?? 0);
}

/**
 * A runtime that trains honestly but for one step, and goes on from the altered state, so that each of its records follows
 * from the one before except one: what a dispute must find.
 */
export function tamperingRuntime(honest: Runtime, { step, change }: Tampering): Runtime {
  const train = async (job: TrainJob, watch: TrainWatch, signal?: AbortSignal): Promise<TrainResult> => {
    const last = job.stopAfter ?? job.steps;
    if (firstStep(job) >= step || last < step) return honest.train(job, watch, signal);
    let carried: readonly StepRecord[] = [];
    let state: Uint8Array = new Uint8Array(0);
    const before: TrainWatch = {
      ...watch,
      onCheckpoint: async (checkpoint) => {
        if (checkpoint.step !== step) return watch.onCheckpoint?.(checkpoint);
        const forged = forge(checkpoint, change);
        state = forged.state;
        if (step % job.checkpointEvery === 0 || step === last) await watch.onCheckpoint?.(forged);
        else carried = forged.steps;
      },
    };
    await honest.train({ ...job, stopAfter: step }, before, signal);
    const after: TrainWatch = {
      onCheckpoint: async (checkpoint) => {
        const steps = [...carried, ...checkpoint.steps];
        carried = [];
        await watch.onCheckpoint?.({ ...checkpoint, steps });
      },
      ...(watch.onProgress === undefined ? {} : { onProgress: watch.onProgress }),
    };
    return honest.train({ ...job, resumeFrom: state }, after, signal);
  };
  return { ...honest, train };
}

/** Adds to one float32 of a state, counted from its end: what a lie costs one line. */
export function nudge(fromEnd: number, by: number): Tampering["change"] {
  return (state) => {
    const out = Uint8Array.from(state);
    const view = new DataView(out.buffer);
    const at = out.length - 4 * (1 + fromEnd);
    view.setFloat32(at, view.getFloat32(at, true) + by, true);
    return out;
  };
}
