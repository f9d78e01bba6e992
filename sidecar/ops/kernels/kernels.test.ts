import { expect } from "chai";
import fc from "fast-check";
import { Xoshiro } from "../../random/xoshiro.js";
import { exp } from "../arithmetic.js";
import type { Matrix } from "../matrix.js";
import { plainKernels, exp32 } from "./plain.js";
import { createWasmKernels } from "./wasm.js";

/** Finite floats of the sizes that a model computes with, and a few larger ones. */
const value = fc.oneof(fc.float({ min: -4, max: 4, noNaN: true }), fc.float({ min: -200, max: 200, noNaN: true }));

function vector(length: number): fc.Arbitrary<Float32Array> {
  return fc.array(value, { minLength: length, maxLength: length }).map((a) => Float32Array.from(a));
}

describe("kernels", () => {
  const wasm = createWasmKernels();

  it("exp32 is e^x to float32's accuracy, zero where float32 ends", () => {
    for (let x = -86; x < 88; x += 0.0371) expect(exp32(Math.fround(x)) / exp(Math.fround(x))).to.be.closeTo(1, 3e-7);
    expect([exp32(0), exp32(-88), exp32(-Infinity)]).to.deep.equal([1, 0, 0]);
  });

  it("let what is not a number through, so that it is refused before it is hashed", () => {
    const data = Float32Array.of(1, Number.NaN, 3, 4, 5);
    expect(exp32(Number.NaN)).to.be.NaN;
    for (const kernels of [wasm, plainKernels]) {
      expect(kernels.gelu(data).out[1]).to.be.NaN;
      expect(kernels.gated(data, data).out[1]).to.be.NaN;
      expect(kernels.softmaxRows({ rows: 1, cols: 5, data }).sums[0]).to.be.NaN;
      expect(kernels.softmaxRows({ rows: 1, cols: 5, data: data.map((x) => x * Infinity) }).sums[0]).to.be.NaN;
    }
  });

  it("have the bits of the plain ones: elementwise and by row", () => {
    const shapes = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 21 }));
    const inputs = shapes.chain(([rows, cols]) => {
      return fc.tuple(fc.constant({ rows, cols }), vector(rows * cols), vector(cols), vector(cols), vector(rows * cols));
    });
    fc.assert(
      fc.property(inputs, ([shape, data, gain, bias, gradient]) => {
        expect(wasm.gelu(data)).to.deep.equal(plainKernels.gelu(data));
        expect(wasm.softmaxRows({ ...shape, data })).to.deep.equal(plainKernels.softmaxRows({ ...shape, data }));
        expect(wasm.gated(data, gradient)).to.deep.equal(plainKernels.gated(data, gradient));
        const plainRms = plainKernels.rmsNorm({ ...shape, data }, gain, 1e-6);
        expect(wasm.rmsNorm({ ...shape, data }, gain, 1e-6)).to.deep.equal(plainRms);
        expect(wasm.rmsNormBack(gradient, plainRms, gain)).to.deep.equal(plainKernels.rmsNormBack(gradient, plainRms, gain));
        const kept = wasm.layerNorm({ ...shape, data }, gain, bias, 1e-5);
        expect(kept).to.deep.equal(plainKernels.layerNorm({ ...shape, data }, gain, bias, 1e-5));
        expect(wasm.layerNormBack(gradient, kept, gain)).to.deep.equal(plainKernels.layerNormBack(gradient, kept, gain));
      }),
      { numRuns: 300 },
    );
  });

  it("have the bits of the plain ones: attention, with and without shared keys", () => {
    const layouts = fc.record({
      group: fc.integer({ min: 1, max: 3 }),
      keyHeads: fc.integer({ min: 1, max: 2 }),
      size: fc.constantFrom(4, 8, 16, 20),
      lengths: fc.array(fc.integer({ min: 1, max: 37 }), { minLength: 1, maxLength: 3 }),
    });
    const inputs = layouts.chain(({ group, keyHeads, size, lengths }) => {
      const heads = group * keyHeads;
      const rows = lengths.reduce((sum, n) => sum + n, 0);
      const cols = (heads + 2 * keyHeads) * size;
      const random = fc.infiniteStream(fc.float({ min: -3, max: 3, noNaN: true }));
      const take = (n: number): fc.Arbitrary<Float32Array> => random.map((s) => Float32Array.from(s.take(n)));
      return fc.tuple(fc.constant({ heads, keyHeads, size, lengths }), take(rows * cols).map((data) => ({ rows, cols, data })), take(rows * heads * size));
    });
    fc.assert(
      fc.property(inputs, ([layout, qkv, gradient]) => {
        const kept = wasm.attend(qkv, layout, true);
        const plain = plainKernels.attend(qkv, layout, true);
        expect(kept).to.deep.equal(plain);
        expect(wasm.attendBack(qkv, layout, { ...kept, gradient })).to.deep.equal(plainKernels.attendBack(qkv, layout, { ...plain, gradient }));
      }),
      { numRuns: 60 },
    );
  });

  it("have the bits of the plain ones: low-rank updates, on whole vectors and off them, by parts", () => {
    const shapes = fc.record({
      parts: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 3 }),
      inner: fc.constantFrom(4, 5, 20, 36),
      rank: fc.integer({ min: 1, max: 9 }),
      output: fc.constantFrom(3, 4, 16, 24, 40),
      from: fc.constantFrom(0, 4, 5),
      wantX: fc.boolean(),
      seed: fc.bigInt({ min: 0n, max: 1000n }),
    });
    fc.assert(
      fc.property(shapes, ({ parts, inner, rank, output, from, wantX, seed }) => {
        const random = new Xoshiro(seed);
        const draw = (rows: number, cols: number): Matrix => {
          return { rows, cols, data: Float32Array.from({ length: rows * cols }, () => random.normal()) };
        };
        const rows = parts.reduce((sum, n) => sum + n, 0);
        const update = { x: draw(rows, inner), down: draw(inner, rank), up: draw(rank, output), from, scale: 0.3 };
        const y = draw(rows, from + output + 4);
        const other = { ...y, data: y.data.slice() };
        const z = wasm.lowRank(update, y);
        expect(z).to.deep.equal(plainKernels.lowRank(update, other));
        expect(y).to.deep.equal(other);
        const kept = { z, gradient: draw(rows, y.cols), parts, wantX };
        expect(wasm.lowRankBack(update, kept)).to.deep.equal(plainKernels.lowRankBack(update, kept));
      }),
      { numRuns: 150 },
    );
  });

  it("use memory for one chunk, however large the matrix, and no more the next time", () => {
    const data = new Float32Array(3_000_000).fill(0.5);
    const kernels = createWasmKernels();
    const bytes = (): number => (kernels as unknown as { heap: Float32Array }).heap.byteLength;
    kernels.gelu(data);
    kernels.softmaxRows({ rows: 3000, cols: 1000, data });
    kernels.layerNorm({ rows: 3000, cols: 1000, data }, data.subarray(0, 1000), data.subarray(0, 1000), 1e-5);
    const after = bytes();
    expect(after).to.be.lessThan(1 << 20);
    for (let i = 0; i < 3; i++) kernels.gelu(data);
    expect(bytes()).to.equal(after);
  });

  it("give the same for a matrix larger than a chunk as for its rows", () => {
    const cols = 1027;
    const data = Float32Array.from({ length: 70 * cols }, (_, i) => Math.fround(((i * 7919) % 1000) / 100 - 5));
    const whole = wasm.softmaxRows({ rows: 70, cols, data }).out;
    for (const r of [0, 30, 31, 69]) {
      const row = wasm.softmaxRows({ rows: 1, cols, data: data.slice(r * cols, (r + 1) * cols) }).out;
      expect(whole.slice(r * cols, (r + 1) * cols)).to.deep.equal(row);
    }
    const { out } = wasm.gelu(data);
    expect(out.slice(40_000, 40_100)).to.deep.equal(wasm.gelu(data.slice(40_000, 40_100)).out);
  });
});
