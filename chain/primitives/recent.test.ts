import { expect } from "chai";
import fc from "fast-check";
import { compareAscii, compareBytes, createRecent, keyText } from "./index.js";

describe("the values last asked for", () => {
  it("are what was set, or forgotten", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.boolean())), (limit, steps) => {
        const recent = createRecent<number>(limit);
        const model = new Map<string, number>();
        for (const [i, [n, writes]] of steps.entries()) {
          const key = n.toString();
          if (writes) {
            recent.set(key, i);
            model.set(key, i);
          } else {
            const found = recent.get(key);
            if (found !== undefined) expect(found).to.equal(model.get(key));
          }
        }
      }),
    );
  });

  it("are at least as many as its limit, and never more than twice as many", () => {
    const recent = createRecent<number>(100);
    for (let i = 0; i < 1_000; i++) recent.set(i.toString(), i);
    const kept = Array.from({ length: 1_000 }, (_, i) => recent.get(i.toString())).filter((v) => v !== undefined);
    for (let i = 900; i < 1_000; i++) expect(kept).to.include(i);
    expect(kept.length).to.be.at.most(200);
  });

  it("stay while they are asked for", () => {
    const recent = createRecent<string>(10);
    recent.set("asked", "kept");
    for (let i = 0; i < 1_000; i++) {
      recent.set(i.toString(), "new");
      expect(recent.get("asked")).to.equal("kept");
    }
  });
});

describe("the text of a key", () => {
  it("is one unit a byte, whatever the length, and sorts as the bytes do", () => {
    const bytes = fc.uint8Array({ maxLength: 50 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Array.from(a, (_, i) => keyText(a).charCodeAt(i))).to.deep.equal([...a]);
        expect(keyText(a).length).to.equal(a.length);
        expect(Math.sign(compareAscii(keyText(a), keyText(b)))).to.equal(Math.sign(compareBytes(a, b)));
      }),
      { numRuns: 500 },
    );
    for (const length of [1, 9, 20, 21, 32, 4_096, 4_097, 20_000]) {
      const long = Uint8Array.from({ length }, (_, i) => (i * 7) & 255);
      expect(keyText(long).length).to.equal(length);
      for (const at of [0, length >> 1, length - 1]) expect(keyText(long).charCodeAt(at)).to.equal(long[at]);
    }
  });
});
