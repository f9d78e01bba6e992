import { expect } from "chai";
import fc from "fast-check";
import { equalBytes, toHex } from "../primitives/index.js";
import { partSetData } from "../testkit/comet-vectors.js";
import { passes, rejection } from "../testkit/rejects.js";
import { MAX_BLOCK_BYTES, PART_BYTES } from "./limits.js";
import { decodePart, encodePart } from "./part.js";
import { createPartAssembler, makePartSet, maxParts } from "./part-set.js";
import type { Part } from "./types.js";

const whole = partSetData(1, 4 * PART_BYTES + 100);
const { header, parts } = makePartSet(whole);

function partAt(index: number): Part {
  return parts[index] ?? expect.fail(`no part ${index}`);
}

const assembler = (): ReturnType<typeof createPartAssembler> => createPartAssembler(header, -1n);

describe("part sets", () => {
  it("give back the block whatever the order of the parts, each counted once", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(parts as Part[], { minLength: parts.length }), (order) => {
        const set = assembler();
        order.forEach((part, i) => {
          expect(set.isComplete).to.equal(false);
          expect(set.bytes()).to.equal(undefined);
          expect(set.add(part)).to.equal(true);
          expect(set.add(part)).to.equal(false);
          expect(set.count).to.equal(i + 1);
          expect(set.has(part.index)).to.equal(true);
        });
        expect(equalBytes(set.bytes() ?? new Uint8Array(0), whole)).to.equal(true);
      }),
      { numRuns: 20 },
    );
  });

  it("refuse a part under another index, or with the proof of another part", () => {
    for (const i of [0, 1, 2, 3, 4]) {
      const part = partAt(i);
      const other = partAt((i + 1) % parts.length);
      expect(rejection(() => assembler().add({ ...part, index: other.index }))).to.equal("comet/11");
      expect(rejection(() => assembler().add({ ...part, proof: other.proof }))).to.equal("comet/11");
      expect(rejection(() => assembler().add({ ...part, bytes: other.bytes }))).to.equal("comet/11");
      const moved = { ...part, index: other.index, proof: { ...part.proof, index: other.index } };
      expect(rejection(() => assembler().add(moved))).to.equal("comet/11");
    }
  });

  it("refuse a proof of another total, though the root is right", () => {
    const part = partAt(0);
    for (const total of [1, 3, 4, 6, 8]) {
      expect(rejection(() => assembler().add({ ...part, proof: { ...part.proof, total } }))).to.equal(
        "comet/11",
      );
    }
  });

  it("refuse an index outside the set", () => {
    for (const index of [-1, 5, 1.5, Number.NaN, 2 ** 32]) {
      expect(rejection(() => assembler().add({ ...partAt(0), index }))).to.equal("comet/11");
    }
  });

  it("refuse a flipped bit anywhere in the bytes or the proof", () => {
    fc.assert(
      fc.property(fc.nat(parts.length - 1), fc.nat(), fc.nat(7), fc.boolean(), (i, at, bit, inProof) => {
        const part = partAt(i);
        const flip = (bytes: Uint8Array): Uint8Array => {
          const copy = bytes.slice();
          copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ (1 << bit);
          return copy;
        };
        const { proof } = part;
        const forged = inProof
          ? {
              ...part,
              proof: {
                ...proof,
                aunts: proof.aunts.map((a, j) => (j === at % proof.aunts.length ? flip(a) : a)),
              },
            }
          : { ...part, bytes: flip(part.bytes) };
        expect(passes(() => assembler().add(forged))).to.equal(false);
      }),
      { numRuns: 60 },
    );
  });

  it("refuse a short part before the last and an empty or oversized last one", () => {
    expect(rejection(() => assembler().add({ ...partAt(0), bytes: partAt(0).bytes.slice(1) }))).to.equal(
      "comet/11",
    );
    expect(rejection(() => assembler().add({ ...partAt(4), bytes: new Uint8Array(0) }))).to.equal("comet/11");
    expect(
      rejection(() => assembler().add({ ...partAt(4), bytes: new Uint8Array(PART_BYTES + 1) })),
    ).to.equal("comet/11");
  });

  it("hold no more than the largest block, by parts and by bytes", () => {
    expect(maxParts(-1n)).to.equal(1600);
    expect(maxParts(1n)).to.equal(1);
    expect(maxParts(BigInt(PART_BYTES))).to.equal(1);
    expect(maxParts(BigInt(PART_BYTES) + 1n)).to.equal(2);
    expect(rejection(() => createPartAssembler(header, BigInt(4 * PART_BYTES)))).to.equal("comet/3");
    expect(rejection(() => createPartAssembler({ ...header, total: 1601 }, -1n))).to.equal("comet/3");
    expect(rejection(() => createPartAssembler({ ...header, total: 0 }, -1n))).to.equal("comet/3");
    expect(rejection(() => createPartAssembler({ ...header, hash: new Uint8Array(0) }, -1n))).to.equal(
      "comet/5",
    );
    const tight = createPartAssembler(header, BigInt(whole.length - 1));
    parts.slice(0, 4).forEach((part) => tight.add(part));
    expect(rejection(() => tight.add(partAt(4)))).to.equal("comet/3");
    expect(tight.isComplete).to.equal(false);
  });

  it("are not made of nothing nor of more than the largest block", () => {
    expect(rejection(() => makePartSet(new Uint8Array(0)))).to.equal("comet/3");
    expect(rejection(() => makePartSet(new Uint8Array(MAX_BLOCK_BYTES + 1)))).to.equal("comet/3");
  });
});

describe("parts on the wire", () => {
  it("round-trip", () => {
    for (const part of parts) expect(decodePart(encodePart(part))).to.deep.equal(part);
  });

  it("are refused when the index differs from the proof's (ASA-2025-001)", () => {
    expect(rejection(() => decodePart(encodePart({ ...partAt(1), index: 2 })))).to.equal("comet/11");
  });

  it("are refused with an impossible total, a short hash, too many aunts or a wrong size", () => {
    const part = partAt(4);
    const { proof } = part;
    const spoiled: Part[] = [
      { ...part, proof: { ...proof, total: 0 } },
      { ...part, proof: { ...proof, total: 1601 } },
      { ...part, index: 5, proof: { ...proof, index: 5 } },
      { ...part, proof: { ...proof, leafHash: new Uint8Array(31) } },
      { ...part, proof: { ...proof, aunts: [new Uint8Array(33)] } },
      { ...part, proof: { ...proof, aunts: Array.from({ length: 65 }, () => new Uint8Array(32)) } },
      { ...part, bytes: new Uint8Array(0) },
      { ...part, bytes: new Uint8Array(PART_BYTES + 1) },
      { ...partAt(0), bytes: new Uint8Array(1) },
    ];
    for (const each of spoiled)
      expect(
        rejection(() => decodePart(encodePart(each))),
        toHex(each.proof.leafHash),
      ).to.equal("comet/11");
  });

  it("are refused above their size before they are parsed", () => {
    expect(rejection(() => decodePart(new Uint8Array(PART_BYTES + 4097)))).to.equal("comet/3");
  });
});
