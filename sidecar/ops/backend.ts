import type { Matrix } from "./matrix.js";

/**
 * The one operation worth a native kernel: the product of two row-major float32 matrices. All other operations are
 * plain loops of this folder, so replacing tfjs means implementing this interface.
 */
export interface MatmulBackend {
  readonly name: string;
  /** SHA-256 input that pins the kernel: the bytes of the compiled binary. */
  readonly binary: Uint8Array;
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
