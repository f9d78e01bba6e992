import type { MatmulBackend } from "../../../sidecar/ops/backend.js";
import { matrix, transpose } from "../../../sidecar/ops/matrix.js";
import type { Matrix } from "../../../sidecar/ops/matrix.js";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import { gather } from "../data/samples.js";
import type { Samples } from "../data/samples.js";
import { bend, slope } from "./activation.js";
import type { Activation } from "./activation.js";

/**
 * Fully connected layers, softmax and cross entropy, whole batches at a time over the product of lane A. No hidden layer:
 * multinomial logistic regression. float32; the same bits on every machine of one engine (softmax uses `Math.exp`).
 */
export interface Network {
  readonly backend: MatmulBackend;
  readonly activation: Activation;
  readonly layers: readonly Layer[];
  /** Parameters in all: layer by layer, weights (input by input) before biases. */
  readonly parameters: number;
}

export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** Position of its weights; its biases are at `bias`. */
  readonly at: number;
  readonly bias: number;
}

/** `sizes`: inputs, hidden widths, classes. */
export function createNetwork(backend: MatmulBackend, sizes: readonly number[], activation: Activation = "relu"): Network {
  const layers: Layer[] = [];
  let at = 0;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const inputs = sizes[l] ?? 0;
    const outputs = sizes[l + 1] ?? 0;
    const bias = at + inputs * outputs;
    layers.push({ inputs, outputs, at, bias });
    at = bias + outputs;
  }
  return { backend, activation, layers, parameters: at };
}

/** Uniform within 1 / sqrt(inputs), weights and biases: what torch's Linear does, as in dattri's recipes. */
export function initialWeights(network: Network, seed: bigint): Float32Array {
  const random = new Xoshiro(seed);
  const theta = new Float32Array(network.parameters);
  for (const { inputs, outputs, at } of network.layers) {
    const bound = 1 / Math.sqrt(inputs);
    for (let i = at; i < at + (inputs + 1) * outputs; i++) theta[i] = (random.next() / 0x80000000 - 1) * bound;
  }
  return theta;
}

export function weightsOf(layer: Layer, theta: Float32Array): Matrix {
  return matrix(layer.inputs, layer.outputs, theta.subarray(layer.at, layer.bias));
}

/** A batch's way through the network. */
export interface Forward {
  readonly labels: Uint8Array;
  /** What enters each layer; the first is the batch's features. */
  readonly inputs: readonly Matrix[];
  /** What leaves it before its activation. */
  readonly outputs: readonly Matrix[];
  readonly probabilities: Matrix;
  readonly losses: Float64Array;
}

export function forward(network: Network, theta: Float32Array, samples: Samples, rows: ArrayLike<number>): Forward {
  const labels = Uint8Array.from({ length: rows.length }, (_, k) => samples.label[rows[k] as number] as number);
  const inputs: Matrix[] = [];
  const outputs: Matrix[] = [];
  let x = gather(samples, rows);
  for (const layer of network.layers) {
    const out = network.backend.multiply(x, weightsOf(layer, theta));
    addBias(out, theta, layer.bias);
    inputs.push(x);
    outputs.push(out);
    x = matrix(out.rows, out.cols, bend(network.activation, out.data));
  }
  const top = outputs[outputs.length - 1] as Matrix;
  const probabilities = softmax(top);
  const losses = Float64Array.from(labels, (label, k) => -Math.log(Math.max(probabilities.data[k * top.cols + label] as number, 1e-30)));
  return { labels, inputs, outputs, probabilities, losses };
}

/** Every row of `out` plus theta[from ..]. */
function addBias(out: Matrix, theta: Float32Array, from: number): void {
  const { rows, cols, data } = out;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) data[r * cols + c] = (data[r * cols + c] as number) + (theta[from + c] as number);
  }
}

function softmax({ rows, cols, data }: Matrix): Matrix {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) {
    let max = -Infinity;
    for (let c = 0; c < cols; c++) max = Math.max(max, data[r * cols + c] as number);
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += out[r * cols + c] = Math.exp((data[r * cols + c] as number) - max);
    for (let c = 0; c < cols; c++) out[r * cols + c] = (out[r * cols + c] as number) / sum;
  }
  return matrix(rows, cols, out);
}

/** Slopes of each sample's loss, by layer: at the layer's output before its activation. `labels` in place of the true ones. */
export function backward(network: Network, theta: Float32Array, pass: Forward, labels: ArrayLike<number> = pass.labels): Matrix[] {
  const { rows, cols, data } = pass.probabilities;
  let slopes = matrix(rows, cols, data.slice());
  for (let r = 0; r < rows; r++) {
    const at = r * cols + (labels[r] as number);
    slopes.data[at] = (slopes.data[at] as number) - 1;
  }
  const all = [slopes];
  for (let l = network.layers.length - 1; l > 0; l--) {
    slopes = network.backend.multiply(slopes, transpose(weightsOf(network.layers[l] as Layer, theta)));
    const z = (pass.outputs[l - 1] as Matrix).data;
    const s = slopes.data;
    for (let k = 0; k < s.length; k++) s[k] = (s[k] as number) * slope(network.activation, z[k] as number);
    all.unshift(slopes);
  }
  return all;
}

/** Rows scaled one by one. */
export function scaleRows(a: Matrix, weights: ArrayLike<number>): Matrix {
  const out = new Float32Array(a.data.length);
  for (let r = 0; r < a.rows; r++) {
    const w = weights[r] as number;
    for (let k = r * a.cols; k < (r + 1) * a.cols; k++) out[k] = w * (a.data[k] as number);
  }
  return matrix(a.rows, a.cols, out);
}

/** Sum over the batch of weight times gradient. */
export function gradientOf(network: Network, theta: Float32Array, pass: Forward, weights: ArrayLike<number>): Float32Array {
  const out = new Float32Array(network.parameters);
  const slopes = backward(network, theta, pass);
  network.layers.forEach((layer, l) => {
    const own = scaleRows(slopes[l] as Matrix, weights);
    out.set(network.backend.multiply(transpose(pass.inputs[l] as Matrix), own).data, layer.at);
    out.set(columnSums(own), layer.bias);
  });
  return out;
}

export function columnSums({ rows, cols, data }: Matrix): Float32Array {
  const out = new Float32Array(cols);
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[c] = (out[c] as number) + (data[r * cols + c] as number);
  return out;
}

/** The losses of `rows`, in pieces. */
export function lossesOf(network: Network, theta: Float32Array, samples: Samples, rows: readonly number[]): Float64Array {
  const out = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += 512) out.set(forward(network, theta, samples, rows.slice(at, at + 512)).losses, at);
  return out;
}
