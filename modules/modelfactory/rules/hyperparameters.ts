import type { LoraHyperparameters } from "../../../proto/gen/openledger/modelfactory/v1.js";

/** What a job may ask for at most; a subset of the module's params. */
export interface TrainingLimits {
  readonly maxSteps: number;
  readonly maxRank: number;
  readonly maxBatchSize: number;
  readonly maxSequenceLength: number;
  readonly maxTangents: number;
  readonly maxSegmentSteps: number;
}

/** Adapter targets in their only order; whether the base model has a gate is the trainer's to say. */
const TARGETS = ["q", "k", "v", "o", "gate", "up", "down"];

/** Checkpoints of one job at most: each is a transaction and a blob. */
export const MAX_CHECKPOINTS = 256;

/** Adam's epsilon inside the root: below 10^-7 training is not smooth in its data, and attribution fails (attribution.md §8.1). */
const EPSILON_PICO = { min: 100_000n, max: 1_000_000_000_000n };

function isOrdered(targets: readonly string[]): boolean {
  const places = targets.map((target) => TARGETS.indexOf(target));
  return places.every((place, i) => place >= 0 && (i === 0 || place > (places[i - 1] ?? 0)));
}

function within(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

/** The first thing that is wrong with them, as a sentence; undefined when they are fine. */
export function hyperparameterProblem(h: LoraHyperparameters, limits: TrainingLimits): string | undefined {
  const rules: readonly (readonly [ok: boolean, problem: string])[] = [
    [within(h.rank, 1, limits.maxRank), `rank must be 1 to ${limits.maxRank}`],
    [within(h.alpha, 1, 1_024), "alpha must be 1 to 1024"],
    [h.targets.length > 0 && isOrdered(h.targets), "targets must be some of q, k, v, o, gate, up, down, in that order"],
    [h.rateNano >= 1n && h.rateNano <= 100_000_000n, "learning rate must be 1e-9 to 0.1"],
    [within(h.beta1Ppm, 0, 999_999), "beta1 must be below 1"],
    [within(h.beta2Ppm, 1, 999_999), "beta2 must be above 0 and below 1"],
    [h.epsilonPico >= EPSILON_PICO.min && h.epsilonPico <= EPSILON_PICO.max, "epsilon must be 1e-7 to 1"],
    [within(h.batchSize, 1, limits.maxBatchSize), `batch size must be 1 to ${limits.maxBatchSize}`],
    [within(h.steps, 1, limits.maxSteps), `steps must be 1 to ${limits.maxSteps}`],
    [within(h.sequenceLength, 8, limits.maxSequenceLength), `sequence length must be 8 to ${limits.maxSequenceLength}`],
    [within(h.checkpointEvery, 1, Math.max(h.steps, 1)), "checkpoints must come every 1 to all steps"],
    [h.checkpointEvery <= limits.maxSegmentSteps, `checkpoints must come every ${limits.maxSegmentSteps} steps at least`],
    [h.maxTangents <= limits.maxTangents, `at most ${limits.maxTangents} tangents`],
    [h.checkpointEvery * MAX_CHECKPOINTS >= h.steps, `at most ${MAX_CHECKPOINTS} checkpoints`],
  ];
  return rules.find(([ok]) => !ok)?.[1];
}

/** The step that the next checkpoint is due at: the next multiple, or the last step; undefined when all are in. */
export function nextCheckpoint(h: LoraHyperparameters, lastStep: number): number | undefined {
  return lastStep >= h.steps ? undefined : Math.min(lastStep + h.checkpointEvery, h.steps);
}
