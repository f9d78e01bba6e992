import { expect } from "chai";
import fc from "fast-check";
import { suffixArray } from "./suffix-array.js";

function naive(text: readonly number[]): number[] {
  const compare = (a: number, b: number): number => {
    for (let k = 0; ; k++) {
      if (a + k >= text.length || b + k >= text.length) return b - a;
      const d = (text[a + k] ?? 0) - (text[b + k] ?? 0);
      if (d !== 0) return d;
    }
  };
  return Array.from(text.keys()).sort(compare);
}

describe("suffix array", () => {
  it("sorts the suffixes of any text as naive sorting does", () => {
    for (const alphabet of [1, 2, 3, 7, 300]) {
      const texts = fc.array(fc.integer({ min: 0, max: alphabet - 1 }), { maxLength: 80 });
      fc.assert(
        fc.property(texts, (text) => {
          expect([...suffixArray(Int32Array.from(text), alphabet)]).to.deep.equal(naive(text));
          expect([...suffixArray(Uint16Array.from(text), alphabet)]).to.deep.equal(naive(text));
        }),
        { numRuns: 300 },
      );
    }
  });

  it("sorts texts that repeat themselves, where names stay equal through several levels", () => {
    const words = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 40 }), (parts, times) => {
        const text = Array.from({ length: times }, (_, i) => parts[(i * i) % parts.length] ?? []).flat();
        expect([...suffixArray(Uint32Array.from(text), 3)]).to.deep.equal(naive(text));
      }),
    );
    const fibonacci = ["0", "01"];
    while ((fibonacci.at(-1) ?? "").length < 2_000) fibonacci.push((fibonacci.at(-1) ?? "") + (fibonacci.at(-2) ?? ""));
    const text = Array.from(fibonacci.at(-1) ?? "", Number);
    expect([...suffixArray(Int32Array.from(text), 2)]).to.deep.equal(naive(text));
  });
});
