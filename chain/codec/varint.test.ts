import { expect } from "chai";
import fc from "fast-check";
import { Fault, Reject, toHex } from "../primitives/index.js";
import { encodeUvarint, encodeZigzag, putUvarint, readUvarint } from "./varint.js";

describe("varints", () => {
  it("write what Go's PutVarint and PutUvarint write", () => {
    expect([0, 1, 300, 2 ** 31, 2 ** 33].map((n) => toHex(encodeZigzag(n)))).to.deep.equal([
      "00",
      "02",
      "d804",
      "8080808010",
      "8080808040",
    ]);
    expect([0, 127, 128, 300, 2 ** 31].map((n) => toHex(encodeUvarint(n)))).to.deep.equal([
      "00",
      "7f",
      "8001",
      "ac02",
      "8080808008",
    ]);
  });

  const numbers = fc.oneof(fc.nat(), fc.maxSafeNat());

  it("read back what they wrote", () => {
    fc.assert(
      fc.property(numbers, fc.nat(3), (n, pad) => {
        const out = new Uint8Array(16);
        const end = putUvarint(out, pad, n);
        expect(readUvarint(out, pad)).to.deep.equal([n, end]);
      }),
    );
  });

  it("write in zig-zag the uvarint of twice the number", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), (n) => {
        expect(encodeZigzag(n)).to.deep.equal(encodeUvarint(2 * n));
      }),
    );
    expect(toHex(encodeZigzag(Number.MAX_SAFE_INTEGER))).to.equal("feffffffffffff1f");
  });

  it("refuse what is no safe number", () => {
    for (const bad of [-1, 1.5, 2 ** 53, Number.NaN]) {
      expect(() => encodeUvarint(bad)).to.throw(Fault);
      expect(() => encodeZigzag(bad)).to.throw(Fault);
    }
    for (const bytes of [
      [],
      [0x80],
      [0x80, 0x00],
      [255, 255, 255, 255, 255, 255, 255, 127],
      Array(9).fill(128),
    ]) {
      expect(() => readUvarint(Uint8Array.from(bytes), 0)).to.throw(Reject);
    }
  });
});
