import { expect } from "chai";
import { Xoshiro } from "../random/xoshiro.js";
import { exp, ln, sinCos } from "./arithmetic.js";
import { attention } from "./attention.js";
import type { MatmulBackend } from "./backend.js";
import { crossEntropy } from "./cross-entropy.js";
import { gatedSilu, gelu } from "./elementwise.js";
import { embed } from "./embedding.js";
import { addBias, addScaled, matmul, projectFrozen, selectRows, transposed } from "./linear.js";
import { addLowRank } from "./low-rank.js";
import { matrix, transpose } from "./matrix.js";
import { layerNorm, rmsNorm } from "./normalise.js";
import { rotaryFrequencies, rotaryTable, rotate } from "./rotary.js";
import { Tape } from "./tape.js";
import type { Value } from "./tape.js";
import { tfjsBackend } from "./tfjs-backend.js";

function random(rows: number, cols: number, seed: number): ReturnType<typeof matrix> {
  const draw = new Xoshiro(BigInt(seed));
  return matrix(rows, cols, Float32Array.from({ length: rows * cols }, () => draw.normal()));
}

describe("arithmetic", () => {
  it("agrees with the engine's functions to nine digits", () => {
    for (let x = -80; x < 80; x += 0.37) expect(exp(x) / Math.exp(x)).to.be.closeTo(1, 1e-8);
    for (let x = 0.001; x < 5000; x *= 1.3) expect(ln(x)).to.be.closeTo(Math.log(x), 1e-9);
    expect(exp(0)).to.equal(1);
    for (const x of [0, -1, Infinity, Number.NaN]) expect(ln(x)).to.be.NaN;
    for (let x = -20_000; x < 20_000; x += 3.7) {
      expect(sinCos(x).sin).to.be.closeTo(Math.sin(x), 1e-12);
      expect(sinCos(x).cos).to.be.closeTo(Math.cos(x), 1e-12);
    }
  });
});

describe("operations", () => {
  let backend: MatmulBackend;
  before(async () => {
    backend = await tfjsBackend();
  });

  type Build = (tape: Tape, inputs: Value[]) => Value;

  /** Compares the gradient of sum(w * f(inputs)) with central differences, entry by entry. */
  function checkGradients(shapes: readonly (readonly [number, number])[], build: Build): void {
    const inputs = shapes.map(([r, c], i) => random(r, c, 100 + i));
    const evaluate = (): { tape: Tape; values: Value[]; out: Value } => {
      const tape = new Tape(backend);
      const values = inputs.map((m) => tape.variable({ ...m, data: m.data.slice() }));
      return { tape, values, out: build(tape, values) };
    };
    const first = evaluate();
    const weights = random(first.out.rows, first.out.cols, 99).data;
    const total = (out: Value): number => out.data.reduce((sum, x, i) => sum + x * (weights[i] ?? 0), 0);
    const scalar = first.tape.result({ rows: 1, cols: 1, data: Float32Array.of(0) }, [first.out], () =>
      first.out.accumulate(weights.slice()),
    );
    first.tape.backward(scalar);
    inputs.forEach((input, n) => {
      for (let i = 0; i < input.data.length; i++) {
        const kept = input.data[i] ?? 0;
        const h = 1 / 64;
        input.data[i] = kept + h;
        const above = total(evaluate().out);
        input.data[i] = kept - h;
        const below = total(evaluate().out);
        input.data[i] = kept;
        expect(first.values[n]?.gradient?.[i] ?? 0, `input ${n} entry ${i}`).to.be.closeTo((above - below) / (2 * h), 5e-3);
      }
    });
  }

  it("matmul, transpose and frozen projections differentiate", () => {
    checkGradients([[3, 4], [4, 5]], (t, [a, b]) => matmul(t, a as Value, b as Value));
    checkGradients([[3, 4]], (t, [a]) => transposed(t, a as Value));
    const w = random(4, 6, 1);
    const frozen = { forward: backend.hold(w), backward: backend.hold(transpose(w)) };
    checkGradients([[3, 4]], (t, [a]) => projectFrozen(t, a as Value, frozen));
    frozen.forward.release();
    frozen.backward.release();
  });

  it("bias, scaled sum and row selection differentiate", () => {
    checkGradients([[3, 4], [1, 4]], (t, [x, b]) => addBias(t, x as Value, b as Value));
    checkGradients([[3, 4], [3, 4]], (t, [a, b]) => addScaled(t, a as Value, b as Value, 0.7));
    checkGradients([[5, 3]], (t, [a]) => selectRows(t, a as Value, [4, 1]));
  });

  it("low-rank updates differentiate, on whole vectors and off them", () => {
    checkGradients([[5, 12], [5, 8], [8, 3], [3, 4]], (t, [y, x, down, up]) =>
      addLowRank(t, y as Value, x as Value, { down: down as Value, up: up as Value, from: 8, scale: 0.5 }),
    );
    checkGradients([[2, 7], [2, 5], [5, 2], [2, 3]], (t, [y, x, down, up]) =>
      addLowRank(t, y as Value, x as Value, { down: down as Value, up: up as Value, from: 3, scale: 2 }),
    );
  });

  it("gelu, layer norm, embedding and cross entropy differentiate", () => {
    checkGradients([[2, 5]], (t, [x]) => gelu(t, x as Value));
    checkGradients([[3, 8], [1, 8], [1, 8]], (t, [x, g, b]) => layerNorm(t, x as Value, g as Value, b as Value));
    const at = { tokens: Int32Array.of(1, 0, 1), positions: Int32Array.of(0, 1, 2) };
    checkGradients([[2, 3], [3, 3]], (t, [e, p]) => embed(t, e as Value, p as Value, at));
    checkGradients([[3, 6]], (t, [x]) => crossEntropy(t, x as Value, [2, 0, 5], 0.5));
  });

  it("Llama's operations differentiate: gated silu, RMS norm, rotation, attention with shared keys", () => {
    checkGradients([[2, 5], [2, 5]], (t, [x, by]) => gatedSilu(t, x as Value, by as Value));
    checkGradients([[3, 8], [1, 8]], (t, [x, g]) => rmsNorm(t, x as Value, g as Value, 1e-6));
    const rotation = { heads: 2, positions: Int32Array.of(0, 1, 5), table: rotaryTable(rotaryFrequencies(10_000, 4), 8) };
    checkGradients([[3, 12]], (t, [x]) => rotate(t, x as Value, rotation));
    checkGradients([[6, 32]], (t, [x]) => attention(t, x as Value, { heads: 4, keyHeads: 2, lengths: [4, 2] }));
  });

  it("rotation leaves products of queries and keys to their distance alone", () => {
    const table = rotaryTable(rotaryFrequencies(500_000, 16), 300);
    const q = random(1, 16, 4);
    const k = random(1, 16, 5);
    const at = (m: typeof q, position: number): Float32Array => {
      const tape = new Tape(backend);
      return rotate(tape, tape.constant(m), { heads: 1, positions: Int32Array.of(position), table }).data;
    };
    const product = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
    expect(product(at(q, 7), at(k, 3))).to.be.closeTo(product(at(q, 291), at(k, 287)), 1e-4);
    expect(at(q, 0)).to.deep.equal(q.data);
  });

  it("attention differentiates over sequences of unequal length", () => {
    checkGradients([[8, 48]], (t, [x]) => attention(t, x as Value, { heads: 2, lengths: [5, 2, 1] }));
  });

  it("attention never looks ahead nor into another sequence", () => {
    const x = random(6, 24, 3);
    const run = (): Float32Array => attention(new Tape(backend), new Tape(backend).constant(x), { heads: 1, lengths: [3, 3] }).data;
    const before = run();
    x.data.fill(9, 2 * 24, 3 * 24);
    const after = run();
    expect([...after.subarray(0, 16)]).to.deep.equal([...before.subarray(0, 16)]);
    expect([...after.subarray(24)]).to.deep.equal([...before.subarray(24)]);
    expect([...after.subarray(16, 24)]).to.not.deep.equal([...before.subarray(16, 24)]);
  });

  it("products leave no tensor behind", () => {
    const before = backend.memory().tensors;
    backend.multiply(random(3, 4, 1), random(4, 2, 2));
    expect(backend.memory().tensors).to.equal(before);
  });
});
