import { expect } from "chai";
import fc from "fast-check";
import { Reject } from "../primitives/index.js";
import { formatDecimal, parseDecimal } from "./decimal.js";

describe("decimals of eighteen places", () => {
  it("match the SDK's two texts", () => {
    expect(formatDecimal("100000000000000000")).to.equal("0.100000000000000000");
    expect(formatDecimal("")).to.equal("0.000000000000000000");
    expect(formatDecimal("-1")).to.equal("-0.000000000000000001");
    expect(parseDecimal("0.1")).to.equal("100000000000000000");
    expect(parseDecimal("12")).to.equal("12000000000000000000");
  });

  it("read back what they write", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 200n), max: 1n << 200n }), (n) => {
        expect(parseDecimal(formatDecimal(n.toString()))).to.equal(n.toString());
      }),
    );
  });

  it("refuse more places, exponents and empty texts", () => {
    for (const bad of ["", ".", "1.", ".5", "1e3", "0.0000000000000000001", "+1"])
      expect(() => parseDecimal(bad), bad).to.throw(Reject);
  });
});
