import { expect } from "chai";
import fc from "fast-check";
import { sha256 } from "../../crypto/index.js";
import { Fault, Reject, concatBytes, toHeight, toHex, utf8 } from "../../primitives/index.js";
import type { Height } from "../../primitives/index.js";
import { createMemoryKv } from "../kv.js";
import type { KvStore } from "../kv.js";
import { openMultiStore } from "../multistore.js";
import type { MultiStore } from "../multistore-types.js";
import { StateImporter, exportVersion, exportedStores } from "./index.js";
import type { ImportTarget } from "./index.js";

type Write = readonly [store: number, key: number, value: number | undefined];

const STORES = ["empty", "many", "one"];

const writes = fc.array(
  fc.tuple(fc.constantFrom(1, 1, 1, 2), fc.nat({ max: 60 }), fc.option(fc.nat({ max: 9 }), { nil: undefined })),
  { maxLength: 40 },
);
const history = fc.array(writes, { minLength: 1, maxLength: 8 });

function apply(state: MultiStore, block: readonly Write[]): void {
  for (const [store, key, value] of block) {
    const at = Uint8Array.of(1 + (key % 7), key);
    if (value === undefined) state.store(STORES[store] ?? "").delete(at);
    else state.store(STORES[store] ?? "").set(at, new Uint8Array(value).fill(key));
  }
}

function open(kv: KvStore): MultiStore {
  return openMultiStore({ kv, stores: STORES });
}

function build(blocks: readonly (readonly Write[])[]): { readonly kv: KvStore; readonly state: MultiStore } {
  const kv = createMemoryKv();
  const state = open(kv);
  for (const block of blocks) {
    apply(state, block);
    state.commit();
  }
  return { kv, state };
}

function streamOf(kv: KvStore, height: bigint): Uint8Array {
  return concatBytes(...exportVersion(kv, toHeight(height)));
}

/** Imports in pieces of these sizes, as a process that dies after every piece. */
function importInto(kv: KvStore, stream: Uint8Array, target: ImportTarget, sizes: readonly number[]): void {
  let progress: Uint8Array | undefined;
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    const importer = new StateImporter(target, progress);
    kv.write(importer.push(stream.slice(at, at + size)));
    progress = importer.progress;
    at += size;
  }
  kv.write(new StateImporter(target, progress).finish());
}

function targetOf(kv: KvStore, height: Height): ImportTarget {
  return { height, stores: exportedStores(kv, height) };
}

function codeOf(run: () => unknown): number | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    expect(error.codespace).to.equal("snapshot");
    return error.code;
  }
}

describe("a version as a stream", () => {
  it("comes back with the same app hash, values, proofs and next blocks, cut anywhere and interrupted after every piece", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(history, history, sizes, (past, future, pieces) => {
        const origin = build(past);
        const height = origin.state.last.version;
        const kv = createMemoryKv();
        importInto(kv, streamOf(origin.kv, height), targetOf(origin.kv, height), pieces);
        const copy = open(kv);
        expect(copy.last).to.deep.equal(origin.state.last);
        expect(copy.earliest).to.equal(height);
        for (const name of STORES) {
          const ours = copy.at(height).store(name);
          expect([...ours.iterate()]).to.deep.equal([...origin.state.at(height).store(name).iterate()]);
          if (height < 2n) continue;
          for (const [key] of ours.iterate())
            expect(copy.queryWithProof(name, key, height)).to.deep.equal(origin.state.queryWithProof(name, key, height));
        }
        for (const block of future) {
          for (const state of [origin.state, copy]) apply(state, block);
          expect(toHex(copy.commit().appHash)).to.equal(toHex(origin.state.commit().appHash));
        }
        expect(toHex(open(kv).last.appHash)).to.equal(toHex(origin.state.last.appHash));
      }),
      { numRuns: 60 },
    );
  });

  it("is the same from a node that pruned, restarted or was restored itself", () => {
    fc.assert(
      fc.property(history, (past) => {
        const { kv, state } = build(past);
        const stream = streamOf(kv, state.last.version);
        const pruned = createMemoryKv();
        for (const block of past) {
          const reopened = openMultiStore({ kv: pruned, stores: STORES, keepRecent: 2 });
          apply(reopened, block);
          reopened.commit();
        }
        expect(streamOf(pruned, state.last.version)).to.deep.equal(stream);
        const restored = createMemoryKv();
        importInto(restored, stream, targetOf(kv, state.last.version), [1_000]);
        expect(streamOf(restored, state.last.version)).to.deep.equal(stream);
      }),
      { numRuns: 30 },
    );
  });

  it("is of the version asked for, while later ones are committed", () => {
    const { kv, state } = build([[[1, 1, 1], [1, 2, 2], [2, 1, 1]]]);
    const then = streamOf(kv, 1n);
    apply(state, [[1, 1, 5], [1, 3, 3]]);
    state.commit();
    expect(streamOf(kv, 1n)).to.deep.equal(then);
    expect(streamOf(kv, 2n)).to.not.deep.equal(then);
    expect(() => streamOf(kv, 3n)).to.throw(Fault);
  });

  it("has the bytes that nodes in the field have cut into chunks", () => {
    const { kv } = build([[[1, 1, 1], [1, 2, 2], [1, 3, 3], [2, 9, 4]], [[1, 2, 6], [1, 4, 1]]]);
    const stream = streamOf(kv, 2n);
    expect(stream.length).to.equal(130);
    expect(toHex(sha256(stream))).to.equal("d88f561c68b5c1efdc4d3220b322c9267e0e6b7329dc29cf2ffadfa77e21a5b3");
  });

  describe("when it is not what was promised", () => {
    const { kv, state } = build([
      [[1, 1, 1], [1, 2, 2], [1, 3, 3], [1, 8, 3], [2, 9, 4]],
      [[1, 2, 6], [1, 4, 1]],
    ]);
    const height = state.last.version;
    const stream = streamOf(kv, height);
    const importBytes = (bytes: Uint8Array): number | undefined =>
      codeOf(() => importInto(createMemoryKv(), bytes, targetOf(kv, height), [37]));

    it("is refused for any byte that is changed", () => {
      for (let at = 0; at < stream.length; at++) {
        for (const flip of [1, 0x80, 0xff]) {
          const bad = stream.slice();
          bad[at] = (bad[at] ?? 0) ^ flip;
          expect(importBytes(bad), `byte ${at} ^ ${flip}`).to.be.a("number");
        }
      }
    });

    it("is refused wherever it ends too early, and with anything after its end", () => {
      for (let end = 0; end < stream.length; end++) expect(importBytes(stream.slice(0, end)), `${end} bytes`).to.be.a("number");
      for (let byte = 0; byte < 256; byte++)
        expect(importBytes(concatBytes(stream, Uint8Array.of(byte))), `then ${byte}`).to.be.a("number");
      expect(importBytes(concatBytes(stream, stream))).to.equal(5);
      expect(importBytes(stream)).to.equal(undefined);
    });

    it("never shows a version before the end", () => {
      const half = createMemoryKv();
      const importer = new StateImporter(targetOf(kv, height));
      half.write(importer.push(stream));
      expect(open(half).last.version).to.equal(0n);
      half.write(importer.finish());
      expect(open(half).last).to.deep.equal(state.last);
    });

    it("is refused at once when a record claims to be longer than any", () => {
      const importer = new StateImporter(targetOf(kv, height));
      expect(codeOf(() => importer.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f)))).to.equal(4);
    });

    it("is refused with the records of another order, or of other stores", () => {
      const items = [...exportVersion(kv, height)];
      const [first, ...others] = items;
      expect(importBytes(concatBytes(...others))).to.equal(5);
      expect(importBytes(concatBytes(...items.toReversed()))).to.be.a("number");
      expect(importBytes(concatBytes(...[first, first, ...others].filter((i) => i !== undefined)))).to.equal(5);
      expect(importBytes(utf8("not a snapshot at all"))).to.be.a("number");
    });
  });
});
