/** The published baselines, on per-sample gradients in factors: nothing projected but where the method itself projects. */
import { addHessianProducts, emptyStack, stackOf, vectorsOf } from "../../../sidecar/classifier/curvature.js";
import type { Stack } from "../../../sidecar/classifier/curvature.js";
import { matrix } from "../../../sidecar/ops/matrix.js";
import type { Matrix } from "../../../sidecar/ops/matrix.js";
import { batchOf } from "../data/samples.js";
import { conjugateGradients, factorsOf, gram, layerGram, layerNorms } from "../models/dual.js";
import type { Factors } from "../models/dual.js";
import { trainSgd } from "../models/sgd.js";
import { everyRow, runOf, weightsAfter } from "../settings/classifier-setting.js";
import type { ClassifierSetting } from "../settings/classifier-setting.js";
import type { Influence, Method } from "../types.js";

type ClassifierMethod = Method<ClassifierSetting>;

export function rowsOf({ rows, cols, data }: Matrix): Float64Array[] {
  return Array.from({ length: rows }, (_, q) => Float64Array.from(data.subarray(q * cols, (q + 1) * cols)));
}

export function factorsAt({ network, train }: ClassifierSetting, theta: Float32Array): Factors {
  return factorsOf({ network, theta, samples: train }, everyRow(train));
}

export function queryFactors({ network, test }: ClassifierSetting, theta: Float32Array, queries: readonly number[]): Factors {
  return factorsOf({ network, theta, samples: test }, queries);
}

/** Inner product of query and row gradients at the end of training. */
export const gradDot: ClassifierMethod = {
  id: "grad-dot",
  ours: false,
  prepare: (setting) => {
    const theta = weightsAfter(setting);
    const rows = factorsAt(setting, theta);
    return { scores: (queries) => rowsOf(gram(setting.network.backend, queryFactors(setting, theta, queries), rows)) };
  },
};

/** TracIn-CP: the same, summed over checkpoints of one training. Published use: a handful of them. */
export function tracInCp(checkpoints: number): ClassifierMethod {
  return {
    id: "tracin-cp",
    ours: false,
    note: `${checkpoints} checkpoints`,
    prepare: (setting) => {
      const run = runOf(setting);
      const saved: Float32Array[] = [];
      const every = Math.ceil(run.recipe.epochs / checkpoints);
      const last = trainSgd(run, (epoch, { theta }) => {
        if (epoch > 0 && epoch % every === 0) saved.push(theta.slice());
      });
      const points = [...saved, last].map((theta) => ({ theta, rows: factorsAt(setting, theta) }));
      return {
        scores: (queries) =>
          sumOf(points.map(({ theta, rows }) => rowsOf(gram(setting.network.backend, queryFactors(setting, theta, queries), rows)))),
      };
    },
  };
}

export function sumOf(all: readonly Influence[]): Influence {
  return (all[0] ?? []).map((first, q) => first.map((_, i) => all.reduce((sum, one) => sum + (one[q]?.[i] ?? 0), 0)));
}

/**
 * DataInf's closed form (arXiv 2310.00902, eq. 5): per layer, the mean of the inverses instead of the inverse of the mean.
 * `relative`: damping, to the mean squared gradient entry of a layer; its authors' code has 0.1.
 */
export function dataInf(relative: number): ClassifierMethod {
  return {
    id: "datainf",
    ours: false,
    note: `damping ${relative} of a layer's mean square`,
    prepare: (setting) => {
      const { backend, layers } = setting.network;
      const theta = weightsAfter(setting);
      const rows = factorsAt(setting, theta);
      return {
        scores: (queries) => {
          const asked = queryFactors(setting, theta, queries);
          return sumOf(
            layers.map((layer, l) => {
              const norms = layerNorms(rows, l);
              const size = (layer.inputs + 1) * layer.outputs;
              const damping = (relative * norms.reduce((a, b) => a + b, 0)) / (rows.count * size);
              const direct = matrix(asked.count, rows.count, layerGram(backend, asked, rows, l));
              const shrunk = direct.data.map((x, k) => x / (damping + (norms[k % rows.count] as number)));
              const among = matrix(rows.count, rows.count, layerGram(backend, rows, rows, l));
              const shared = backend.multiply(matrix(asked.count, rows.count, shrunk), among);
              return rowsOf(direct).map((own, q) => own.map((x, i) => (x - (shared.data[q * rows.count + i] as number) / rows.count) / damping));
            }),
          );
        },
      };
    },
  };
}

/** Cosine of the last layer's inputs. */
export const repSim: ClassifierMethod = {
  id: "rep-sim",
  ours: false,
  prepare: (setting) => {
    const theta = weightsAfter(setting);
    const l = setting.network.layers.length - 1;
    const unit = (f: Factors): Factors => {
      const { rows, cols, data } = f.inputs[l] as Matrix;
      const out = data.slice();
      for (let r = 0; r < rows; r++) {
        const own = out.subarray(r * cols, (r + 1) * cols - 1);
        const length = Math.sqrt(own.reduce((sum, x) => sum + x * x, 0));
        for (let k = 0; k < own.length; k++) own[k] = length === 0 ? 0 : (own[k] as number) / length;
        out[(r + 1) * cols - 1] = 0;
      }
      return { ...f, inputs: [matrix(rows, cols, out)], slopes: [matrix(rows, 1, new Float32Array(rows).fill(1))] };
    };
    const rows = unit(factorsAt(setting, theta));
    return { scores: (queries) => rowsOf(gram(setting.network.backend, unit(queryFactors(setting, theta, queries)), rows)) };
  },
};

/** Query gradients written out, and back into rows of influence. */
export function stackedQueries(setting: ClassifierSetting, theta: Float32Array, queries: readonly number[]): Float32Array[] {
  const { network } = setting;
  const f = queryFactors(setting, theta, queries);
  return queries.map((_, q) => {
    const out = new Float32Array(network.parameters);
    network.layers.forEach((layer, l) => {
      const x = f.inputs[l] as Matrix;
      const d = f.slopes[l] as Matrix;
      for (let i = 0; i < x.cols; i++) {
        const own = x.data[q * x.cols + i] as number;
        for (let o = 0; own !== 0 && o < d.cols; o++) out[layer.at + i * d.cols + o] = own * (d.data[q * d.cols + o] as number);
      }
    });
    return out;
  });
}

/** Influence function by conjugate gradients on the exact Hessian: 10 iterations, as in dattri. */
export function ifCg(damping: number): ClassifierMethod {
  return {
    id: "if-cg",
    ours: false,
    note: `10 iterations, damping ${damping}`,
    prepare: (setting) => {
      const theta = weightsAfter(setting);
      return {
        scores: (queries) => {
          const gradients = stackedQueries(setting, theta, queries);
          const right = matrix(queries.length, setting.network.parameters, concatenated(gradients));
          const solved = conjugateGradients((p) => hessianRows(setting, theta, p, damping), right, 10);
          const directions = queries.map((_, q) => solved.data.subarray(q * solved.cols, (q + 1) * solved.cols));
          return rowDots(setting, theta, stackOf(setting.network, directions));
        },
      };
    },
  };
}

function concatenated(vectors: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(vectors.reduce((sum, v) => sum + v.length, 0));
  let at = 0;
  for (const v of vectors) {
    out.set(v, at);
    at += v.length;
  }
  return out;
}

const PIECE = 250;

/** (mean Hessian + damping) times every row of `p`. */
function hessianRows(setting: ClassifierSetting, theta: Float32Array, p: Float32Array, damping: number): Float32Array {
  const { network, train } = setting;
  const size = network.parameters;
  const vectors = Array.from({ length: p.length / size }, (_, q) => p.subarray(q * size, (q + 1) * size));
  const stack = stackOf(network, vectors);
  const into = emptyStack(network, vectors.length);
  const all = everyRow(train);
  for (let at = 0; at < all.length; at += PIECE) {
    const batch = all.slice(at, at + PIECE);
    addHessianProducts({ network, theta }, { ...batchOf(train, batch), weights: batch.map(() => 1 / train.count) }, stack, into);
  }
  const out = concatenated(vectorsOf(network, into));
  for (let k = 0; k < out.length; k++) out[k] = (out[k] as number) + damping * (p[k] as number);
  return out;
}

/** Every row's gradient times every vector of a stack. */
export function rowDots({ network, train }: ClassifierSetting, theta: Float32Array, vectors: Stack): Influence {
  const out = Array.from({ length: vectors.count }, () => new Float64Array(train.count));
  const unused = emptyStack(network, vectors.count);
  const all = everyRow(train);
  for (let at = 0; at < all.length; at += PIECE) {
    const batch = all.slice(at, at + PIECE);
    const dots = addHessianProducts({ network, theta }, { ...batchOf(train, batch), weights: batch.map(() => 0) }, vectors, unused);
    batch.forEach((row, k) => {
      out.forEach((own, q) => (own[row] = dots[k * vectors.count + q] as number));
    });
  }
  return out;
}
