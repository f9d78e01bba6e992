import { SidecarError } from "../errors.js";
import { Xoshiro } from "../random/xoshiro.js";
import { DAMPING, dampedCurvature } from "./curvature.js";
import { addScaled, eachGradient } from "./trainable.js";
import type { Trainable } from "./trainable.js";

/**
 * Influence at the final parameters (attribution.md §1.6): what a contributor's weight does to them if training had come to
 * rest, -(F + lambda I)^-1 times the contributor's summed gradient. F is the empirical Fisher matrix for `ef-v1` and the
 * Gauss-Newton matrix, from labels drawn from the model's own distribution, for `gn-v1`. No memory of the run is needed.
 */
export type CurvatureMethod = "ef-v1" | "gn-v1";

export interface InfluenceInput {
  readonly theta: Float32Array;
  /** Position of the vector that a sample counts for, by sample number; none where negative. */
  readonly owners: ArrayLike<number>;
  /** Number of vectors wanted. */
  readonly count: number;
  /** Which samples stand for the curvature, and what labels are drawn. */
  readonly seed: bigint;
  /** Relative to the mean eigenvalue; the constant of consensus by default. */
  readonly damping?: number;
}

/** Samples that stand for the curvature at most, and numbers that their gradients may take. */
const MAX_CURVATURE = 512;
const MAX_CURVATURE_NUMBERS = 1 << 24;
/** Labels drawn per sample for `gn-v1`. */
const DRAWS = 2;
/** Numbers that the vectors of all owners may take, as float64: 1 GiB. */
const MAX_VECTOR_NUMBERS = 1 << 27;

/**
 * The samples that stand for the curvature: all, or the first of a permutation drawn from the seed, as many as fit; ascending.
 * Half as many where each gives two vectors.
 */
export function curvatureSamples(samples: number, size: number, seed: bigint, vectorsEach = 1): number[] {
  const fit = Math.max(1, Math.floor(Math.min(MAX_CURVATURE, MAX_CURVATURE_NUMBERS / size) / vectorsEach));
  if (samples <= fit) return Array.from({ length: samples }, (_, i) => i);
  return [...new Xoshiro(seed).permutation(samples).slice(0, fit)].sort((a, b) => a - b);
}

/**
 * One vector per owner; their dot product with the gradient of a query predicts how its loss changes with the owner's weight.
 * @throws Reject sidecar/2 when the vectors would not fit, sidecar/12 when something is not finite.
 */
export async function influenceVectors(
  model: Trainable,
  method: CurvatureMethod,
  input: InfluenceInput,
  pause: () => Promise<void>,
): Promise<Float32Array[]> {
  if (input.count * model.size > MAX_VECTOR_NUMBERS) throw SidecarError.InvalidRequest("too many contributors for an adapter of this size");
  const sums = await ownerGradients(model, input, pause);
  const vectors = method === "ef-v1" ? await empirical(model, input, pause) : await drawn(model, input, pause);
  const curvature = await dampedCurvature(vectors, pause, input.damping ?? DAMPING);
  const out: Float32Array[] = [];
  for (const sum of sums) {
    out.push(sum.some((x) => x !== 0) ? Float32Array.from(curvature.solve(sum), (x) => -x) : new Float32Array(model.size));
    await pause();
  }
  return out;
}

/** Loss terms of a sample on average: makes gradients those of a mean loss per sample. */
function meanUnits(model: Trainable): number {
  return model.units.reduce((sum, u) => sum + u, 0) / model.units.length;
}

/** Each owner's part of the gradient of the mean loss. */
async function ownerGradients(model: Trainable, { theta, owners, count }: InfluenceInput, pause: () => Promise<void>): Promise<Float64Array[]> {
  const sums = Array.from({ length: count }, () => new Float64Array(model.size));
  const samples = model.units.map((_, i) => i).filter((i) => (owners[i] ?? -1) >= 0);
  const weight = 1 / meanUnits(model) / model.units.length;
  const weights = samples.map(() => weight);
  const take = (gradient: Float32Array, i: number): void => {
    const sum = sums[owners[samples[i] ?? 0] ?? -1];
    if (sum !== undefined) addScaled(sum, gradient);
  };
  await eachGradient(model, { theta, samples, weights }, take, pause);
  return sums;
}

async function empirical(model: Trainable, { theta, seed }: InfluenceInput, pause: () => Promise<void>): Promise<Float32Array[]> {
  const samples = curvatureSamples(model.units.length, model.size, seed);
  const weight = 1 / meanUnits(model);
  const out: Float32Array[] = [];
  await eachGradient(model, { theta, samples, weights: samples.map(() => weight) }, (gradient) => out.push(gradient), pause);
  return out;
}

/** Label draws of each sample; the scale is that of `empirical`. */
async function drawn(model: Trainable, { theta, seed }: InfluenceInput, pause: () => Promise<void>): Promise<Float32Array[]> {
  if (model.perSampleDrawn === undefined) throw SidecarError.InvalidRequest("gn-v1 needs a model that draws labels");
  const samples = curvatureSamples(model.units.length, model.size, seed, DRAWS);
  const weight = 1 / meanUnits(model);
  const out: Float32Array[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    for (const sample of samples) {
      const own = BigInt.asUintN(64, seed + BigInt(1 + draw * model.units.length + sample));
      const [gradient] = model.perSampleDrawn(theta, [sample], own);
      if (gradient !== undefined) out.push(gradient.map((x) => x * weight));
      await pause();
    }
  }
  return out;
}
