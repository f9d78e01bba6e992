import { expect } from "chai";
import * as fc from "fast-check";
import { GrowingBytes } from "./growing-bytes.js";

describe("bytes that arrive in pieces", () => {
  it("leave in the order in which they came, however they are cut", () => {
    const step = fc.oneof(fc.uint8Array({ maxLength: 700 }), fc.nat(900));
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const held = new GrowingBytes();
      let model: number[] = [];
      for (const one of steps) {
        if (typeof one === "number") {
          expect([...held.take(one)]).to.deep.equal(model.slice(0, one));
          model = model.slice(one);
        } else {
          held.push(one);
          model.push(...one);
        }
        expect(held.length).to.equal(model.length);
        for (const at of [0, 1, model.length - 1, model.length, 10_000]) expect(held.at(at)).to.equal(model[at]);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it("are the taker's own: what comes later does not change them", () => {
    const held = new GrowingBytes();
    held.push(Uint8Array.of(1, 2, 3));
    const taken = held.take(3);
    held.push(Uint8Array.of(9, 9, 9));
    expect([...taken]).to.deep.equal([1, 2, 3]);
  });
});
