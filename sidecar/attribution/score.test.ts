import { expect } from "chai";
import fc from "fast-check";
import { Reject } from "../../chain/primitives/index.js";
import { powerOfTwo } from "../ops/arithmetic.js";
import { quantise } from "./quantise.js";
import { scoreVectors } from "../../modules/attribution/rules/score.js";
import { decodeVectors, encodeVectors, quantiseVectors, vectorsRoot } from "./vectors.js";

const vector = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 1, maxLength: 40 });

describe("int8 vectors", () => {
  it("are within half a unit of the original, and use the whole range", () => {
    fc.assert(
      fc.property(vector, (numbers) => {
        const { exponent, values } = quantise(Float32Array.from(numbers));
        const unit = powerOfTwo(exponent);
        values.forEach((q, i) => expect(Math.abs(q * unit - (numbers[i] ?? 0))).to.be.at.most(unit / 2));
        const largest = Math.max(...Array.from(values, Math.abs));
        if (exponent > -100) expect(largest).to.be.greaterThan(62);
      }),
    );
  });

  it("refuse what is not finite", () => {
    for (const bad of [NaN, Infinity]) expect(() => quantise(Float32Array.of(1, bad))).to.throw(Reject);
  });
});

describe("tangent-v1 scores", () => {
  it("are minus the dot products, brought to one exponent", () => {
    const query = { exponent: -3, values: Int8Array.of(10, -20) };
    const tangents = [
      { contributor: "a", exponent: -5, values: Int8Array.of(1, 2) },
      { contributor: "b", exponent: -7, values: Int8Array.of(-3, 4) },
    ];
    expect(scoreVectors(query, tangents)).to.deep.equal({
      scores: [
        { contributor: "a", score: 120n },
        { contributor: "b", score: 110n },
      ],
      exponent: -10,
    });
  });

  it("stay within 64 bits however far apart the exponents are", () => {
    const values = new Int8Array(1 << 16).fill(-128);
    const query = { exponent: 0, values };
    const far = [100, -100].map((exponent, i) => ({ contributor: `${i}`, exponent, values }));
    for (const { score } of scoreVectors(query, far).scores) expect(score > -(1n << 63n) && score < 1n << 63n).to.equal(true);
  });

  it("travel as leaves under one root and refuse damage", () => {
    const id = new Uint8Array(32).fill(9);
    const tangents = quantiseVectors({ method: "tangent-v1", adapterId: id }, ["a", "b"], [Float32Array.of(1, 2, 3), Float32Array.of(-4, 0.5, 0)]);
    const bytes = encodeVectors(tangents);
    expect(decodeVectors(bytes)).to.deep.equal(tangents);
    expect(vectorsRoot(decodeVectors(bytes))).to.deep.equal(vectorsRoot(tangents));
    for (let cut = 1; cut < bytes.length; cut++) expect(() => tangentsOrReject(bytes.subarray(0, cut), tangents)).to.throw(Reject);
  });
});

/** A cut at a leaf's end leaves a valid shorter list, which has another root: both count as refused. */
function tangentsOrReject(bytes: Uint8Array, whole: Parameters<typeof vectorsRoot>[0]): void {
  const read = decodeVectors(bytes);
  if (vectorsRoot(read).join() !== vectorsRoot(whole).join()) throw new Reject("sidecar", 5, "another root");
}
