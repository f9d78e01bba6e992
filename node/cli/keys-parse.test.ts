import { fromBech32, fromHex, toBech32 } from "@cosmjs/encoding";
import { expect } from "chai";
import fc from "fast-check";
import { EdgeFailure } from "../errors.js";
import { describeAddress } from "./keys-parse.js";

/** As much as any address of any chain: CosmJS's own default, no limit at all, is refused by the library under both of us. */
const LIMIT = 1_023;

describe("keys parse", () => {
  it("reads what CosmJS reads: the same prefix and bytes, whatever their length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.constantFrom("open", "openvaloper", "cosmos", "a"), (bytes, prefix) => {
        const text = toBech32(prefix, bytes, LIMIT);
        const { prefix: human, data } = fromBech32(text, LIMIT);
        const said = describeAddress(text) as { readonly human: string; readonly bytes: string };
        expect([said.human, fromHex(said.bytes)]).to.deep.equal([human, data]);
      }),
    );
  });

  it("prints what CosmJS prints for the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const { formats } = describeAddress(Buffer.from(bytes).toString("hex")) as { readonly formats: readonly string[] };
        for (const text of formats) expect(toBech32(fromBech32(text, LIMIT).prefix, bytes, LIMIT)).to.equal(text);
      }),
    );
  });

  it("refuses what CosmJS refuses", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.nat(100), fc.string({ minLength: 1, maxLength: 1 }), (bytes, at, letter) => {
        const text = toBech32("open", bytes);
        const wrong = text.slice(0, at % text.length) + letter + text.slice((at % text.length) + 1);
        fc.pre(wrong !== text);
        expect(() => fromBech32(wrong, LIMIT)).to.throw();
        expect(() => describeAddress(wrong)).to.throw(EdgeFailure);
      }),
    );
  });
});
