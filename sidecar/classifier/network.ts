import { ln } from "../ops/arithmetic.js";
import type { MatmulBackend } from "../ops/backend.js";
import { matrix, transpose } from "../ops/matrix.js";
import type { Matrix } from "../ops/matrix.js";
import { Xoshiro } from "../random/xoshiro.js";
import { bend, slope } from "./activation.js";
import type { Activation } from "./activation.js";

/**
 * Fully connected layers, softmax and cross entropy, whole batches at a time over the product of lane A. No hidden layer:
 * multinomial logistic regression. float32, and a sample's bits are the same whatever else is in its batch.
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

/** Samples that go through together. */
export interface Batch {
  /** A row each. */
  readonly features: Matrix;
  /** Classes. */
  readonly labels: ArrayLike<number>;
}

/** A batch's way through the network. */
export interface Forward {
  readonly labels: ArrayLike<number>;
  /** What enters each layer; the first is the batch's features. */
  readonly inputs: readonly Matrix[];
  /** What leaves it before its activation; the last are the logits. */
  readonly outputs: readonly Matrix[];
  readonly probabilities: Matrix;
  /** Negative log-likelihood of each sample's label. */
  readonly losses: Float64Array;
}

/** Of each row of features, without what a way back needs. */
export function logitsOf(network: Network, theta: Float32Array, features: Matrix): Matrix {
  const { outputs } = climb(network, theta, features);
  return outputs[outputs.length - 1] as Matrix;
}

function climb(network: Network, theta: Float32Array, features: Matrix): Pick<Forward, "inputs" | "outputs"> {
  const inputs: Matrix[] = [];
  const outputs: Matrix[] = [];
  let x = features;
  for (const layer of network.layers) {
    const out = network.backend.multiply(x, weightsOf(layer, theta));
    addBias(out, theta, layer.bias);
    inputs.push(x);
    outputs.push(out);
    x = matrix(out.rows, out.cols, bend(network.activation, out.data));
  }
  return { inputs, outputs };
}

export function forward(network: Network, theta: Float32Array, { features, labels }: Batch): Forward {
  const { inputs, outputs } = climb(network, theta, features);
  const top = outputs[outputs.length - 1] as Matrix;
  const { out, largest, sums } = network.backend.kernels.softmaxRows(top);
  const losses = Float64Array.from({ length: top.rows }, (_, r) => {
    return ln(sums[r] as number) + (largest[r] as number) - (top.data[r * top.cols + (labels[r] as number)] as number);
  });
  return { labels, inputs, outputs, probabilities: matrix(top.rows, top.cols, out), losses };
}

/** Every row of `out` plus theta[from ..]. */
function addBias(out: Matrix, theta: Float32Array, from: number): void {
  const { rows, cols, data } = out;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) data[r * cols + c] = (data[r * cols + c] as number) + (theta[from + c] as number);
  }
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

/**
 * Of each sample on its own: its weight times its gradient. The gradient at a layer is the outer product of what enters and
 * the slopes, so a batch costs one pass and the writing of the products.
 */
export function sampleGradients(network: Network, theta: Float32Array, pass: Forward, weights: ArrayLike<number>): Float32Array[] {
  const slopes = backward(network, theta, pass).map((own) => scaleRows(own, weights));
  return Array.from({ length: pass.labels.length }, (_, k) => {
    const out = new Float32Array(network.parameters);
    network.layers.forEach((layer, l) => writeOuter(out, layer, rowOf(pass.inputs[l] as Matrix, k), rowOf(slopes[l] as Matrix, k)));
    return out;
  });
}

function rowOf({ cols, data }: Matrix, r: number): Float32Array {
  return data.subarray(r * cols, (r + 1) * cols);
}

function writeOuter(out: Float32Array, { at, bias, outputs }: Layer, input: Float32Array, slopes: Float32Array): void {
  for (let i = 0; i < input.length; i++) {
    const x = input[i] as number;
    if (x === 0) continue;
    for (let o = 0; o < outputs; o++) out[at + i * outputs + o] = x * (slopes[o] as number);
  }
  out.set(slopes, bias);
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
