import { expect } from "chai";
import fc from "fast-check";
import { Reject } from "../../chain/primitives/index.js";
import { Xoshiro } from "../random/xoshiro.js";
import { cholesky, dampedCurvature, solveFactored } from "./curvature.js";
import { curvatureSamples } from "./influence.js";
import { droppedGroups, probeSamples } from "./metasmoothness.js";
import { doubledRanks, spearmanPpm } from "./spearman.js";
import { innerProduct } from "./trainable.js";
import { divideTangent } from "./within.js";

const pause = (): Promise<void> => Promise.resolve();

function randomVectors(count: number, size: number, seed: bigint): Float32Array[] {
  const random = new Xoshiro(seed);
  return Array.from({ length: count }, () => Float32Array.from({ length: size }, () => random.normal()));
}

describe("damped curvature", () => {
  it("solves what the matrix itself, spelled out, multiplies", async () => {
    for (const [n, p] of [[3, 7], [9, 5], [6, 6]] as const) {
      const vectors = randomVectors(n, p, 3n);
      const b = Float64Array.from({ length: p }, (_, i) => i - 2);
      const { solve, lambda } = await dampedCurvature(vectors, pause);
      const x = solve(b);
      const back = b.map((_, i) => lambda * (x[i] ?? 0) + vectors.reduce((sum, y) => sum + ((y[i] ?? 0) * innerProduct(y, x)) / n, 0));
      back.forEach((y, i) => expect(y).to.be.closeTo(b[i] ?? 0, 1e-9));
      const trace = vectors.reduce((sum, y) => sum + innerProduct(y, y) / n, 0);
      expect(lambda).to.be.closeTo((0.1 * trace) / n, 1e-12);
    }
  });

  it("survives vectors that are all zero and refuses what is not a number", async () => {
    const { solve } = await dampedCurvature([new Float32Array(2)], pause);
    expect(Number.isFinite(solve(Float64Array.of(0, 0))[0])).to.equal(true);
    expect(await dampedCurvature([Float32Array.of(NaN)], pause).catch((e: unknown) => e)).to.be.instanceOf(Reject);
    expect(() => cholesky(Float64Array.of(-1), 1)).to.throw(Reject);
  });

  it("factors and solves", () => {
    const factor = cholesky(Float64Array.of(4, 0, 2, 5), 2);
    expect([...factor]).to.deep.equal([2, 0, 1, 2]);
    expect([...solveFactored(factor, 2, Float64Array.of(8, 9))]).to.deep.equal([1.375, 1.25]);
  });

  it("stands on all samples, or on a seeded part that fits", () => {
    expect(curvatureSamples(5, 100, 1n)).to.deep.equal([0, 1, 2, 3, 4]);
    const part = curvatureSamples(10_000, 100, 1n);
    expect(part).to.have.lengthOf(512);
    expect(part).to.deep.equal([...new Set(part)].sort((a, b) => a - b));
    expect(curvatureSamples(10_000, 1 << 20, 1n)).to.have.lengthOf(16);
    expect(curvatureSamples(10_000, 100, 1n, 2)).to.have.lengthOf(256);
    expect(curvatureSamples(10_000, 100, 2n)).not.to.deep.equal(part);
  });
});

describe("a cohort's tangent", () => {
  it("is divided into parts that sum to it, whatever the estimates say", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.bigInt({ min: 0n, max: 1000n }), (count, seed) => {
        const [tangent = new Float32Array(0), ...estimates] = randomVectors(count + 1, 12, seed);
        const parts = divideTangent({ tangent, estimates, sizes: estimates.map((_, i) => i) });
        tangent.forEach((x, i) => expect(parts.reduce((sum, v) => sum + (v[i] ?? 0), 0)).to.be.closeTo(x, 1e-5));
      }),
    );
  });

  it("follows estimates that are right but for a factor", () => {
    const truth = randomVectors(3, 20, 5n);
    const tangent = Float32Array.from({ length: 20 }, (_, i) => truth.reduce((sum, v) => sum + (v[i] ?? 0), 0));
    const parts = divideTangent({ tangent, estimates: truth.map((v) => v.map((x) => 40 * x)), sizes: [1, 5, 9] });
    truth.forEach((v, c) => v.forEach((x, i) => expect(parts[c]?.[i]).to.be.closeTo(x, 1e-5)));
  });

  it("is divided by size where nothing is known, and equally where there is no size", () => {
    const tangent = Float32Array.of(8);
    const estimates = [new Float32Array(1), new Float32Array(1)];
    expect(divideTangent({ tangent, estimates, sizes: [1, 3] }).map((v) => v[0])).to.deep.equal([2, 6]);
    expect(divideTangent({ tangent, estimates, sizes: [0, 0] }).map((v) => v[0])).to.deep.equal([4, 4]);
  });
});

describe("Spearman's correlation in ppm", () => {
  it("is the known figure, with tied ranks averaged", () => {
    expect(doubledRanks([5, 1, 5, 9])).to.deep.equal([3, 0, 3, 6]);
    expect(spearmanPpm([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).to.equal(820_783);
    expect(spearmanPpm([1, 2, 3], [3, 2, 1])).to.equal(-1_000_000);
    expect(spearmanPpm([1, 1, 1], [3, 2, 1])).to.equal(0);
    expect(spearmanPpm([], [])).to.equal(0);
  });
});

describe("metasmoothness", () => {
  it("leaves out different groups in each retraining while there are enough", () => {
    expect(new Set(droppedGroups(12, 3, 7n).flat()).size).to.equal(9);
    expect(new Set(droppedGroups(3, 3, 7n).flat()).size).to.equal(3);
    expect(droppedGroups(2, 3, 7n).every((d) => d.length === 1)).to.equal(true);
    expect(droppedGroups(8, 2, 7n)).not.to.deep.equal(droppedGroups(8, 2, 8n));
  });

  it("probes a few training samples, each once", () => {
    expect(probeSamples(5, 1n)).to.deep.equal([0, 1, 2, 3, 4]);
    expect(new Set(probeSamples(1000, (1n << 64n) - 1n)).size).to.equal(32);
  });
});
