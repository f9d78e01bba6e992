import { createHash } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { concatBytes, utf8 } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { linksOf } from "./block.js";
import { walk } from "./store.js";

describe("the walk over a blob", () => {
  const blocks = new Map<string, Uint8Array>();
  /** Stores a dag-pb node that links to `children` (or raw bytes), and returns its CID. */
  function add(children: readonly CID[] | Uint8Array): CID {
    const raw = children instanceof Uint8Array;
    const bytes = raw
      ? children
      : concatBytes(
          ...children.map(({ bytes: hash }) =>
            concatBytes(Uint8Array.of(0x12, hash.length + 2, 0x0a, hash.length), hash),
          ),
        );
    const digest = createDigest(0x12, createHash("sha256").update(bytes).digest());
    const cid = CID.createV1(raw ? 0x55 : 0x70, digest);
    blocks.set(cid.toString(), bytes);
    return cid;
  }
  async function visit(root: CID, maxBytes: number): Promise<number | string> {
    const load = (cid: CID): Promise<Uint8Array> =>
      Promise.resolve(blocks.get(cid.toString()) ?? new Uint8Array());
    let count = 0;
    try {
      for await (const block of walk(root, { maxBytes }, load)) count += block.bytes.length > 0 ? 1 : 0;
      return count;
    } catch (error) {
      return error instanceof EdgeFailure ? error.code : String(error);
    }
  }
  const leaf = (n: number): CID => add(utf8(`leaf ${n}`));

  it("visits each distinct block once, however often it is linked", async () => {
    const twice = add([leaf(1), leaf(2), leaf(1)]);
    expect(await visit(add([twice, twice, leaf(2)]), 10_000)).to.equal(4);
  });

  it("stops at a depth that no real file reaches", async () => {
    let root = leaf(0);
    for (let depth = 0; depth < 8; depth += 1) root = add([root]);
    expect(await visit(root, 10_000)).to.equal(9);
    expect(await visit(add([root]), 10_000)).to.equal("too-large");
  });

  it("stops at more blocks than the bytes allowed could need", async () => {
    const many = Array.from({ length: 100 }, (_, n) => leaf(n));
    expect(await visit(add(many), 1000)).to.equal("too-large");
    expect(await visit(add(many), 1_000_000)).to.equal(101);
  });

  it("takes bytes that are no DAG-PB for malformed, whatever they are, and never fails otherwise", () => {
    const cid = add([]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          linksOf(cid, bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(EdgeFailure).with.property("code", "malformed");
        }
      }),
      { numRuns: 500 },
    );
  });
});
