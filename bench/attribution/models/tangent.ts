import { addHessianProducts, emptyStack, vectorsOf } from "../../../sidecar/classifier/curvature.js";
import type { Stack } from "../../../sidecar/classifier/curvature.js";
import { backward, columnSums, forward } from "../../../sidecar/classifier/network.js";
import type { Layer } from "../../../sidecar/classifier/network.js";
import { addInto, matrix, transpose } from "../../../sidecar/ops/matrix.js";
import type { Matrix } from "../../../sidecar/ops/matrix.js";
import { batchOf } from "../data/samples.js";
import { batchWeights, epochBatches, initialSgd, sgdStep } from "./sgd.js";
import type { SgdRun } from "./sgd.js";

/**
 * `tangent-v1` on SGD with momentum: beside the weights, the derivative of them by the weight of each contributor's rows is
 * carried through every step. The same number as `replaySgd` summed by contributor, from the other end.
 */
export function tangentsSgd(run: SgdRun, contributor: readonly number[], contributors: number): Float32Array[] {
  const { network, samples, recipe } = run;
  const theta = emptyStack(network, contributors);
  const velocity = emptyStack(network, contributors);
  const state = initialSgd(run);
  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    for (const batch of epochBatches(run, epoch)) {
      const change = emptyStack(network, contributors);
      addHessianProducts({ network, theta: state.theta }, { ...batchOf(samples, batch), weights: batchWeights(run, batch) }, theta, change);
      addOwnGradients(run, state.theta, { batch, contributor }, change);
      advance(velocity, recipe.momentum, change, 1);
      advance(theta, 1, velocity, -recipe.rate);
      sgdStep(run, state, batch);
    }
  }
  return vectorsOf(network, theta);
}

/** a = scale a + factor b. */
function advance(a: Stack, scale: number, b: Stack, factor: number): void {
  for (const part of ["weights", "biases"] as const) {
    a[part].forEach((own, l) => {
      const other = b[part][l] as Float32Array;
      for (let k = 0; k < own.length; k++) own[k] = scale * (own[k] as number) + factor * (other[k] as number);
    });
  }
}

/** To each contributor's part of a stack, the gradient of the contributor's rows in a batch. */
function addOwnGradients(
  { network, samples }: SgdRun,
  theta: Float32Array,
  { batch, contributor }: { readonly batch: Int32Array; readonly contributor: readonly number[] },
  into: Stack,
): void {
  const pass = forward(network, theta, batchOf(samples, batch));
  const slopes = backward(network, theta, pass);
  network.layers.forEach((layer, l) => {
    const wide = spreadByOwner(slopes[l] as Matrix, layer, (k) => contributor[batch[k] as number] ?? 0, into.count);
    addInto(into.weights[l] as Float32Array, network.backend.multiply(transpose(pass.inputs[l] as Matrix), wide).data);
    addInto(into.biases[l] as Float32Array, columnSums(wide));
  });
}

/** Slopes of the batch's mean loss, each sample's in the columns of its owner. */
function spreadByOwner(slopes: Matrix, { outputs }: Layer, owner: (k: number) => number, count: number): Matrix {
  const wide = count * outputs;
  const out = new Float32Array(slopes.rows * wide);
  for (let k = 0; k < slopes.rows; k++) {
    const at = k * wide + owner(k) * outputs;
    for (let o = 0; o < outputs; o++) out[at + o] = (slopes.data[k * outputs + o] as number) / slopes.rows;
  }
  return matrix(slopes.rows, wide, out);
}
