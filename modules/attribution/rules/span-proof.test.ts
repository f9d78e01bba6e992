import { expect } from "chai";
import fc from "fast-check";
import { Span, SpanProof } from "../../../proto/gen/openledger/attribution/v1.js";
import type { SpanRow } from "../../../sidecar/spans/plan.js";
import { createSpanIndex } from "../../../sidecar/spans/span-index.js";
import { FEW_TOKENS, corpora, longRows, tokenRuns } from "../../../sidecar/spans/testkit/rows.js";
import { spanClaim, verifySpanProof } from "./span-proof.js";
import type { SpanClaim } from "./span-proof.js";

/** Two segments and a tail; rows of three chunks. */
function longIndex(): { readonly rows: SpanRow[]; readonly prove: (row: number, at: number, length: number) => Proven } {
  const rows = longRows(240, 600);
  const index = createSpanIndex(256);
  index.append(rows);
  const root = index.root();
  const prove = (row: number, at: number, length: number): Proven => {
    const position = row * 601 + at;
    const { rowId, contributor, tokens } = rows[row] as SpanRow;
    const claim = { root, tokens: Array.from(tokens).slice(at, at + length), position: BigInt(position), contributor, rowId };
    return { bytes: SpanProof.encode(index.prove(position, length)), claim };
  };
  return { rows, prove };
}

interface Proven {
  readonly bytes: Uint8Array;
  readonly claim: SpanClaim;
}

describe("span proof", () => {
  const { prove } = longIndex();

  it("shows what every credited span claims, for any rows and answer", () => {
    fc.assert(
      fc.property(corpora, tokenRuns(16), (rows, answer) => {
        const index = createSpanIndex(FEW_TOKENS);
        index.append(rows);
        for (const { start, end, position, contributor, rowId } of index.find(answer, 2)) {
          const bytes = SpanProof.encode(index.prove(position, end - start));
          const claim = { root: index.root(), tokens: answer.slice(start, end), position: BigInt(position), contributor, rowId };
          expect(verifySpanProof(bytes, claim)).to.equal(undefined);
        }
      }),
    );
  });

  it("shows a match in any segment, within a chunk and across chunks", () => {
    for (const row of [0, 1, 108, 109, 110, 217, 218, 219, 239]) {
      for (const [at, length] of [[0, 1], [10, 30], [250, 12], [255, 2], [0, 600], [511, 89]] as const) {
        const { bytes, claim } = prove(row, at, length);
        expect(verifySpanProof(bytes, claim), `${row} ${at} ${length}`).to.equal(undefined);
      }
    }
  });

  it("names what it does not show", () => {
    const { bytes, claim } = prove(110, 250, 12);
    const [first = 0, ...rest] = claim.tokens;
    const wrong = (change: Partial<SpanClaim>): unknown => verifySpanProof(bytes, { ...claim, ...change });
    expect(wrong({ root: new Uint8Array(32) })).to.equal("another index");
    expect(wrong({ root: new Uint8Array(0) })).to.equal("another index");
    expect(wrong({ contributor: "open1b" })).to.equal("another row");
    expect(wrong({ rowId: "1/1" })).to.equal("another row");
    expect(wrong({ position: 0n })).to.equal("another row");
    expect(wrong({ position: claim.position + 400n })).to.equal("another row");
    expect(wrong({ position: -1n })).to.equal("another row");
    expect(wrong({ position: claim.position + 1n })).to.equal("another text");
    expect(wrong({ tokens: [first ^ 1, ...rest] })).to.equal("another text");
    expect(wrong({ tokens: [first + 65_536, ...rest] })).to.equal("another text");
    expect(wrong({ tokens: [first] })).to.equal("another text");
    expect(wrong({ tokens: [] })).to.equal("malformed");
    expect(verifySpanProof(new Uint8Array(0), claim)).to.equal("malformed");
    expect(verifySpanProof(prove(109, 250, 12).bytes, claim)).to.equal("another row");
    expect(verifySpanProof(prove(110, 250, 30).bytes, claim)).to.equal(undefined);
    expect(verifySpanProof(prove(110, 300, 12).bytes, claim)).to.equal("another text");
  });

  it("takes the claim from a span of the record and the answer", () => {
    const index = createSpanIndex(256);
    index.append(longRows(3, 600).map((row, i) => ({ ...row, rowId: `7/${i}` })));
    const said = [1, 2, ...Array.from(longRows(3, 600)[2]?.tokens ?? []).slice(40, 60), 3];
    const [found] = index.credit(said, 8);
    const { start = 0, end = 0, position = 0, contributor = "" } = found ?? {};
    const span = Span.create({ start, end, contributor, contributionId: 7n, row: 2, position: BigInt(position) });
    const bytes = SpanProof.encode(index.prove(position, end - start));
    const outcome = { spanRoot: index.root() };
    expect(end - start).to.equal(20);
    expect(verifySpanProof(bytes, spanClaim(outcome, span, said))).to.equal(undefined);
    expect(verifySpanProof(bytes, spanClaim(outcome, span, said.slice(0, 21)))).to.equal("malformed");
    expect(verifySpanProof(bytes, spanClaim(outcome, { ...span, row: 1 }, said))).to.equal("another row");
    expect(verifySpanProof(bytes, spanClaim(outcome, { ...span, start: 3 }, said))).to.equal("another text");
  });

  it("is about a kilobyte", () => {
    expect(prove(110, 10, 30).bytes.length).to.be.lessThan(1_600);
  });

  it("shows nothing after any change of a byte, a bit or the length", () => {
    const { bytes, claim } = prove(110, 250, 12);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bytes.map((b, i) => (i === at ? b ^ flip : b));
        expect(verifySpanProof(changed, claim)).to.be.a("string");
        expect(verifySpanProof(bytes.slice(0, at), claim)).to.be.a("string");
      }),
      { numRuns: 1_000 },
    );
    expect(verifySpanProof(Uint8Array.of(...bytes, 0), claim)).to.equal("malformed");
  });

  it("never throws and never shows anything on garbage", () => {
    const { claim } = prove(0, 0, 4);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => verifySpanProof(bytes, claim) !== undefined));
    const number = fc.integer({ min: 0, max: 0xffff_ffff });
    const hashes = fc.array(fc.uint8Array({ maxLength: 33 }), { maxLength: 4 });
    const wild = fc.record({
      head: fc.record({ version: fc.constantFrom(1, 2), segments: number, tokens: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), tokenBytes: fc.constantFrom(0, 2, 4, 8) }),
      segment: number,
      segmentPath: hashes,
      chunks: fc.array(fc.record({ index: number, tokens: fc.uint8Array(), path: hashes }), { maxLength: 3 }),
      documentIndex: number,
      documentPath: hashes,
    });
    const { bytes } = prove(0, 0, 4);
    fc.assert(
      fc.property(fc.option(wild), wild, (some, other) => {
        const proof = SpanProof.create({ ...SpanProof.decode(bytes), ...(some === null ? { chunks: other.chunks } : some) });
        expect(verifySpanProof(SpanProof.encode(proof), claim)).to.be.a("string");
      }),
      { numRuns: 500 },
    );
  });
});
