import { addInto, matrix, transpose } from "../../../sidecar/ops/matrix.js";
import type { Matrix } from "../../../sidecar/ops/matrix.js";
import type { Samples } from "../data/samples.js";
import { curve, slope } from "./activation.js";
import { backward, columnSums, forward, scaleRows, weightsOf } from "./network.js";
import type { Forward, Layer, Network } from "./network.js";

/**
 * Many parameter vectors side by side: for each layer, inputs x (vectors x outputs), vector after vector within a row.
 * Its products then are rows (sample, vector), so that one matrix product serves all vectors.
 */
export interface Stack {
  readonly count: number;
  readonly weights: readonly Float32Array[];
  readonly biases: readonly Float32Array[];
}

export function emptyStack(network: Network, count: number): Stack {
  return {
    count,
    weights: network.layers.map((l) => new Float32Array(l.inputs * l.outputs * count)),
    biases: network.layers.map((l) => new Float32Array(l.outputs * count)),
  };
}

export function stackOf(network: Network, vectors: readonly Float32Array[]): Stack {
  const stack = emptyStack(network, vectors.length);
  network.layers.forEach((layer, l) => {
    const n = layer.outputs;
    vectors.forEach((v, q) => {
      for (let i = 0; i < layer.inputs; i++) {
        const from = layer.at + i * n;
        stack.weights[l]?.set(v.subarray(from, from + n), (i * vectors.length + q) * n);
      }
      stack.biases[l]?.set(v.subarray(layer.bias, layer.bias + n), q * n);
    });
  });
  return stack;
}

export interface CurvedAt {
  readonly network: Network;
  readonly theta: Float32Array;
  readonly samples: Samples;
  /** Leaves out what a layer's own second derivative brings: positive semi-definite. */
  readonly gaussNewton?: boolean;
}

/**
 * Exact products of the Hessian of a weighted sum of losses with every vector of a stack, by differentiating the gradient
 * along it (Pearlmutter 1994); added to `into`. Returns, sample by sample and vector by vector, gradient times vector:
 * free here, and what a reverse pass collects.
 */
export function addHessianProducts(
  at: CurvedAt,
  rows: { readonly batch: ArrayLike<number>; readonly weights: ArrayLike<number> },
  vectors: Stack,
  into: Stack,
): Float32Array {
  const pass = forward(at.network, at.theta, at.samples, rows.batch);
  const slopes = backward(at.network, at.theta, pass);
  const along = forwardAlong(at, pass, vectors);
  const top = along.outputs[along.outputs.length - 1] as Matrix;
  const dots = topDots(slopes[slopes.length - 1] as Matrix, top, vectors.count);
  backwardAlong(at, { pass, slopes, along, vectors, weights: rows.weights }, into);
  return dots;
}

interface Along {
  /** Derivatives of what enters each layer (absent for the features) and of what leaves it: rows (sample, vector). */
  readonly inputs: readonly (Matrix | undefined)[];
  readonly outputs: readonly Matrix[];
}

/** The buffer of (samples) x (vectors x n) read as (samples x vectors) x n. */
function tall(a: Matrix, cols: number): Matrix {
  return matrix(a.data.length / cols, cols, a.data);
}

function forwardAlong({ network, theta }: CurvedAt, pass: Forward, vectors: Stack): Along {
  const inputs: (Matrix | undefined)[] = [];
  const outputs: Matrix[] = [];
  let x: Matrix | undefined;
  network.layers.forEach((layer, l) => {
    const wide = vectors.count * layer.outputs;
    const out = network.backend.multiply(pass.inputs[l] as Matrix, matrix(layer.inputs, wide, vectors.weights[l] as Float32Array));
    const bias = vectors.biases[l] as Float32Array;
    for (let k = 0; k < out.data.length; k += wide) addInto(out.data.subarray(k, k + wide), bias);
    const rows = tall(out, layer.outputs);
    if (x !== undefined) addInto(rows.data, network.backend.multiply(x, weightsOf(layer, theta)).data);
    inputs.push(x);
    outputs.push(rows);
    x = timesSlope(network, pass.outputs[l] as Matrix, rows, vectors.count);
  });
  return { inputs, outputs };
}

/** Rows (sample, vector) times the activation's slope at the sample's output. */
function timesSlope(network: Network, z: Matrix, rows: Matrix, count: number): Matrix {
  const out = new Float32Array(rows.data.length);
  const slopes = z.data.map((x) => slope(network.activation, x));
  for (let r = 0; r < rows.rows; r++) {
    const own = Math.floor(r / count) * z.cols;
    for (let c = 0; c < z.cols; c++) out[r * z.cols + c] = (slopes[own + c] as number) * (rows.data[r * z.cols + c] as number);
  }
  return matrix(rows.rows, rows.cols, out);
}

function topDots(slopes: Matrix, along: Matrix, count: number): Float32Array {
  const { cols } = slopes;
  const out = new Float32Array(along.rows);
  for (let r = 0; r < along.rows; r++) {
    const own = Math.floor(r / count) * cols;
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += (slopes.data[own + c] as number) * (along.data[r * cols + c] as number);
    out[r] = sum;
  }
  return out;
}

/** Derivative of the softmax's slopes: p (z' - p.z'), weighted sample by sample. */
function topAlong(p: Matrix, z: Matrix, count: number, weights: ArrayLike<number>): Matrix {
  const { cols } = p;
  const out = new Float32Array(z.data.length);
  for (let r = 0; r < z.rows; r++) {
    const sample = Math.floor(r / count);
    let mean = 0;
    for (let c = 0; c < cols; c++) mean += (p.data[sample * cols + c] as number) * (z.data[r * cols + c] as number);
    const w = weights[sample] as number;
    for (let c = 0; c < cols; c++) {
      out[r * cols + c] = w * (p.data[sample * cols + c] as number) * ((z.data[r * cols + c] as number) - mean);
    }
  }
  return matrix(z.rows, cols, out);
}

interface Back {
  readonly pass: Forward;
  readonly slopes: readonly Matrix[];
  readonly along: Along;
  readonly vectors: Stack;
  readonly weights: ArrayLike<number>;
}

function backwardAlong(at: CurvedAt, back: Back, into: Stack): void {
  const { network } = at;
  const { pass, along, vectors, weights } = back;
  const last = network.layers.length - 1;
  let slopesAlong = topAlong(pass.probabilities, along.outputs[last] as Matrix, vectors.count, weights);
  for (let l = last; l >= 0; l--) {
    const layer = network.layers[l] as Layer;
    const weighted = scaleRows(back.slopes[l] as Matrix, weights);
    const wide = matrix((pass.inputs[l] as Matrix).rows, vectors.count * layer.outputs, slopesAlong.data);
    addInto(into.weights[l] as Float32Array, network.backend.multiply(transpose(pass.inputs[l] as Matrix), wide).data);
    addInto(into.biases[l] as Float32Array, columnSums(wide));
    const inputAlong = along.inputs[l];
    if (inputAlong === undefined) return;
    if (at.gaussNewton !== true) addCross(into.weights[l] as Float32Array, network, { layer, count: vectors.count, inputAlong, weighted });
    slopesAlong = below(at, back, { l, layer, slopesAlong, weighted });
  }
}

/** For every vector: (derivative of the layer's input) transposed times slopes. */
function addCross(
  into: Float32Array,
  network: Network,
  { layer, count, inputAlong, weighted }: { layer: Layer; count: number; inputAlong: Matrix; weighted: Matrix },
): void {
  const wide = matrix(weighted.rows, count * layer.inputs, inputAlong.data);
  const product = network.backend.multiply(transpose(wide), weighted).data;
  const n = layer.outputs;
  for (let q = 0; q < count; q++) {
    for (let i = 0; i < layer.inputs; i++) {
      const from = (q * layer.inputs + i) * n;
      const to = (i * count + q) * n;
      for (let o = 0; o < n; o++) into[to + o] = (into[to + o] as number) + (product[from + o] as number);
    }
  }
}

function below(
  { network, theta, gaussNewton }: CurvedAt,
  { pass, along, vectors }: Back,
  at: { readonly l: number; readonly layer: Layer; readonly slopesAlong: Matrix; readonly weighted: Matrix },
): Matrix {
  const { l, layer, slopesAlong, weighted } = at;
  const { count } = vectors;
  const turned = transpose(weightsOf(layer, theta));
  const out = network.backend.multiply(slopesAlong, turned);
  if (gaussNewton !== true) {
    const own = vectors.weights[l] as Float32Array;
    addInto(out.data, network.backend.multiply(weighted, turnedStack(own, layer, count)).data);
  }
  const z = pass.outputs[l - 1] as Matrix;
  const result = timesSlope(network, z, out, count);
  if (gaussNewton === true || network.activation === "relu") return result;
  const direct = network.backend.multiply(weighted, turned).data;
  const moved = (along.outputs[l - 1] as Matrix).data;
  const bent = z.data.map((x, k) => curve(network.activation, x) * (direct[k] as number));
  for (let r = 0; r < result.rows; r++) {
    const sample = Math.floor(r / count) * z.cols;
    for (let c = 0; c < z.cols; c++) {
      const k = r * z.cols + c;
      result.data[k] = (result.data[k] as number) + (bent[sample + c] as number) * (moved[k] as number);
    }
  }
  return result;
}

/** inputs x (vectors x outputs) as outputs x (vectors x inputs). */
function turnedStack(weights: Float32Array, { inputs, outputs }: Layer, count: number): Matrix {
  const out = new Float32Array(weights.length);
  for (let i = 0; i < inputs; i++) {
    for (let q = 0; q < count; q++) {
      const from = (i * count + q) * outputs;
      for (let o = 0; o < outputs; o++) out[(o * count + q) * inputs + i] = weights[from + o] as number;
    }
  }
  return matrix(outputs, count * inputs, out);
}
