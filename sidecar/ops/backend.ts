import type { Kernels } from "./kernels/kernels.js";
import type { Matrix } from "./matrix.js";

/**
 * What is compiled: the product of two row-major float32 matrices, behind which stands tfjs, and our own kernels beside it.
 * All other operations are plain loops of this folder, so replacing tfjs means implementing this interface.
 */
export interface MatmulBackend {
  readonly name: string;
  /** What pins the results: the bytes of the compiled binaries. */
  readonly binary: Uint8Array;
  readonly kernels: Kernels;
  /** Keeps a matrix on the backend's side, for weights used many times. */
  hold(a: Matrix): Held;
  /** a[m,k] x b[k,n]. Same bits for the same inputs, whatever ran before. */
  multiply(a: Matrix, b: Matrix | Held): Matrix;
  memory(): { readonly tensors: number; readonly bytes: number };
}

export interface Held {
  readonly rows: number;
  readonly cols: number;
  release(): void;
}
