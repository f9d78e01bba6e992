import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import {
  DEC_ONE, DEC_ZERO, addDec, ceilDec, decFromInt, decFromRatio, formatDec, minDec, mulDec, mulDecInt, mulDecRoundUp,
  mulDecTruncate, parseDec, parseScaledDec, quoDec, quoDecInt, quoDecRoundUp, quoDecTruncate, roundInt, subDec, toDec,
  truncateInt, truncateUopen,
} from "./dec.js";
import type { Dec } from "./dec.js";
import { Reject } from "./errors.js";

interface Vectors {
  readonly values: readonly string[];
  readonly binary: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly unary: Readonly<Record<string, readonly string[]>>;
  readonly parse: readonly (readonly [string, string])[];
}

const vectors = JSON.parse(readFileSync(new URL("./vectors/dec.json", import.meta.url), "utf8")) as Vectors;

function tried(make: () => bigint | string): string {
  try {
    return make().toString();
  } catch (error) {
    if (error instanceof Reject && error.code === 18) return "refused";
    throw error;
  }
}

const BINARY: Readonly<Record<string, (a: Dec, b: Dec) => Dec>> = {
  add: addDec, sub: subDec, mul: mulDec, mulTruncate: mulDecTruncate, mulRoundUp: mulDecRoundUp,
  quo: quoDec, quoTruncate: quoDecTruncate, quoRoundUp: quoDecRoundUp,
};
const dec = (text: string): Dec => toDec(BigInt(text));
const scaled = fc.bigInt({ min: -(1n << 150n), max: 1n << 150n }).map(toDec);

describe("decimals as the SDK's LegacyDec", () => {
  for (const [name, rows] of Object.entries(vectors.binary)) {
    it(`${name}: every pair gives what the original gives, or is refused where it panics`, () => {
      const op = BINARY[name];
      if (op === undefined) throw new TypeError(name);
      const ours = vectors.values.map((a) => vectors.values.map((b) => tried(() => op(dec(a), dec(b)))));
      expect(ours).to.deep.equal(rows);
    });
  }

  it("are rounded to whole numbers and written as the original does", () => {
    const all = (op: (a: Dec) => bigint | string) => vectors.values.map((a) => tried(() => op(dec(a))));
    expect(all(formatDec)).to.deep.equal(vectors.unary["format"]);
    const bounded = (name: string, ours: readonly string[]) =>
      vectors.unary[name]?.forEach((theirs, i) => theirs !== "refused" && expect(ours[i], `${name} ${vectors.values[i]}`).to.equal(theirs));
    bounded("truncateInt", all(truncateInt));
    bounded("roundInt", all(roundInt));
    expect(all(ceilDec)).to.deep.equal(vectors.unary["ceil"]);
  });

  it("are read and refused as the original does, which alone takes a second sign or a plus", () => {
    const isSigned = (text: string) => text === "+1" || text === "--1";
    for (const [text, theirs] of vectors.parse)
      expect(tried(() => parseDec(text)), JSON.stringify(text)).to.equal(isSigned(text) ? "refused" : theirs);
  });
});

describe("decimals", () => {
  it("are read back as they are written", () => {
    fc.assert(fc.property(scaled, (a) => parseDec(formatDec(a)) === a && parseScaledDec(a.toString()) === a));
  });

  it("round by less than one last place, and never the wrong way", () => {
    fc.assert(
      fc.property(scaled, fc.bigInt({ min: 1n, max: 1n << 100n }).map(toDec), (a, b) => {
        const [down, near, up] = [quoDecTruncate(a, b), quoDec(a, b), quoDecRoundUp(a, b)];
        const bound = (x: bigint) => (x < 0n ? -x : x) <= 1n;
        return bound(near - down) && (a < 0n || (bound(up - near) && down <= near && near <= up));
      }),
    );
  });

  it("come from whole numbers and ratios, and go back to amounts", () => {
    expect(decFromRatio(1n, 3n)).to.equal(333333333333333333n);
    expect(decFromRatio(2n, 3n)).to.equal(666666666666666667n);
    expect(decFromInt(-7n)).to.equal(-7n * DEC_ONE);
    expect(truncateUopen(parseDec("12.999"))).to.equal(12n);
    expect(tried(() => truncateUopen(parseDec("-1.5")))).to.equal("refused");
    expect(quoDecInt(parseDec("1"), 3n)).to.equal(333333333333333333n);
    expect(mulDecInt(parseDec("0.1"), 30n)).to.equal(3n * DEC_ONE);
    expect(minDec(DEC_ZERO, DEC_ONE)).to.equal(DEC_ZERO);
  });

  it("refuse a division by zero, a text without bound and what 256 bits do not hold", () => {
    for (const op of [quoDec, quoDecTruncate, quoDecRoundUp]) expect(tried(() => op(DEC_ONE, DEC_ZERO))).to.equal("refused");
    expect(tried(() => quoDecInt(DEC_ONE, 0n))).to.equal("refused");
    for (const text of ["9".repeat(100_000), "1.5", "x", "+1"]) expect(tried(() => parseScaledDec(text))).to.equal("refused");
    expect(parseScaledDec("")).to.equal(0n);
    expect(tried(() => decFromInt(1n << 256n))).to.equal("refused");
    expect(tried(() => parseDec("9".repeat(100_000)))).to.equal("refused");
  });
});
