import type { ReplayTask, TrainingJob } from "../../../proto/gen/openledger/modelfactory/v1.js";

/** What the time that a piece of a job takes depends on. */
export type Workload = Pick<TrainingJob, "hyperparameters" | "metasmoothSubsets" | "parentAdapterId">;

/** Trainings per subset of the metasmoothness check: retrained once, and with a parent tangents twice more (docs/adr/0073). */
const WITH_PARENT = 3;

const segments = ({ steps, checkpointEvery }: TrainingJob["hyperparameters"]): number =>
  Number((BigInt(steps) + BigInt(checkpointEvery) - 1n) / BigInt(checkpointEvery));

/** Blocks at most, whatever the params: they have to fit 32 bits. */
const MOST = 1_000_000_000;

/**
 * Blocks in which a trainer has to show the next checkpoint, or after the last one the result: who retrains subsets gets for each
 * as much time as the training had.
 */
export function progressTime({ hyperparameters: h, metasmoothSubsets, parentAdapterId }: Workload, lastStep: number, period: number): number {
  if (lastStep < h.steps) return period;
  const trainings = metasmoothSubsets * (parentAdapterId === 0n ? 1 : WITH_PARENT);
  return Math.min(period * (1 + trainings * segments(h)), MOST);
}

/** Blocks in which validators run a stretch again: as much as its trainer had. Nothing where they only look at a state. */
export function replayTime(job: Workload, { from, to, result }: Pick<ReplayTask, "from" | "to" | "result">, period: number): number {
  if (result) return progressTime(job, to, period);
  const every = BigInt(job.hyperparameters.checkpointEvery);
  const blocks = (BigInt(period) * BigInt(to - from) + every - 1n) / every;
  return Math.min(Number(blocks), MOST);
}
