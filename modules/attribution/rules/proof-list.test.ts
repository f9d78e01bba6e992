import { expect } from "chai";
import fc from "fast-check";
import { encodeProofList, parseProofList } from "./proof-list.js";

describe("the list of span proofs", () => {
  it("survives the blob", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (proofs) => {
        expect(parseProofList(encodeProofList(proofs))).to.deep.equal(proofs);
      }),
    );
  });

  it("is refused when cut short, too long for its bytes, or too many", () => {
    const bytes = encodeProofList([Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
    expect(parseProofList(bytes.subarray(0, bytes.length - 1))).to.equal(undefined);
    expect(parseProofList(bytes.subarray(0, 9))).to.equal(undefined);
    expect(parseProofList(encodeProofList(Array.from({ length: 1_025 }, () => new Uint8Array(0))))).to.equal(undefined);
  });
});
