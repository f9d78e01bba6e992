import { addHessianProducts, emptyStack, stackOf } from "../../../sidecar/classifier/curvature.js";
import type { Stack } from "../../../sidecar/classifier/curvature.js";
import { batchOf } from "../data/samples.js";
import { batchWeights, epochBatches, sgdStep, trainSgd } from "./sgd.js";
import type { SgdRun, SgdState } from "./sgd.js";

/**
 * The exact derivative of a trained model's output with respect to the weight of every row: the training is run again,
 * epoch by epoch from its end, and the adjoint of weights and velocity is carried back through every step (MAGIC's idea,
 * attribution.md §0). All queries share the pass. `gradients[q]`: of query q's loss at the trained weights. Returns, per
 * query, minus d loss / d weight of each row.
 */
export function replaySgd(run: SgdRun, gradients: readonly Float32Array[]): Float64Array[] {
  const begins: SgdState[] = [];
  trainSgd(run, (_, state) => begins.push(copyState(state)));
  const influence = gradients.map(() => new Float64Array(run.samples.count));
  const theta = stackOf(run.network, gradients);
  const velocity = emptyStack(run.network, gradients.length);
  for (let epoch = begins.length - 1; epoch >= 0; epoch--) {
    const batches = epochBatches(run, epoch);
    const visited = statesOf(run, begins[epoch] as SgdState, batches);
    for (let b = batches.length - 1; b >= 0; b--) {
      stepBack(run, { at: visited[b] as Float32Array, batch: batches[b] as Int32Array }, { theta, velocity }, influence);
    }
  }
  return influence;
}

function copyState({ theta, velocity }: SgdState): SgdState {
  return { theta: theta.slice(), velocity: velocity.slice() };
}

/** Weights before each step of an epoch. */
function statesOf(run: SgdRun, begin: SgdState, batches: readonly Int32Array[]): Float32Array[] {
  const state = copyState(begin);
  return batches.map((batch) => {
    const before = state.theta.slice();
    sgdStep(run, state, batch);
    return before;
  });
}

function stepBack(
  run: SgdRun,
  step: { readonly at: Float32Array; readonly batch: Int32Array },
  adjoint: { readonly theta: Stack; readonly velocity: Stack },
  influence: readonly Float64Array[],
): void {
  const { rate, momentum } = run.recipe;
  const { theta, velocity } = adjoint;
  const { batch } = step;
  combine(velocity, momentum, theta, -rate);
  const weights = batchWeights(run, batch);
  const dots = addHessianProducts({ network: run.network, theta: step.at }, { ...batchOf(run.samples, batch), weights }, velocity, theta);
  for (let k = 0; k < batch.length; k++) {
    const row = batch[k] as number;
    influence.forEach((own, q) => {
      own[row] = (own[row] as number) - (dots[k * influence.length + q] as number) / batch.length;
    });
  }
}

/** a = scale a + factor b. */
function combine(a: Stack, scale: number, b: Stack, factor: number): void {
  for (const part of ["weights", "biases"] as const) {
    a[part].forEach((own, l) => {
      const other = b[part][l] as Float32Array;
      for (let k = 0; k < own.length; k++) own[k] = scale * (own[k] as number) + factor * (other[k] as number);
    });
  }
}
