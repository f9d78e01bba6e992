import type { AdamOptions } from "../types.js";

/**
 * Adam with epsilon inside the root, and its derivative with respect to a contributor's weight (a *tangent*).
 * Arithmetic in float64, storage in float32. Powers of the betas come from repeated multiplication (attribution.md §7).
 */

/** Weights with their moments; for a tangent, the derivatives of the three. */
export interface Moments {
  readonly theta: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

export function zeroMoments(size: number): Moments {
  return { theta: new Float32Array(size), first: new Float32Array(size), second: new Float32Array(size) };
}

interface Rates {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 1 - beta^step. */
  readonly correction1: number;
  readonly correction2: number;
}

/** The constants of step `step` (the first is 1). */
export function ratesAt(options: AdamOptions, step: number): Rates {
  const beta1 = options.beta1Ppm / 1_000_000;
  const beta2 = options.beta2Ppm / 1_000_000;
  let power1 = 1;
  let power2 = 1;
  for (let i = 0; i < step; i++) {
    power1 *= beta1;
    power2 *= beta2;
  }
  return {
    rate: options.rateNano / 1_000_000_000,
    beta1,
    beta2,
    epsilon: options.epsilonPico / 1_000_000_000_000,
    correction1: 1 - power1,
    correction2: 1 - power2,
  };
}

/**
 * Moves a tangent through the step that `gradient` is about to make. `change` is the derivative of that gradient: the
 * contributor's own part plus the Hessian times the tangent. Call before `advance`, whose old moments it reads.
 */
export function advanceTangent(
  tangent: Moments,
  state: Moments,
  step: { readonly rates: Rates; readonly gradient: Float32Array; readonly change: Float32Array },
): void {
  const { rate, beta1, beta2, epsilon, correction1, correction2 } = step.rates;
  for (let i = 0; i < tangent.theta.length; i++) {
    const g = step.gradient[i] as number;
    const dg = step.change[i] as number;
    const m = (beta1 * (state.first[i] as number) + (1 - beta1) * g) / correction1;
    const v = (beta2 * (state.second[i] as number) + (1 - beta2) * g * g) / correction2;
    const dFirst = beta1 * (tangent.first[i] as number) + (1 - beta1) * dg;
    const dSecond = beta2 * (tangent.second[i] as number) + 2 * (1 - beta2) * g * dg;
    const root = Math.sqrt(v + epsilon);
    const slope = dFirst / correction1 / root - (m * (dSecond / correction2)) / (2 * root * root * root);
    tangent.first[i] = dFirst;
    tangent.second[i] = dSecond;
    tangent.theta[i] = (tangent.theta[i] as number) - rate * slope;
  }
}

export function advance(state: Moments, rates: Rates, gradient: Float32Array): void {
  const { rate, beta1, beta2, epsilon, correction1, correction2 } = rates;
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i] as number;
    const first = beta1 * (state.first[i] as number) + (1 - beta1) * g;
    const second = beta2 * (state.second[i] as number) + (1 - beta2) * g * g;
    state.first[i] = first;
    state.second[i] = second;
    state.theta[i] = (state.theta[i] as number) - (rate * (first / correction1)) / Math.sqrt(second / correction2 + epsilon);
  }
}
