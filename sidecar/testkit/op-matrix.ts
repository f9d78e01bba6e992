import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, toHex, u64be } from "../../chain/primitives/index.js";
import { advance, advanceTangent, ratesAt, zeroMoments } from "../lora/adam.js";
import { floatBytes } from "../model/safetensors.js";
import { exp, ln, sinCos } from "../ops/arithmetic.js";
import { attention } from "../ops/attention.js";
import type { MatmulBackend } from "../ops/backend.js";
import { crossEntropy, crossEntropyParts } from "../ops/cross-entropy.js";
import { gatedSilu, gelu } from "../ops/elementwise.js";
import { embed } from "../ops/embedding.js";
import { add, addBias, addScaled, matmul, projectFrozen, selectRows, transposed } from "../ops/linear.js";
import { addLowRank } from "../ops/low-rank.js";
import { matrix, transpose } from "../ops/matrix.js";
import type { Matrix } from "../ops/matrix.js";
import { layerNorm, rmsNorm } from "../ops/normalise.js";
import { rotaryFrequencies, rotaryTable, rotate } from "../ops/rotary.js";
import { Tape } from "../ops/tape.js";
import type { Value } from "../ops/tape.js";
import { Xoshiro } from "../random/xoshiro.js";

/** Operation and shape to the SHA-256 of its result and of the gradients it gives: what must not differ anywhere. */
export type OpHashes = Readonly<Record<string, string>>;

type Shape = readonly [rows: number, cols: number];
type Build = (tape: Tape, inputs: readonly Value[]) => Value;

interface Case {
  readonly name: string;
  readonly inputs: readonly Shape[];
  readonly build: Build;
  /** Rows of each part, for gradients part by part. */
  readonly parts?: readonly number[];
}

function draw([rows, cols]: Shape, seed: number): Matrix {
  const random = new Xoshiro(BigInt(seed));
  return matrix(rows, cols, Float32Array.from({ length: rows * cols }, () => random.normal()));
}

/** Result, gradients, and gradients by part, hashed with their lengths. */
function runCase(backend: MatmulBackend, { inputs, build, parts }: Case): string {
  const tape = new Tape(backend, parts);
  const values = inputs.map((shape, i) => tape.variable(draw(shape, 100 + i)));
  const out = build(tape, values);
  const upstream = draw([out.rows, out.cols], 99).data;
  const scalar = tape.result({ rows: 1, cols: 1, data: Float32Array.of(0) }, [out], () => out.accumulate(upstream));
  const result = out.data.slice();
  tape.backward(scalar);
  const vectors = [result, ...values.flatMap((v) => [v.gradient ?? new Float32Array(0), ...(v.partGradients ?? [])])];
  return hashVectors(vectors);
}

export function hashVectors(vectors: readonly Float32Array[]): string {
  return toHex(sha256(concatBytes(...vectors.flatMap((v) => [u64be(BigInt(v.length)), floatBytes(v)]))));
}

/** Odd and even, smaller and larger than the kernels' tiles, one row (generation) and many (training). */
const PRODUCTS: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [1, 128, 384],
  [2, 3, 5],
  [7, 13, 9],
  [17, 64, 4],
  [31, 4, 128],
  [33, 128, 512],
  [64, 512, 128],
  [5, 128, 1031],
];

/** Rows, columns of x, rank, columns of the update: among others more rows than one chunk of the kernels. */
const LOW_RANKS: readonly (readonly [number, number, number, number])[] = [
  [1, 128, 8, 128],
  [5, 9, 3, 7],
  [90, 128, 4, 512],
  [33, 64, 16, 20],
];

function frozenHash(backend: MatmulBackend, [m, k, n]: readonly [number, number, number]): [string, string] {
  const w = draw([k, n], 7);
  const frozen = { forward: backend.hold(w), backward: backend.hold(transpose(w)) };
  const name = `projectFrozen ${m}x${k}x${n}`;
  const hash = runCase(backend, { name, inputs: [[m, k]], build: (t, [a]) => projectFrozen(t, a as Value, frozen) });
  frozen.forward.release();
  frozen.backward.release();
  return [name, hash];
}

function linearCases(): Case[] {
  const products = PRODUCTS.map(([m, k, n]): Case => {
    return { name: `matmul ${m}x${k}x${n}`, inputs: [[m, k], [k, n]], build: (t, [a, b]) => matmul(t, a as Value, b as Value) };
  });
  const parts = [1, 5, 2, 12];
  return [
    ...products,
    { name: "matmul by parts", inputs: [[20, 16], [16, 8]], build: (t, [a, b]) => matmul(t, a as Value, b as Value), parts },
    { name: "transposed", inputs: [[17, 9]], build: (t, [a]) => transposed(t, a as Value) },
    { name: "addBias", inputs: [[17, 9], [1, 9]], build: (t, [a, b]) => addBias(t, a as Value, b as Value) },
    { name: "add", inputs: [[17, 9], [17, 9]], build: (t, [a, b]) => add(t, a as Value, b as Value) },
    { name: "addScaled", inputs: [[17, 9], [17, 9]], build: (t, [a, b]) => addScaled(t, a as Value, b as Value, 0.3) },
    ...LOW_RANKS.map(([rows, inner, rank, cols]): Case => {
      const build: Build = (t, [y, x, down, up]) =>
        addLowRank(t, y as Value, x as Value, { down: down as Value, up: up as Value, from: cols, scale: 0.7 });
      const inputs: Shape[] = [[rows, 3 * cols], [rows, inner], [inner, rank], [rank, cols]];
      return { name: `addLowRank ${rows}x${inner}x${rank}x${cols}`, inputs, build };
    }),
    {
      name: "addLowRank by parts",
      inputs: [[20, 16], [20, 16], [16, 4], [4, 16]],
      build: (t, [y, x, down, up]) => addLowRank(t, y as Value, x as Value, { down: down as Value, up: up as Value, from: 0, scale: 2 }),
      parts,
    },
    { name: "selectRows", inputs: [[11, 24]], build: (t, [a]) => selectRows(t, a as Value, [3, 0, 10]) },
  ];
}

function nonlinearCases(): Case[] {
  const shapes: readonly Shape[] = [[1, 8], [5, 33], [48, 128]];
  const targets = (n: number, cols: number): number[] => Array.from({ length: n }, (_, i) => (i * 7) % cols);
  const byShape = shapes.flatMap(([r, c]): Case[] => [
    { name: `gelu ${r}x${c}`, inputs: [[r, c]], build: (t, [x]) => gelu(t, x as Value) },
    {
      name: `layerNorm ${r}x${c}`,
      inputs: [[r, c], [1, c], [1, c]],
      build: (t, [x, g, b]) => layerNorm(t, x as Value, g as Value, b as Value),
    },
    { name: `gatedSilu ${r}x${c}`, inputs: [[r, c], [r, c]], build: (t, [x, by]) => gatedSilu(t, x as Value, by as Value) },
    { name: `rmsNorm ${r}x${c}`, inputs: [[r, c], [1, c]], build: (t, [x, g]) => rmsNorm(t, x as Value, g as Value, 1e-6) },
    { name: `crossEntropy ${r}x${c}`, inputs: [[r, c]], build: (t, [x]) => crossEntropy(t, x as Value, targets(r, c), 0.3) },
  ]);
  const heads: readonly { heads: number; keyHeads?: number; size: number; lengths: readonly number[] }[] = [
    { heads: 1, size: 8, lengths: [1] },
    { heads: 2, size: 16, lengths: [5, 1, 9] },
    { heads: 4, size: 32, lengths: [40, 13] },
    { heads: 6, keyHeads: 2, size: 8, lengths: [21, 3] },
  ];
  const attentions = heads.map(({ heads: count, keyHeads = count, size, lengths }): Case => {
    const rows = lengths.reduce((sum, n) => sum + n, 0);
    const build: Build = (t, [x]) => attention(t, x as Value, { heads: count, keyHeads, lengths });
    const name = `attention ${count}/${keyHeads}x${size} over ${lengths.join("+")}`;
    return { name, inputs: [[rows, (count + 2 * keyHeads) * size]], build };
  });
  const rotation = { heads: 2, positions: Int32Array.of(0, 1, 99), table: rotaryTable(rotaryFrequencies(10_000, 16), 100) };
  const at = { tokens: Int32Array.of(1, 0, 1, 4), positions: Int32Array.of(0, 1, 2, 0) };
  return [
    ...byShape,
    ...attentions,
    { name: "rotate", inputs: [[3, 48]], build: (t, [x]) => rotate(t, x as Value, rotation) },
    { name: "embed", inputs: [[5, 12], [3, 12]], build: (t, [e, p]) => embed(t, e as Value, p as Value, at) },
    {
      name: "crossEntropyParts",
      inputs: [[9, 20]],
      build: (t, [x]) => crossEntropyParts(t, x as Value, targets(9, 20), { counts: [4, 0, 5], weights: [0.5, 1, 2] }),
    },
  ];
}

/** exp and ln over their range, and a few Adam updates with a tangent: plain loops, but hashed all the same. */
function scalarHashes(): Record<string, string> {
  const points = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 20);
  const adam = { rateNano: 5_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 100_000 };
  const state = { ...zeroMoments(50), theta: draw([1, 50], 1).data };
  const tangent = zeroMoments(50);
  for (let step = 1; step <= 5; step++) {
    const rates = ratesAt(adam, step);
    const gradient = draw([1, 50], 10 + step).data;
    advanceTangent(tangent, state, { rates, gradient, change: draw([1, 50], 20 + step).data });
    advance(state, rates, gradient);
  }
  return {
    exp: hashVectors([points.map(exp)]),
    ln: hashVectors([points.map((x) => ln(Math.abs(x) + 0.01))]),
    sinCos: hashVectors([points.map((x) => sinCos(10 * x).sin), points.map((x) => sinCos(10 * x).cos)]),
    adam: hashVectors([state.theta, state.first, state.second, tangent.theta, tangent.first, tangent.second]),
  };
}

/** Every operation of the interface, forwards and backwards, on seeded inputs of several shapes. */
export function opMatrix(backend: MatmulBackend): OpHashes {
  const cases = [...linearCases(), ...nonlinearCases()].map((c) => [c.name, runCase(backend, c)] as const);
  const frozen = PRODUCTS.map((shape) => frozenHash(backend, shape));
  return { ...Object.fromEntries([...cases, ...frozen]), ...scalarHashes() };
}
