import { Fault } from "../../chain/primitives/index.js";

/** Row-major float32 matrix. A vector is one row. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}

export function matrix(rows: number, cols: number, data: Float32Array): Matrix {
  if (data.length !== rows * cols) throw new Fault("matrix size", { rows, cols, length: data.length });
  return { rows, cols, data };
}

const TILE = 16;

/** Explicit transpose, tiled for the cache: the backend's own transposed products are many times slower. */
export function transpose(a: Matrix): Matrix {
  const { rows, cols, data } = a;
  const out = new Float32Array(data.length);
  for (let r0 = 0; r0 < rows; r0 += TILE) {
    const r1 = Math.min(rows, r0 + TILE);
    for (let c0 = 0; c0 < cols; c0 += TILE) copyTile(data, out, { rows, cols, r0, r1, c0, c1: Math.min(cols, c0 + TILE) });
  }
  return { rows: cols, cols: rows, data: out };
}

interface Tile {
  readonly rows: number;
  readonly cols: number;
  readonly r0: number;
  readonly r1: number;
  readonly c0: number;
  readonly c1: number;
}

function copyTile(from: Float32Array, to: Float32Array, tile: Tile): void {
  const { rows, cols, r0, r1, c0, c1 } = tile;
  for (let c = c0; c < c1; c++) {
    for (let r = r0; r < r1; r++) to[c * rows + r] = from[r * cols + c] as number;
  }
}

/** `to += from`, elementwise. */
export function addInto(to: Float32Array, from: Float32Array): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + (from[i] as number);
}
