import { expect } from "chai";
import * as fc from "fast-check";
import { parseBase64, toBase64 } from "./bytes.js";
import { utf8 } from "./index.js";

describe("base64", () => {
  it("is RFC 4648's (section 10)", () => {
    const vectors = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
    expect(vectors.map((_, n) => toBase64(utf8("foobar".slice(0, n))))).to.deep.equal(vectors);
  });

  it("is what Node writes, and reads back, whatever the length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 10_000, size: "max" }), (bytes) => {
        const text = toBase64(bytes);
        expect(text).to.equal(Buffer.from(bytes).toString("base64"));
        expect(parseBase64(text)).to.deep.equal(bytes);
      }),
      { numRuns: 50 },
    );
  });
});
