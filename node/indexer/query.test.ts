import { expect } from "chai";
import fc from "fast-check";
import { compareDecimals, parseNumber } from "./decimal.js";
import { eventMap, matches } from "./match.js";
import { MAX_CONDITIONS, QueryError, parseQuery } from "./query.js";

const map = (entries: Record<string, string[]>): Map<string, string[]> => new Map(Object.entries(entries));
const isMet = (query: string, entries: Record<string, string[]>): boolean => matches(parseQuery(query), map(entries));

describe("the query language", () => {
  it("reads what CosmJS, Keplr and Hermes send", () => {
    expect(parseQuery("tm.event='NewBlock'")).to.have.length(1);
    expect(parseQuery("tm.event = 'Tx' AND tx.hash='AB' AND tx.height>=5")).to.have.length(3);
    expect(parseQuery("message.module='ibc_client'")).to.have.length(1);
    expect(parseQuery("block.height EXISTS AND a.b CONTAINS 'x'")).to.have.length(2);
    expect(parseQuery("at.time > TIME 2026-01-02T03:04:05Z AND on.day = DATE 2026-01-02")).to.have.length(2);
  });

  it("refuses everything else with the place where it stopped", () => {
    const bad = ["", " ", "a", "a=", "a='x", "a='x' OR b='y'", "a='x' AND", "a=1x", "(a=1)", "a CONTAINS 5", "a>'x'",
      "a=DATE 2026-02-30", "a=TIME now", "a='x' and b='y'", "'a'=1", "a='x'b='y'", "x".repeat(600)];
    for (const text of bad) expect(() => parseQuery(text), text).to.throw(QueryError);
    const many = Array.from({ length: MAX_CONDITIONS + 1 }, () => "a=1").join(" AND ");
    expect(() => parseQuery(many)).to.throw(QueryError);
  });

  it("compares numbers exactly, whatever their size, unit or fraction", () => {
    expect(isMet("t.n > 9007199254740992", { "t.n": ["9007199254740993"] })).to.equal(true);
    expect(isMet("t.n = 8", { "t.n": ["8uopen"] })).to.equal(true);
    expect(isMet("t.n < 0.30", { "t.n": ["0.3"] })).to.equal(false);
    expect(isMet("t.n <= 0.30", { "t.n": ["0.3"] })).to.equal(true);
    expect(isMet("t.n > 5", { "t.n": ["uopen"] })).to.equal(false);
  });

  it("compares texts, times and days", () => {
    expect(isMet("t.s = 'a'", { "t.s": ["b", "a"] })).to.equal(true);
    expect(isMet("t.s CONTAINS 'ell'", { "t.s": ["hello"] })).to.equal(true);
    expect(isMet("t.t >= TIME 2026-01-01T00:00:00Z", { "t.t": ["2026-01-01T00:00:00.000000001Z"] })).to.equal(true);
    expect(isMet("t.t = DATE 2026-01-01", { "t.t": ["2026-01-01"] })).to.equal(true);
    expect(isMet("t.t = DATE 2026-01-01", { "t.t": ["soon"] })).to.equal(false);
    expect(isMet("t.s EXISTS", {})).to.equal(false);
  });

  it("lets the node's own tags win over an application's", () => {
    const forged = [{ type: "tx", attributes: [{ key: "hash", value: "FF", index: true }] }];
    expect(eventMap(forged, { "tx.hash": "AA" }).get("tx.hash")).to.deep.equal(["AA"]);
  });

  it("never throws anything but QueryError, whatever the text", () => {
    const word = fc.constantFrom("a.b", "=", "<=", "AND", "'x'", "5", "DATE", "TIME", "CONTAINS", "EXISTS", " ", "'", "2026-01-01");
    const text = fc.oneof(fc.string({ maxLength: 60 }), fc.array(word, { maxLength: 12 }).map((w) => w.join(" ")));
    fc.assert(
      fc.property(text, (t) => {
        try {
          parseQuery(t);
        } catch (error) {
          expect(error).to.be.instanceOf(QueryError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with plain comparison for whole numbers, in each operator", () => {
    const int = fc.bigInt({ min: 0n, max: 10n ** 30n });
    fc.assert(
      fc.property(int, int, (held, asked) => {
        const answer = (op: string): boolean => isMet(`n.n ${op} ${asked}`, { "n.n": [`${held}uopen`] });
        expect(["<", "<=", "=", ">=", ">"].map(answer)).to.deep.equal([
          held < asked, held <= asked, held === asked, held >= asked, held > asked,
        ]);
      }),
    );
  });

  it("meets a conjunction exactly when each part is met", () => {
    const tags = fc.subarray(["a.a", "b.b", "c.c"], { minLength: 1 });
    const held = fc.dictionary(fc.constantFrom("a.a", "b.b", "c.c"), fc.array(fc.constantFrom("1", "2"), { minLength: 1, maxLength: 2 }));
    fc.assert(
      fc.property(tags, held, (wanted, values) => {
        const parts = wanted.map((tag) => `${tag}='1'`);
        expect(isMet(parts.join(" AND "), values)).to.equal(parts.every((part) => isMet(part, values)));
      }),
    );
  });

  it("orders decimals like fractions over a common denominator", () => {
    expect(compareDecimals(parseNumber("1.50")!, parseNumber("1.5")!)).to.equal(0);
    expect(parseNumber("1".repeat(200))).to.equal(undefined);
    expect(parseNumber("abc")).to.equal(undefined);
  });
});
