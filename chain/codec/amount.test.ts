import { expect } from "chai";
import fc from "fast-check";
import { rejection } from "../testkit/rejects.js";
import { parseUopen } from "./amount.js";

describe("amounts as text", () => {
  it("reads back every amount it can be given", () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (n) => parseUopen(n.toString()) === n));
  });
  it("has one text per amount", () => {
    for (const text of ["", "-1", "+1", "01", "1.0", "1e3", " 1", "0x10", "١", (1n << 128n).toString(), "9".repeat(50)]) {
      expect(rejection(() => parseUopen(text)), text).to.equal("sdk/18");
    }
  });
});
