import { forward, gradientOf, initialWeights } from "../../../sidecar/classifier/network.js";
import type { Network } from "../../../sidecar/classifier/network.js";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import { batchOf } from "../data/samples.js";
import type { Samples } from "../data/samples.js";

/** dattri's recipes (attribution.md §1.2), but for dropout: masks would be one more thing to replay. */
export interface SgdRecipe {
  readonly rate: number;
  readonly momentum: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Draws initial weights and the order of every epoch. */
  readonly seed: number;
}

export interface SgdState {
  readonly theta: Float32Array;
  readonly velocity: Float32Array;
}

export interface SgdRun {
  readonly network: Network;
  readonly samples: Samples;
  readonly recipe: SgdRecipe;
  /** Weight of each row in the loss; 1 each when absent. Rows of weight 0 keep their place in the order. */
  readonly weights?: ArrayLike<number>;
}

export function initialSgd({ network, recipe }: SgdRun): SgdState {
  return { theta: initialWeights(network, BigInt(recipe.seed)), velocity: new Float32Array(network.parameters) };
}

/** The batches of an epoch: every row once, the last batch shorter. */
export function epochBatches({ samples, recipe }: SgdRun, epoch: number): Int32Array[] {
  const order = new Xoshiro(BigInt(recipe.seed) * 1_000_003n + BigInt(epoch) + 1n).permutation(samples.count);
  const out: Int32Array[] = [];
  for (let at = 0; at < order.length; at += recipe.batchSize) out.push(order.subarray(at, at + recipe.batchSize));
  return out;
}

/** What row i of a batch weighs in its mean loss: the batch's full size divides, whatever was dropped. */
export function batchWeights({ weights }: SgdRun, batch: ArrayLike<number>): number[] {
  return Array.from({ length: batch.length }, (_, k) => (weights === undefined ? 1 : (weights[batch[k] as number] as number)) / batch.length);
}

/** One step in place: v = momentum v + g, theta = theta - rate v (torch's convention). Dropped rows cost nothing. */
export function sgdStep(run: SgdRun, state: SgdState, batch: Int32Array): void {
  const all = batchWeights(run, batch);
  const rows = batch.filter((_, k) => all[k] !== 0);
  const { theta, velocity } = state;
  const { rate, momentum } = run.recipe;
  const gradient =
    rows.length === 0
      ? new Float32Array(theta.length)
      : gradientOf(
          run.network,
          theta,
          forward(run.network, theta, batchOf(run.samples, rows)),
          all.filter((w) => w !== 0),
        );
  for (let p = 0; p < theta.length; p++) {
    const v = momentum * (velocity[p] as number) + (gradient[p] as number);
    velocity[p] = v;
    theta[p] = (theta[p] as number) - rate * v;
  }
}

/** Trains from the beginning. `atEpoch` sees the state before each epoch and may copy it. */
export function trainSgd(run: SgdRun, atEpoch?: (epoch: number, state: SgdState) => void): Float32Array {
  const state = initialSgd(run);
  for (let epoch = 0; epoch < run.recipe.epochs; epoch++) {
    atEpoch?.(epoch, state);
    for (const batch of epochBatches(run, epoch)) sgdStep(run, state, batch);
  }
  return state.theta;
}

/** The losses of `rows`, in pieces. */
export function lossesOf(network: Network, theta: Float32Array, samples: Samples, rows: readonly number[]): Float64Array {
  const out = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += 512) out.set(forward(network, theta, batchOf(samples, rows.slice(at, at + 512))).losses, at);
  return out;
}
