/**
 * What attribution has to know of a model: a loss over numbered samples that can be differentiated. The language model with
 * an adapter is one (lora/samples.ts), a classifier is another; every method runs on both.
 */
export interface Trainable {
  /** Parameters. */
  readonly size: number;
  /** Loss terms of each sample: predicted tokens, or 1. A batch's loss is the sum over its samples divided by the sum of these. */
  readonly units: readonly number[];
  /** Of every sample on its own: `weights[i]` times its summed loss, and the gradient of that, in the order of `samples`. */
  perSample(theta: Float32Array, samples: readonly number[], weights: readonly number[]): SampleGradients;
  /** As `perSample`, with every label drawn from the model's own distribution: the Gauss-Newton curvature in expectation. */
  perSampleDrawn?(theta: Float32Array, samples: readonly number[], seed: bigint): readonly Float32Array[];
  /** The Hessian of the weighted sum at `theta`, times `direction`. */
  hessianTimes(direction: Float32Array, at: Point): Float32Array;
  /** The same of several directions, where that can be done side by side. */
  hessianTimesEach?(directions: readonly Float32Array[], at: Point): Promise<Float32Array[]>;
}

export interface SampleGradients {
  readonly losses: ArrayLike<number>;
  readonly gradients: readonly Float32Array[];
}

/** Where a Hessian is wanted. */
export interface Point {
  readonly theta: Float32Array;
  readonly samples: readonly number[];
  readonly weights: readonly number[];
  /** Of the weighted sum at `theta`, which the caller has already. */
  readonly gradient: Float32Array;
}

/** Samples of one call to the model: what a server can compute between two breaths. */
const CHUNK = 16;

/** Weighted gradients of samples, given to `take` one by one, with a pause after every few. Returns the summed loss. */
export async function eachGradient(
  model: Pick<Trainable, "perSample">,
  { theta, samples, weights }: Pick<Point, "theta" | "samples" | "weights">,
  take: (gradient: Float32Array, position: number) => void,
  pause: () => Promise<void>,
): Promise<number> {
  let loss = 0;
  for (let at = 0; at < samples.length; at += CHUNK) {
    const part = model.perSample(theta, samples.slice(at, at + CHUNK), weights.slice(at, at + CHUNK));
    part.gradients.forEach((gradient, i) => {
      loss += part.losses[i] as number;
      take(gradient, at + i);
    });
    await pause();
  }
  return loss;
}

/** Adds `scale * b` to `a`. */
export function addScaled(a: Float64Array | Float32Array, b: ArrayLike<number>, scale = 1): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) + scale * (b[i] as number);
}

export function innerProduct(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/**
 * Step of the one-sided difference, relative to the norm of the parameters. A third of what attribution.md §8.1 has: forward and
 * reverse then correlate at 0.99999 on the shipped model instead of 0.9999, and the noise of float32 is not felt yet.
 */
const DIFFERENCE = 1e-3;

/**
 * Hessian times `direction` by a one-sided difference of gradients, for models without second derivatives; zero for a zero
 * direction. `gradientAt` must round as `at.gradient` was rounded, or the noise is divided by the step.
 */
export function differenceTimes(direction: Float32Array, at: Point, gradientAt: (theta: Float32Array) => ArrayLike<number>): Float32Array {
  const { theta, gradient } = at;
  const out = new Float32Array(theta.length);
  const length = Math.sqrt(innerProduct(direction, direction));
  if (length === 0) return out;
  const h = (DIFFERENCE * Math.sqrt(innerProduct(theta, theta))) / length;
  const moved = new Float32Array(theta.length);
  for (let i = 0; i < moved.length; i++) moved[i] = (theta[i] as number) + h * (direction[i] as number);
  const there = gradientAt(moved);
  for (let i = 0; i < out.length; i++) out[i] = ((there[i] as number) - (gradient[i] as number)) / h;
  return out;
}
