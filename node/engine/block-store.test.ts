import { expect } from "chai";
import type { ExtendedCommit } from "../../chain/block/index.js";
import { Fault, equalBytes, toHeight } from "../../chain/primitives/index.js";
import { TEST_TIME, testCommit, testValidators } from "../../chain/testkit/validators.js";
import { BlockStore } from "./block-store.js";
import { memoryEngineKv } from "./testkit/evidence.js";

const made = testValidators([10, 10]);
const KEPT = 4;

function create() {
  const kv = memoryEngineKv();
  const store = new BlockStore(kv, KEPT);
  const save = (height: bigint, seed = Number(height)) => {
    const hash = new Uint8Array(32).fill(seed);
    const commit: ExtendedCommit = { ...testCommit(made, []), height: toHeight(height), blockId: { hash, parts: { total: 1, hash } } };
    return store.save({ height: toHeight(height), id: commit.blockId, bytes: Uint8Array.of(seed), commit, time: TEST_TIME });
  };
  return { kv, store, save };
}

const hasExtensions = (store: BlockStore, height: bigint): boolean | undefined =>
  store.extendedCommit(toHeight(height))?.signatures.some((s) => s.extension.length > 0 && s.extensionSignature.length > 0);

describe("the block store", () => {
  it("keeps extensions of the last heights and takes them off older commits, which stay", async () => {
    const { store, save } = create();
    for (let height = 1n; height <= 10n; height++) await save(height);
    const kept = [1n, 5n, 6n, 7n, 10n].map((height) => hasExtensions(store, height));
    expect(kept).to.deep.equal([false, false, false, true, true]);
    expect(store.extendedCommit(toHeight(1n))?.signatures.every((s) => s.signature.length === 64)).to.equal(true);
  });

  it("takes blocks in order only, and the last one again", async () => {
    const { store, save } = create();
    await save(5n);
    await save(6n);
    await save(6n, 66);
    expect([store.base, store.top, store.bytes(toHeight(6n))]).to.deep.equal([5n, 6n, Uint8Array.of(66)]);
    for (const height of [4n, 5n, 8n]) {
      const failure: unknown = await save(height).catch((error: unknown) => error);
      expect(failure, String(height)).to.be.instanceOf(Fault);
    }
  });

  it("finds the height of a hash, and the range again after a restart", async () => {
    const { kv, store, save } = create();
    for (let height = 3n; height <= 7n; height++) await save(height);
    const again = new BlockStore(kv, KEPT);
    expect([again.base, again.top, again.heightOfHash(new Uint8Array(32).fill(4))]).to.deep.equal([3n, 7n, 4n]);
    expect(store.heightOfHash(new Uint8Array(32).fill(8))).to.equal(undefined);
  });

  it("gives up its highest block, whole, but never the only one", async () => {
    const { kv, store, save } = create();
    await save(1n);
    expect(() => store.removalOfTop()).to.throw(Fault);
    await save(2n);
    kv.write(store.removalOfTop());
    const again = new BlockStore(kv, KEPT);
    expect([again.base, again.top, again.bytes(toHeight(2n)), again.extendedCommit(toHeight(2n))]).to.deep.equal([1n, 1n, undefined, undefined]);
    expect(again.heightOfHash(new Uint8Array(32).fill(2))).to.equal(undefined);
  });

  it("holds a block as the bytes that it came in", async () => {
    const { store } = create();
    const { blockId, ...commit } = { ...testCommit(made, []), height: toHeight(1n) };
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i);
    await store.save({ height: toHeight(1n), id: blockId, bytes, commit: { ...commit, blockId }, time: TEST_TIME });
    expect(equalBytes(store.bytes(toHeight(1n)) ?? new Uint8Array(0), bytes)).to.equal(true);
  });
});
