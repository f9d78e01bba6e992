import { Xoshiro } from "../random/xoshiro.js";
import { spearmanPpm } from "./spearman.js";
import { innerProduct } from "./trainable.js";

/**
 * Whether tangents predict what retraining does (attribution.md §8.1, docs/adr/0073): a few retrainings without some of the
 * groups, and how the losses of a few training samples change, predicted and found.
 */
export interface ProbeGradient {
  /** At the parameters of the whole run. */
  readonly loss: number;
  readonly gradient: Float32Array;
}

export interface Retrained {
  /** Derivative of the parameters by the weight of what was left out. */
  readonly tangent: Float32Array;
  /** Of each probe, at the parameters of the retraining. */
  readonly losses: readonly number[];
}

/** Probes at most. */
const MAX_PROBES = 32;
/** One group in four is left out, at least one. */
const DROPPED_SHARE = 4;

/** Separates these draws from those of weights and data order, which start at the seed itself. */
const DRAW = 0x6d65_7461_736d_6f6fn;

/** Consecutive windows of one seeded permutation: no two subsets are equal while there are windows left. */
export function droppedGroups(groups: number, subsets: number, seed: bigint): number[][] {
  const order = new Xoshiro(seed ^ DRAW).permutation(groups);
  const width = Math.max(1, Math.floor(groups / DROPPED_SHARE));
  return Array.from({ length: subsets }, (_, s) => {
    const window = Array.from({ length: width }, (_unused, i) => order[(s * width + i) % groups] as number);
    return window.sort((a, b) => a - b);
  });
}

/** Training samples, ascending. */
export function probeSamples(samples: number, seed: bigint): number[] {
  const order = new Xoshiro(BigInt.asUintN(64, (seed ^ DRAW) + 1n)).permutation(samples);
  return [...order.slice(0, MAX_PROBES)].sort((a, b) => a - b);
}

/** Over all pairs of a retraining and a probe, in ppm. */
export function predictionSpearman(probes: readonly ProbeGradient[], retrained: readonly Retrained[]): number {
  const predicted: number[] = [];
  const found: number[] = [];
  for (const { tangent, losses } of retrained) {
    probes.forEach(({ loss, gradient }, i) => {
      predicted.push(-innerProduct(gradient, tangent));
      found.push((losses[i] ?? 0) - loss);
    });
  }
  return spearmanPpm(predicted, found);
}
