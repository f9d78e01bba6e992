import type { Point, Trainable } from "../attribution/trainable.js";
import { exp } from "../ops/arithmetic.js";
import { Xoshiro } from "../random/xoshiro.js";

export interface Example {
  readonly features: readonly number[];
  readonly label: number;
}

/** Softmax regression with its exact Hessian: the smallest model that attribution can be checked on. */
export function regression(examples: readonly Example[], classes: number): Trainable {
  const width = examples[0]?.features.length ?? 0;
  const at = (n: number): Example => examples[n] ?? { features: [], label: 0 };
  const outer = (x: readonly number[], slopes: readonly number[]): Float32Array =>
    Float32Array.from({ length: width * classes }, (_, i) => (x[Math.floor(i / classes)] ?? 0) * (slopes[i % classes] ?? 0));
  const gradientOf = (theta: Float32Array, n: number, label: number, weight: number): Float32Array =>
    outer(at(n).features, probabilities(theta, at(n).features, classes).map((p, k) => weight * (p - (k === label ? 1 : 0))));
  return {
    size: width * classes,
    units: examples.map(() => 1),
    perSample: (theta, samples, weights) => ({
      losses: samples.map((n, i) => (weights[i] ?? 0) * lossOf(theta, at(n), classes)),
      gradients: samples.map((n, i) => gradientOf(theta, n, at(n).label, weights[i] ?? 0)),
    }),
    perSampleDrawn: (theta, samples, seed) => {
      const random = new Xoshiro(seed);
      return samples.map((n) => {
        let left = random.next() / 0x100000000;
        const label = probabilities(theta, at(n).features, classes).findIndex((p) => (left -= p) < 0);
        return gradientOf(theta, n, label < 0 ? classes - 1 : label, 1);
      });
    },
    hessianTimes: (direction, { theta, samples, weights }: Point) => {
      const sum = new Float64Array(width * classes);
      samples.forEach((n, i) => {
        const { features } = at(n);
        const p = probabilities(theta, features, classes);
        const change = scoresOf(direction, features, classes);
        const mean = p.reduce((s, x, k) => s + x * (change[k] ?? 0), 0);
        const slopes = p.map((x, k) => (weights[i] ?? 0) * x * ((change[k] ?? 0) - mean));
        outer(features, slopes).forEach((x, j) => (sum[j] = (sum[j] ?? 0) + x));
      });
      return Float32Array.from(sum);
    },
  };
}

function scoresOf(theta: Float32Array, features: readonly number[], classes: number): number[] {
  return Array.from({ length: classes }, (_, k) => features.reduce((sum, x, i) => sum + x * (theta[i * classes + k] ?? 0), 0));
}

function probabilities(theta: Float32Array, features: readonly number[], classes: number): number[] {
  const scores = scoresOf(theta, features, classes);
  const top = Math.max(...scores);
  const raised = scores.map((s) => exp(s - top));
  const total = raised.reduce((a, b) => a + b, 0);
  return raised.map((r) => r / total);
}

export function lossOf(theta: Float32Array, { features, label }: Example, classes: number): number {
  return -Math.log(probabilities(theta, features, classes)[label] ?? 1);
}

/** Points around one centre per class, `noise` away on average along each axis. */
export function clouds(count: number, options: { readonly classes: number; readonly width: number; readonly seed: bigint }): Example[] {
  const random = new Xoshiro(options.seed);
  const centres = Array.from({ length: options.classes }, () => Array.from({ length: options.width }, () => random.normal()));
  return Array.from({ length: count }, (_, i) => {
    const label = i % options.classes;
    return { label, features: (centres[label] ?? []).map((x) => x + 1.5 * random.normal()) };
  });
}
