import type { Held, MatmulBackend } from "./backend.js";
import { addInto, matrix } from "./matrix.js";
import type { Matrix } from "./matrix.js";

/**
 * Reverse-mode differentiation, spelled out: each operation computes its result and leaves a closure that moves the
 * gradient from the result to its inputs. Closures run once, last first; sums are in that order, so bits are fixed.
 */
export class Value implements Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
  /** Whether a gradient is wanted here or upstream; frozen weights and token features say no. */
  readonly wanted: boolean;
  gradient: Float32Array | undefined;
  /** On a weight under a tape with `parts`: one gradient per part instead of their sum. */
  partGradients: Float32Array[] | undefined;

  constructor(a: Matrix, wanted: boolean) {
    this.rows = a.rows;
    this.cols = a.cols;
    this.data = a.data;
    this.wanted = wanted;
  }

  /** Takes ownership of `delta`. */
  accumulate(delta: Float32Array): void {
    if (this.gradient === undefined) this.gradient = delta;
    else addInto(this.gradient, delta);
  }

  /** Takes ownership of `deltas`, one per part. */
  accumulateParts(deltas: Float32Array[]): void {
    const kept = this.partGradients;
    if (kept === undefined) this.partGradients = deltas;
    else deltas.forEach((delta, i) => addInto(kept[i] as Float32Array, delta));
  }
}

/** A frozen weight on the backend's side, with its transpose for the way back. */
export interface FrozenWeight {
  readonly forward: Held;
  readonly backward: Held;
}

export class Tape {
  readonly backend: MatmulBackend;
  /** Rows of each part of the batch, when the gradients of weights are wanted part by part (per-sample gradients). */
  readonly parts: readonly number[] | undefined;
  private readonly steps: (() => void)[] = [];

  constructor(backend: MatmulBackend, parts?: readonly number[]) {
    this.backend = backend;
    this.parts = parts;
  }

  constant(a: Matrix): Value {
    return new Value(a, false);
  }

  variable(a: Matrix): Value {
    return new Value(a, true);
  }

  /** The result of an operation. `back` gets the gradient of the result; it runs only if something upstream wants it. */
  result(a: Matrix, inputs: readonly Value[], back: (gradient: Float32Array) => void): Value {
    const out = new Value(
      a,
      inputs.some((i) => i.wanted),
    );
    if (out.wanted) {
      this.steps.push(() => {
        if (out.gradient === undefined) return;
        back(out.gradient);
        out.gradient = undefined;
      });
    }
    return out;
  }

  /** Runs all closures, last first. The gradient is that of the sum of `loss`, which is mostly 1 x 1. */
  backward(loss: Value): void {
    loss.gradient = new Float32Array(loss.data.length).fill(1);
    for (let i = this.steps.length - 1; i >= 0; i--) this.steps[i]?.();
    this.steps.length = 0;
  }
}

export function like(value: Matrix, data: Float32Array): Matrix {
  return matrix(value.rows, value.cols, data);
}
