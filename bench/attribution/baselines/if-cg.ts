import { addScaled, innerProduct } from "../../../sidecar/attribution/trainable.js";
import { gradDot } from "./grad-dot.js";
import type { Scores, Vectors } from "./grad-dot.js";

export interface ConjugateGradients {
  /** The Hessian of the mean training loss times a direction. */
  readonly times: (direction: Float32Array) => Float32Array;
  readonly damping: number;
  /** dattri's recipes use 10. */
  readonly iterations: number;
}

/** Influence functions (arXiv 1703.04730): (H + damping I)^-1 times each query gradient by conjugate gradients, then products. */
export function influenceByConjugateGradients(rows: Vectors, queries: Vectors, solver: ConjugateGradients): Scores {
  return gradDot(
    rows,
    queries.map((q) => Float32Array.from(solveByConjugateGradients(q, solver))),
  );
}

export function solveByConjugateGradients(b: Float32Array, { times, damping, iterations }: ConjugateGradients): Float64Array {
  const x = new Float64Array(b.length);
  const residual = Float64Array.from(b);
  const direction = Float64Array.from(b);
  let square = innerProduct(residual, residual);
  for (let i = 0; i < iterations && square > 0; i++) {
    const product = Float64Array.from(times(Float32Array.from(direction)));
    addScaled(product, direction, damping);
    const curvature = innerProduct(direction, product);
    if (curvature <= 0) break;
    const step = square / curvature;
    addScaled(x, direction, step);
    addScaled(residual, product, -step);
    const next = innerProduct(residual, residual);
    const kept = next / square;
    for (let j = 0; j < direction.length; j++) direction[j] = (residual[j] as number) + kept * (direction[j] as number);
    square = next;
  }
  return x;
}
