import type { MatmulBackend } from "../../../sidecar/ops/backend.js";
import { matrix, transpose } from "../../../sidecar/ops/matrix.js";
import type { Matrix } from "../../../sidecar/ops/matrix.js";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import type { Factors } from "../models/dual.js";
import { drawSubsets } from "../subsets.js";
import { weightsOnHalf } from "../settings/classifier-setting.js";
import type { ClassifierSetting } from "../settings/classifier-setting.js";
import type { Influence, Method } from "../types.js";
import { factorsAt, queryFactors } from "./classifier-baselines.js";

/** Projected width, as dattri's small settings. */
const WIDTH = 512;

interface Member {
  readonly theta: Float32Array;
  readonly sketch: Int32Array;
  /** Features of the rows times the inverse of their Gram matrix. */
  readonly solved: Matrix;
  readonly doubt: Float64Array;
}

/**
 * TRAK (arXiv 2303.14186): features are projected gradients of the margin log(p / (1 - p)); kernels and the factor 1 - p
 * are averaged over models trained on random halves. The projection is a count sketch (one signed bucket per
 * parameter), a Johnson-Lindenstrauss map like TRAK's own and the only one affordable here.
 */
export function trak(models: number): Method<ClassifierSetting> {
  return {
    id: `trak-${models}`,
    ours: false,
    note: `${models} models on halves, projected to ${WIDTH}`,
    prepare: (setting, seed) => {
      const halves = drawSubsets(setting.train.count, models, { share: 0.5, seed: seed + 77n });
      const members = halves.map((kept, m) => memberOf(setting, kept, m + 1));
      return { scores: (queries) => averaged(setting, members, queries) };
    },
  };
}

function memberOf(setting: ClassifierSetting, kept: Uint8Array, m: number): Member {
  const { network } = setting;
  const theta = weightsOnHalf(setting, kept, m);
  const random = new Xoshiro(BigInt(m) + 4242n);
  const sketch = Int32Array.from({ length: network.parameters }, () => random.below(2 * WIDTH));
  const factors = factorsAt(setting, theta);
  const features = sketched(factors, sketch, setting);
  const kernel = network.backend.multiply(transpose(features), features);
  const inverse = invert(kernel);
  const solved = network.backend.multiply(features, inverse);
  return { theta, sketch, solved, doubt: factors.confidence.map((p) => 1 - p) };
}

/** Sketched gradients of the margin: those of the loss over minus (1 - p). */
function sketched(f: Factors, sketch: Int32Array, { network }: ClassifierSetting): Matrix {
  const out = new Float32Array(f.count * WIDTH);
  network.layers.forEach((layer, l) => {
    const x = f.inputs[l] as Matrix;
    const d = f.slopes[l] as Matrix;
    for (let r = 0; r < f.count; r++) {
      const scale = -1 / Math.max(1 - (f.confidence[r] as number), 1e-6);
      for (let i = 0; i < x.cols; i++) {
        const own = scale * (x.data[r * x.cols + i] as number);
        if (own === 0) continue;
        for (let o = 0; o < d.cols; o++) {
          const code = sketch[layer.at + i * d.cols + o] as number;
          const at = r * WIDTH + (code >> 1);
          const term = own * (d.data[r * d.cols + o] as number);
          out[at] = (out[at] as number) + ((code & 1) === 0 ? term : -term);
        }
      }
    }
  });
  return matrix(f.count, WIDTH, out);
}

function averaged(setting: ClassifierSetting, members: readonly Member[], queries: readonly number[]): Influence {
  const backend: MatmulBackend = setting.network.backend;
  const n = setting.train.count;
  const sums = queries.map(() => new Float64Array(n));
  const doubt = new Float64Array(n);
  for (const member of members) {
    const asked = sketched(queryFactors(setting, member.theta, queries), member.sketch, setting);
    const scores = backend.multiply(asked, transpose(member.solved)).data;
    sums.forEach((own, q) => {
      for (let i = 0; i < n; i++) own[i] = (own[i] as number) + (scores[q * n + i] as number) / members.length;
    });
    for (let i = 0; i < n; i++) doubt[i] = (doubt[i] as number) + (member.doubt[i] as number) / members.length;
  }
  return sums.map((own) => own.map((x, i) => x * (doubt[i] as number)));
}

/** Inverse of a positive definite matrix (Gauss-Jordan in float64), after a ridge of 1e-6 of its mean diagonal. */
export function invert(a: Matrix): Matrix {
  const n = a.rows;
  const work = Float64Array.from(a.data);
  let trace = 0;
  for (let i = 0; i < n; i++) trace += work[i * n + i] as number;
  for (let i = 0; i < n; i++) work[i * n + i] = (work[i * n + i] as number) + (1e-6 * trace) / n;
  for (let k = 0; k < n; k++) sweep(work, n, k);
  return matrix(n, n, Float32Array.from(work, (x) => -x));
}

/** The sweep operator: after all pivots the matrix is minus its inverse. */
function sweep(a: Float64Array, n: number, k: number): void {
  const pivot = a[k * n + k] as number;
  const row = a.slice(k * n, (k + 1) * n);
  for (let i = 0; i < n; i++) {
    if (i === k) continue;
    const factor = (a[i * n + k] as number) / pivot;
    for (let j = 0; j < n; j++) if (j !== k) a[i * n + j] = (a[i * n + j] as number) - factor * (row[j] as number);
    a[i * n + k] = factor;
  }
  for (let j = 0; j < n; j++) if (j !== k) a[k * n + j] = (row[j] as number) / pivot;
  a[k * n + k] = -1 / pivot;
}
