import { expect } from "chai";
import fc from "fast-check";
import { makePartSet } from "../../chain/block/index.js";
import type { BlockId, Part } from "../../chain/block/index.js";
import { Reject } from "../../chain/primitives/index.js";
import { BlockParts } from "./block-parts.js";

const MAX = 300_000n;

function blockOf(bytes: number, seed: number): { readonly id: BlockId; readonly bytes: Uint8Array; readonly parts: readonly Part[] } {
  const content = Uint8Array.from({ length: bytes }, (_, i) => i + 31 * (i >> 16) + seed);
  const set = makePartSet(content);
  return { id: { hash: new Uint8Array(32).fill(seed), parts: set.header }, bytes: content, parts: set.parts };
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Reject) return `${error.codespace}/${error.code}`;
    throw error;
  }
  return "accepted";
}

describe("the blocks of a height while their parts come", () => {
  it("are whole once every part was there, in any order, each counted once", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (order) => {
        const parts = new BlockParts(MAX);
        const block = blockOf(250_000, 1);
        expect(parts.expect(block.id)).to.equal(true);
        const results = order.flatMap((i) => {
          const part = block.parts[i] as Part;
          return [parts.add(block.id.parts.hash, part).result, parts.add(block.id.parts.hash, part).result];
        });
        expect(results).to.deep.equal(["added", "duplicate", "added", "duplicate", "added", "duplicate", "complete", "duplicate"]);
        expect(parts.bytes(block.id)).to.deep.equal(block.bytes);
      }),
      { numRuns: 10 },
    );
  });

  it("are refused when their part set is larger than blocks may be, before a part is held (0.38.19)", () => {
    const parts = new BlockParts(MAX);
    expect(codeOf(() => parts.expect(blockOf(400_000, 1).id))).to.equal("comet/3");
    expect(parts.missing()).to.deep.equal([]);
    const forged = { ...blockOf(100_000, 2).id, parts: { total: 1_601, hash: new Uint8Array(32).fill(7) } };
    expect(codeOf(() => new BlockParts(-1n).expect(forged)), "more parts than 100 MiB have").to.equal("comet/3");
  });

  it("refuse a part under another index, of another set, or changed (GHSA-r3r4-g7hq-pq4f)", () => {
    const parts = new BlockParts(MAX);
    const [block, other] = [blockOf(250_000, 1), blockOf(250_000, 2)];
    parts.expect(block.id);
    const [first, second] = block.parts as [Part, Part];
    for (const bad of [{ ...first, index: 1 }, { ...second, index: 0 }, { ...first, index: 4 }, other.parts[0] as Part, { ...first, bytes: second.bytes }])
      expect(codeOf(() => parts.add(block.id.parts.hash, bad))).to.match(/^comet\//);
    expect(parts.missing()[0]?.held).to.equal(0n);
    expect(parts.add(other.id.parts.hash, other.parts[0] as Part).result, "of a block that nobody named").to.equal("unknown");
  });

  it("are so many at once and no more, and are forgotten with the height", () => {
    const parts = new BlockParts(MAX);
    const taken = Array.from({ length: 40 }, (_, i) => parts.expect(blockOf(70_000, i).id)).filter(Boolean);
    expect(taken).to.have.length(16);
    parts.reset(MAX);
    expect([parts.missing(), parts.expect(blockOf(70_000, 39).id)]).to.deep.equal([[], true]);
  });

  it("give the parts that are here, whole or not, and none of others", () => {
    const parts = new BlockParts(MAX);
    const block = blockOf(250_000, 1);
    parts.expect(block.id);
    parts.add(block.id.parts.hash, block.parts[2] as Part);
    expect(parts.parts(block.id.parts.hash).map((p) => p.index)).to.deep.equal([2]);
    parts.addWhole(block.id, block.bytes);
    expect(parts.parts(block.id.parts.hash)).to.have.length(4);
    expect(parts.parts(new Uint8Array(32))).to.deep.equal([]);
  });
});
