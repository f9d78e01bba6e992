import type { Batch } from "../../../sidecar/classifier/network.js";
import { matrix } from "../../../sidecar/ops/matrix.js";
import type { Matrix } from "../../../sidecar/ops/matrix.js";

/** Labelled samples, a row of features each. */
export interface Samples {
  readonly inputs: number;
  readonly classes: number;
  readonly count: number;
  readonly features: Float32Array;
  readonly label: Uint8Array;
}

export function samplesOf(rows: readonly { readonly features: Float32Array; readonly label: number }[], classes: number): Samples {
  const inputs = rows[0]?.features.length ?? 0;
  const features = new Float32Array(rows.length * inputs);
  rows.forEach((row, i) => features.set(row.features, i * inputs));
  return { inputs, classes, count: rows.length, features, label: Uint8Array.from(rows, (r) => r.label) };
}

/** Features of some rows, in their order. */
export function gather(samples: Samples, rows: ArrayLike<number>): Matrix {
  const { inputs, features } = samples;
  const out = new Float32Array(rows.length * inputs);
  for (let k = 0; k < rows.length; k++) {
    const from = (rows[k] as number) * inputs;
    out.set(features.subarray(from, from + inputs), k * inputs);
  }
  return matrix(rows.length, inputs, out);
}

/** Some rows for the network, in their order. */
export function batchOf(samples: Samples, rows: ArrayLike<number>): Batch {
  return { features: gather(samples, rows), labels: Uint8Array.from({ length: rows.length }, (_, k) => samples.label[rows[k] as number] as number) };
}

/** Rows as samples of their own: what a stranger who never saw the others would train on. */
export function pick(samples: Samples, rows: readonly number[]): Samples {
  return {
    ...samples,
    count: rows.length,
    features: gather(samples, rows).data,
    label: Uint8Array.from(rows, (i) => samples.label[i] as number),
  };
}
