import { advance, advanceTangent, ratesAt } from "../lora/adam.js";
import type { Moments } from "../lora/adam.js";
import type { AdamOptions } from "../types.js";

/** A training step as methods need it: done, differentiated forwards (tangents) and backwards (replay). */
export interface StepRule {
  advance(state: Moments, gradient: Float32Array): void;
  /** `state` is the one before the step; `change` the derivative of `gradient`. */
  advanceTangent(tangent: Moments, state: Moments, gradient: Float32Array, change: Float32Array): void;
  /**
   * Takes the adjoint of the state after the step to that before it, but for the part that goes through the gradient, of
   * which it returns the adjoint.
   */
  retreat(adjoint: Adjoint, state: Moments, gradient: Float32Array): Float32Array;
}

/** The first step is 1. */
export type Optimizer = (step: number) => StepRule;

/** Derivatives of one number with respect to a state. */
export interface Adjoint {
  readonly theta: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

export function adam(options: AdamOptions): Optimizer {
  return (step) => {
    const rates = ratesAt(options, step);
    return {
      advance: (state, gradient) => {
        advance(state, rates, gradient);
      },
      advanceTangent: (tangent, state, gradient, change) => {
        advanceTangent(tangent, state, { rates, gradient, change });
      },
      retreat: (adjoint, state, gradient) => retreatAdam(adjoint, state, { rates, gradient }),
    };
  };
}

/** The transpose of `advanceTangent`, line by line. */
function retreatAdam(
  adjoint: Adjoint,
  state: Moments,
  { rates, gradient }: { readonly rates: ReturnType<typeof ratesAt>; readonly gradient: Float32Array },
): Float32Array {
  const { rate, beta1, beta2, epsilon, correction1, correction2 } = rates;
  const out = new Float32Array(gradient.length);
  for (let i = 0; i < out.length; i++) {
    const g = gradient[i] as number;
    const m = (beta1 * (state.first[i] as number) + (1 - beta1) * g) / correction1;
    const v = (beta2 * (state.second[i] as number) + (1 - beta2) * g * g) / correction2;
    const root = Math.sqrt(v + epsilon);
    const slope = rate * (adjoint.theta[i] as number);
    const first = (adjoint.first[i] as number) - slope / correction1 / root;
    const second = (adjoint.second[i] as number) + (slope * m) / correction2 / (2 * root * root * root);
    out[i] = (1 - beta1) * first + 2 * (1 - beta2) * g * second;
    adjoint.first[i] = beta1 * first;
    adjoint.second[i] = beta2 * second;
  }
  return out;
}

/** Gradient descent with momentum: velocity = momentum * velocity + gradient; theta -= rate * velocity. `second` stays unused. */
export function descent({ rate, momentum }: { readonly rate: number; readonly momentum: number }): Optimizer {
  const move = (x: Moments, change: Float32Array): void => {
    for (let i = 0; i < change.length; i++) {
      const velocity = momentum * (x.first[i] as number) + (change[i] as number);
      x.first[i] = velocity;
      x.theta[i] = (x.theta[i] as number) - rate * velocity;
    }
  };
  const rule: StepRule = {
    advance: move,
    advanceTangent: (tangent, _state, _gradient, change) => {
      move(tangent, change);
    },
    retreat: (adjoint, _state, gradient) => {
      const out = new Float32Array(gradient.length);
      for (let i = 0; i < out.length; i++) {
        const velocity = (adjoint.first[i] as number) - rate * (adjoint.theta[i] as number);
        out[i] = velocity;
        adjoint.first[i] = momentum * velocity;
      }
      return out;
    },
  };
  return () => rule;
}
