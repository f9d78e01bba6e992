import { Fault } from "../../../chain/primitives/index.js";
import { transpose } from "../matrix.js";
import type { Matrix } from "../matrix.js";
import { KERNELS_BINARY } from "./kernels-binary.js";
import { headColumns, padded } from "./kernels.js";
import type { HeadLayout, Kernels, LowRank, LowRankGradients, LowRankKept, Normalised } from "./kernels.js";
import { plainKernels } from "./plain.js";

/** The compiled kernels: part of what a runtime id pins. */
export function kernelsBinary(): Uint8Array {
  return Uint8Array.from(Buffer.from(KERNELS_BINARY.join(""), "base64"));
}

type Kernel = (...args: number[]) => void;

const NAMES = ["gelu", "gated", "layerNorm", "layerNormBack", "softmaxRows", "attendHead", "attendHeadBack", "narrow", "expand", "outer"] as const;

interface Exports {
  readonly memory: Memory;
  readonly kernels: Readonly<Record<(typeof NAMES)[number], Kernel>>;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** What is used of the engine's WebAssembly, which the compiler's libraries (no DOM) do not describe. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

function start(): Exports {
  // No type of the engine's global is loaded; the shape above is checked when it starts.
  const engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
  const { exports } = new engine.Instance(new engine.Module(kernelsBinary()));
  const found = NAMES.map((name) => {
    const kernel = exports[name];
    if (typeof kernel !== "function") throw new Fault("kernels lack a function", { name });
    return [name, kernel as Kernel] as const;
  });
  return { memory: exports["memory"] as Memory, kernels: Object.fromEntries(found) as Exports["kernels"] };
}

/** Work goes through the kernels' memory in chunks of about this many floats, which fit the processor's cache. */
const CHUNK = 1 << 15;
const PAGE = 1 << 16;
/** Room for a vector that reaches past the end of a buffer. */
const MARGIN = 4;

/** The kernels in WebAssembly SIMD: inputs are copied in and results out, so that nothing outside sees its memory. */
class WasmKernels implements Kernels {
  private readonly memory: Memory;
  private readonly kernels: Exports["kernels"];
  private heap = new Float32Array(0);

  constructor({ memory, kernels }: Exports) {
    this.memory = memory;
    this.kernels = kernels;
  }

  /** Offsets (in floats) of buffers of these lengths; earlier contents are void. */
  private place<const N extends readonly number[]>(lengths: N): { readonly [K in keyof N]: number } {
    let end = 0;
    const offsets = lengths.map((n) => {
      const at = end;
      end += padded(n) + MARGIN;
      return at;
    });
    const bytes = 4 * end;
    if (bytes > this.memory.buffer.byteLength) this.memory.grow(Math.ceil((bytes - this.memory.buffer.byteLength) / PAGE));
    if (this.heap.buffer !== this.memory.buffer) this.heap = new Float32Array(this.memory.buffer);
    // A map over a tuple keeps its length, which the compiler does not see.
    return offsets as unknown as { readonly [K in keyof N]: number };
  }

  private placeAll<Name extends string>(lengths: Readonly<Record<Name, number>>): Readonly<Record<Name, number>> {
    const names = Object.keys(lengths) as Name[];
    const offsets = this.place(names.map((name) => lengths[name]));
    return Object.fromEntries(names.map((name, i) => [name, offsets[i]])) as Record<Name, number>;
  }

  gelu(x: Float32Array): { out: Float32Array; slope: Float32Array } {
    const out = new Float32Array(x.length);
    const slope = new Float32Array(x.length);
    const [from, to, bend] = this.place([CHUNK, CHUNK, CHUNK]);
    for (let at = 0; at < x.length; at += CHUNK) {
      const n = Math.min(CHUNK, x.length - at);
      this.heap.set(x.subarray(at, at + n), from);
      this.kernels.gelu(4 * from, 4 * to, 4 * bend, n);
      out.set(this.heap.subarray(to, to + n), at);
      slope.set(this.heap.subarray(bend, bend + n), at);
    }
    return { out, slope };
  }

  gated(x: Float32Array, by: Float32Array): { out: Float32Array; slope: Float32Array; silu: Float32Array } {
    const [out, slope, silu] = [new Float32Array(x.length), new Float32Array(x.length), new Float32Array(x.length)];
    const [from, other, to, bend, own] = this.place([CHUNK, CHUNK, CHUNK, CHUNK, CHUNK]);
    for (let at = 0; at < x.length; at += CHUNK) {
      const n = Math.min(CHUNK, x.length - at);
      this.heap.set(x.subarray(at, at + n), from);
      this.heap.set(by.subarray(at, at + n), other);
      this.kernels.gated(4 * from, 4 * other, 4 * to, 4 * bend, 4 * own, n);
      out.set(this.heap.subarray(to, to + n), at);
      slope.set(this.heap.subarray(bend, bend + n), at);
      silu.set(this.heap.subarray(own, own + n), at);
    }
    return { out, slope, silu };
  }

  layerNorm(x: Matrix, gain: Float32Array, bias: Float32Array, epsilon: number): Normalised {
    return this.normalise(x, { gain, bias, centred: 1 }, epsilon);
  }

  rmsNorm(x: Matrix, gain: Float32Array, epsilon: number): Normalised {
    return this.normalise(x, { gain, bias: new Float32Array(gain.length), centred: 0 }, epsilon);
  }

  layerNormBack(gradient: Float32Array, kept: Normalised, gain: Float32Array): Float32Array {
    return this.normaliseBack(gradient, kept, { gain, centred: 1 });
  }

  rmsNormBack(gradient: Float32Array, kept: Normalised, gain: Float32Array): Float32Array {
    return this.normaliseBack(gradient, kept, { gain, centred: 0 });
  }

  private normalise({ rows, cols, data }: Matrix, { gain, bias, centred }: Affine, epsilon: number): Normalised {
    const result = { out: new Float32Array(data.length), unit: new Float32Array(data.length), inverse: new Float32Array(rows) };
    const { stride, most } = chunkOf(rows, cols);
    const size = most * stride;
    const [x, g, b, out, unit, inverse] = this.place([size, cols, cols, size, size, most]);
    this.heap.set(gain, g);
    this.heap.set(bias, b);
    for (let row = 0; row < rows; row += most) {
      const block = { row, count: Math.min(most, rows - row), cols, stride };
      this.copyIn(data, block, x);
      this.kernels.layerNorm(4 * x, 4 * g, 4 * b, 4 * out, 4 * unit, 4 * inverse, block.count, cols, stride, epsilon, centred);
      this.copyOut(result.out, block, out);
      this.copyOut(result.unit, block, unit);
      result.inverse.set(this.heap.subarray(inverse, inverse + block.count), row);
    }
    return result;
  }

  private normaliseBack(gradient: Float32Array, kept: Normalised, { gain, centred }: Omit<Affine, "bias">): Float32Array {
    const cols = gain.length;
    const rows = kept.inverse.length;
    const result = new Float32Array(gradient.length);
    const { stride, most } = chunkOf(rows, cols);
    const size = most * stride;
    const [dy, unit, g, inverse, out] = this.place([size, size, cols, most, size]);
    this.heap.set(gain, g);
    for (let row = 0; row < rows; row += most) {
      const block = { row, count: Math.min(most, rows - row), cols, stride };
      this.copyIn(gradient, block, dy);
      this.copyIn(kept.unit, block, unit);
      this.heap.set(kept.inverse.subarray(row, row + block.count), inverse);
      this.kernels.layerNormBack(4 * dy, 4 * unit, 4 * g, 4 * inverse, 4 * out, block.count, cols, stride, centred);
      this.copyOut(result, block, out);
    }
    return result;
  }

  softmaxRows({ rows, cols, data }: Matrix): { out: Float32Array; largest: Float32Array; sums: Float32Array } {
    const result = { out: new Float32Array(data.length), largest: new Float32Array(rows), sums: new Float32Array(rows) };
    const { stride, most } = chunkOf(rows, cols);
    const [x, largest, sums] = this.place([most * stride, most, most]);
    for (let row = 0; row < rows; row += most) {
      const block = { row, count: Math.min(most, rows - row), cols, stride };
      this.copyIn(data, block, x);
      this.kernels.softmaxRows(4 * x, 4 * largest, 4 * sums, block.count, cols, stride);
      this.copyOut(result.out, block, x);
      result.largest.set(this.heap.subarray(largest, largest + block.count), row);
      result.sums.set(this.heap.subarray(sums, sums + block.count), row);
    }
    return result;
  }

  attend(qkv: Matrix, layout: HeadLayout, keep: boolean): { out: Float32Array; weights: Float32Array[] } {
    const { heads, size } = layout;
    const width = heads * size;
    const out = new Float32Array(qkv.rows * width);
    const weights: Float32Array[] = [];
    const scale = 1 / Math.sqrt(size);
    let first = 0;
    for (const length of layout.lengths) {
      const span = padded(length);
      const [x, to, own, scratch] = this.place([length * qkv.cols, length * width, length * span, size * span]);
      this.heap.set(qkv.data.subarray(first * qkv.cols, (first + length) * qkv.cols), x);
      this.heap.fill(0, own, own + length * span);
      for (let head = 0; head < heads; head++) {
        const { q, k, v } = headColumns(layout, head);
        const places = [x + q, x + k, x + v].map((at) => 4 * at);
        this.kernels.attendHead(...places, qkv.cols, 4 * (to + head * size), width, 4 * own, 4 * scratch, length, size, scale);
        if (keep) weights.push(this.heap.slice(own, own + length * span));
      }
      out.set(this.heap.subarray(to, to + length * width), first * width);
      first += length;
    }
    return { out, weights };
  }

  attendBack(
    qkv: Matrix,
    layout: HeadLayout,
    { weights, gradient }: { weights: readonly Float32Array[]; gradient: Float32Array },
  ): Float32Array {
    const { heads, size } = layout;
    const { cols } = qkv;
    const width = heads * size;
    const delta = new Float32Array(qkv.data.length);
    const scale = 1 / Math.sqrt(size);
    let first = 0;
    let kept = 0;
    for (const length of layout.lengths) {
      const span = padded(length);
      const [x, dx, g, own, scratch] = this.place([length * cols, length * cols, length * width, length * span, (size + length) * span]);
      this.heap.set(qkv.data.subarray(first * cols, (first + length) * cols), x);
      this.heap.fill(0, dx, dx + length * cols);
      this.heap.set(gradient.subarray(first * width, (first + length) * width), g);
      for (let head = 0; head < heads; head++) {
        const { q, k, v } = headColumns(layout, head);
        this.heap.set(weights[kept++] as Float32Array, own);
        const inputs = [x + q, x + k, x + v].map((at) => 4 * at);
        const outputs = [dx + q, dx + k, dx + v].map((at) => 4 * at);
        const from = [4 * (g + head * size), width, 4 * own];
        this.kernels.attendHeadBack(...inputs, cols, ...from, ...outputs, 4 * scratch, length, size, scale);
      }
      delta.set(this.heap.subarray(dx, dx + length * cols), first * cols);
      first += length;
    }
    return delta;
  }

  lowRank(update: LowRank, y: Matrix): Float32Array {
    if (!isAligned(update, y.cols)) return plainKernels.lowRank(update, y);
    const { x, down, up, from, scale } = update;
    const wide = padded(down.cols);
    const z = new Float32Array(x.rows * wide);
    const most = Math.max(1, Math.min(x.rows, Math.floor(CHUNK / Math.max(x.cols, y.cols))));
    const [a, w, b, own, to] = this.place([most * x.cols, x.cols * wide, up.data.length, most * wide, most * y.cols]);
    this.heap.set(widen(down), w);
    this.heap.set(up.data, b);
    for (let row = 0; row < x.rows; row += most) {
      const rows = Math.min(most, x.rows - row);
      this.heap.set(x.data.subarray(row * x.cols, (row + rows) * x.cols), a);
      this.heap.set(y.data.subarray(row * y.cols, (row + rows) * y.cols), to);
      this.kernels.narrow(4 * a, x.cols, 4 * w, 4 * own, rows, x.cols, wide);
      this.kernels.expand(4 * own, wide, 4 * b, 4 * (to + from), y.cols, rows, up.rows, up.cols, scale);
      y.data.set(this.heap.subarray(to, to + rows * y.cols), row * y.cols);
      z.set(this.heap.subarray(own, own + rows * wide), row * wide);
    }
    return z;
  }

  lowRankBack(update: LowRank, kept: LowRankKept): LowRankGradients {
    const { gradient, parts, wantX } = kept;
    if (!isAligned(update, gradient.cols)) return plainKernels.lowRankBack(update, kept);
    const { x, down, up, scale } = update;
    const wide = padded(down.cols);
    const most = Math.max(1, Math.min(x.rows, Math.floor(CHUNK / Math.max(x.cols, gradient.cols))));
    const [a, g, z, dz, dx] = [most * x.cols, most * gradient.cols, most * wide, most * wide, most * x.cols];
    const at = this.placeAll({ a, g, z, dz, dx, turned: up.cols * wide, dUp: up.data.length, dDown: down.data.length, back: down.data.length });
    this.heap.set(widen(transpose(up)), at.turned);
    this.heap.set(transpose(down).data, at.back);
    const out: LowRankGradients = { down: [], up: [], x: wantX ? new Float32Array(x.data.length) : undefined };
    let first = 0;
    for (const rows of parts) {
      this.heap.fill(0, at.dUp, at.dUp + up.data.length);
      this.heap.fill(0, at.dDown, at.dDown + down.data.length);
      for (let row = first; row < first + rows; row += most) {
        this.lowRankRows(update, kept, { at, row, rows: Math.min(most, first + rows - row), into: out.x });
      }
      out.up.push(this.heap.slice(at.dUp, at.dUp + up.data.length).map((v) => v * Math.fround(scale)));
      const dDownTurned = { rows: down.cols, cols: down.rows, data: this.heap.slice(at.dDown, at.dDown + down.data.length) };
      out.down.push(transpose(dDownTurned).data);
      first += rows;
    }
    return out;
  }

  /** The contribution of some rows of one part: added to dUp and dDown, written to `into`. */
  private lowRankRows(
    { x, down, up, from, scale }: LowRank,
    { gradient, z }: LowRankKept,
    { at, row, rows, into }: { at: Places; row: number; rows: number; into: Float32Array | undefined },
  ): void {
    const rank = down.cols;
    const wide = padded(rank);
    const factor = Math.fround(scale);
    this.heap.set(x.data.subarray(row * x.cols, (row + rows) * x.cols), at.a);
    this.heap.set(gradient.data.subarray(row * gradient.cols, (row + rows) * gradient.cols), at.g);
    this.heap.set(z.subarray(row * wide, (row + rows) * wide), at.z);
    const g = 4 * (at.g + from);
    this.kernels.narrow(g, gradient.cols, 4 * at.turned, 4 * at.dz, rows, up.cols, wide);
    for (let i = at.dz; i < at.dz + rows * wide; i++) this.heap[i] = (this.heap[i] as number) * factor;
    this.kernels.outer(4 * at.z, wide, g, gradient.cols, 4 * at.dUp, rows, rank, up.cols);
    this.kernels.outer(4 * at.dz, wide, 4 * at.a, x.cols, 4 * at.dDown, rows, rank, x.cols);
    if (into === undefined) return;
    this.heap.fill(0, at.dx, at.dx + rows * x.cols);
    this.kernels.expand(4 * at.dz, wide, 4 * at.back, 4 * at.dx, x.cols, rows, rank, x.cols, 1);
    into.set(this.heap.subarray(at.dx, at.dx + rows * x.cols), row * x.cols);
  }

  private copyIn(from: Float32Array, { row, count, cols, stride }: Block, to: number): void {
    if (cols === stride) this.heap.set(from.subarray(row * cols, (row + count) * cols), to);
    else for (let r = 0; r < count; r++) this.heap.set(from.subarray((row + r) * cols, (row + r + 1) * cols), to + r * stride);
  }

  private copyOut(to: Float32Array, { row, count, cols, stride }: Block, from: number): void {
    if (cols === stride) to.set(this.heap.subarray(from, from + count * cols), row * cols);
    else for (let r = 0; r < count; r++) to.set(this.heap.subarray(from + r * stride, from + r * stride + cols), (row + r) * cols);
  }
}

/** The affine part of a norm, and whether (1) rows are centred before they are scaled. */
interface Affine {
  readonly gain: Float32Array;
  readonly bias: Float32Array;
  readonly centred: number;
}

/** Offsets of the buffers of a low-rank update's way back. */
type Places = Readonly<Record<"a" | "g" | "z" | "dz" | "turned" | "dUp" | "dDown" | "back" | "dx", number>>;

/** Whether all rows and columns begin at whole vectors: always so for the widths that config.ts takes. */
function isAligned({ x, up, from }: LowRank, cols: number): boolean {
  return ((x.cols | up.cols | from | cols) & 3) === 0;
}

/** Rows padded with zeros to whole vectors. */
function widen({ rows, cols, data }: Matrix): Float32Array {
  const wide = padded(cols);
  if (wide === cols) return data;
  const out = new Float32Array(rows * wide);
  for (let r = 0; r < rows; r++) out.set(data.subarray(r * cols, (r + 1) * cols), r * wide);
  return out;
}

/** Rows `row` to `row + count` of a matrix, `stride` floats apart in the kernels' memory. */
interface Block {
  readonly row: number;
  readonly count: number;
  readonly cols: number;
  readonly stride: number;
}

/** Distance of rows in memory, and how many make a chunk. */
function chunkOf(rows: number, cols: number): { readonly stride: number; readonly most: number } {
  const stride = padded(cols);
  return { stride, most: Math.max(1, Math.min(rows, Math.floor(CHUNK / stride))) };
}

export function createWasmKernels(): Kernels {
  return new WasmKernels(start());
}
