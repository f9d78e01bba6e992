import { expect } from "chai";
import fc from "fast-check";
import { merkleRoot } from "../../../chain/crypto/index.js";
import { Reject, utf8 } from "../../../chain/primitives/index.js";
import { digestRows, joinRows, keepsPromise, splitRows } from "./blob.js";
import type { BlobPromise } from "./blob.js";

const row = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((s) => !s.includes("\n") && s.isWellFormed());
const rows = fc.array(row, { minLength: 1, maxLength: 20 });

function promiseOf(texts: readonly string[]): BlobPromise {
  const digests = digestRows(texts);
  return {
    rowCount: texts.length,
    bytes: digests.reduce((sum, d) => sum + BigInt(d.bytes), 0n),
    rowsRoot: merkleRoot(digests.map((d) => d.hash)),
    maxRowBytes: 4_000,
  };
}

describe("a contribution's blob", () => {
  it("gives back the rows it was made of", () => {
    fc.assert(
      fc.property(rows, (texts) => {
        expect(splitRows(joinRows(texts))).to.deep.equal(texts);
      }),
    );
  });

  it("keeps the promise of its rows, and of no others", () => {
    fc.assert(
      fc.property(rows, row, fc.nat(), (texts, other, at) => {
        const blob = joinRows(texts);
        expect(keepsPromise(blob, promiseOf(texts))).to.equal(true);
        const changed = texts.with(at % texts.length, `${other}!`);
        expect(keepsPromise(joinRows(changed), promiseOf(texts))).to.equal(changed.join() === texts.join());
        expect(keepsPromise(joinRows([...texts, other]), promiseOf(texts))).to.equal(false);
      }),
    );
  });

  it("refuses rows that would not come back", () => {
    for (const bad of [[""], ["a\nb"], ["\ud800"]]) expect(() => joinRows(bad)).to.throw(Reject).with.property("code", 18);
  });

  it("refuses blobs with empty rows, without a last line feed, or not in UTF-8", () => {
    for (const bad of [utf8("a\n\nb\n"), utf8("a\nb"), Uint8Array.of(0xff, 0x0a)]) {
      expect(() => splitRows(bad)).to.throw(Reject).with.property("code", 18);
      expect(keepsPromise(bad, { rowCount: 1, bytes: 1n, rowsRoot: new Uint8Array(32), maxRowBytes: 9 })).to.equal(false);
    }
  });

  it("does not pass a row that is too long", () => {
    const promise = { ...promiseOf(["abcdef"]), maxRowBytes: 5 };
    expect(keepsPromise(joinRows(["abcdef"]), promise)).to.equal(false);
  });
});
