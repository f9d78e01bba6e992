import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { sha256 } from "../../chain/crypto/index.js";
import { toHeight, utf8 } from "../../chain/primitives/index.js";
import { ExecTxResult, ResponseFinalizeBlock } from "../../proto/gen/tendermint/abci.js";
import { FakeChain } from "../../test/rpc/fake-chain.js";
import { pack } from "../app/index.js";
import { isFailure } from "../errors.js";
import { openKv } from "../storage/index.js";
import type { LevelKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import type { IndexInput } from "./entries.js";
import { DEFAULT_INDEXER_OPTIONS, createIndexer, createNullIndexer } from "./index.js";
import type { Indexer, IndexerOptions } from "./index.js";
import { heightOfKey, isTxKey } from "./keys.js";
import { IndexStore } from "./store.js";
import { decodePlace } from "./write.js";

const ALL = { order: "asc", offset: 0, limit: 100 } as const;
const paid = (to: string) => ({ type: "pay", attributes: [{ key: "to", value: to, index: true }] });

/** The store, with methods that a test replaces. */
const viewOf = (kv: LevelKv): LevelKv => ({
  get: (key) => kv.get(key),
  write: (ops) => kv.write(ops),
  flushed: () => kv.flushed(),
  pendingBytes: () => kv.pendingBytes(),
  entries: (range) => kv.entries(range),
  close: () => kv.close(),
});

describe("the indexer", () => {
  const chain = new FakeChain();
  let dir: string;
  let kv: LevelKv;
  const make = (options: Partial<IndexerOptions> = {}): Indexer =>
    createIndexer({ kv, chain, feed: chain, log: silentLogger() }, { ...DEFAULT_INDEXER_OPTIONS, ...options });

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "indexer-"));
    kv = await openKv({ dir, onFatal: (failure) => { throw failure; } });
  });
  const oldEntries = async (): Promise<number> => {
    let old = 0;
    for await (const [key, value] of kv.entries({})) {
      const height = isTxKey(key) ? decodePlace(value).height : heightOfKey(key);
      if (height !== undefined && height < chain.base) old++;
    }
    return old;
  };
  after(async () => {
    await kv.close();
    await rm(dir, { recursive: true });
  });

  it("indexes at the start what was committed without it, and then each block before it is passed on", async () => {
    chain.commitBlock([{ tx: utf8("one"), result: { events: [paid("ann")] } }]);
    chain.commitBlock([{ tx: utf8("two"), result: { events: [paid("ann")] } }]);
    const indexer = make();
    await indexer.start();
    await indexer.caughtUp();
    expect(indexer.status()).to.deep.equal({ isEnabled: true, last: 2n, lag: 0, isBroken: false });
    const seen: Promise<unknown>[] = [];
    indexer.subscribe((event) => {
      if (event.kind === "block") seen.push(indexer.findTx(sha256(utf8("three"))));
    });
    chain.commitBlock([{ tx: utf8("three"), result: { events: [paid("ann")] } }]);
    await indexer.caughtUp();
    expect(await Promise.all(seen)).to.deep.equal([{ height: 3n, index: 0 }]);
    const page = await indexer.searchTxs("pay.to='ann'", { order: "desc", offset: 1, limit: 1 });
    expect([page.total, page.items[0]?.height]).to.deep.equal([3, 2n]);
    await indexer.stop();
  });

  it("keeps a success when the same transaction fails later", async () => {
    const indexer = make();
    await indexer.start();
    const { block } = chain.commitBlock([{ tx: utf8("twice") }]);
    chain.commitBlock([{ tx: utf8("twice"), result: { code: 3 } }]);
    await indexer.caughtUp();
    expect((await indexer.findTx(sha256(utf8("twice"))))?.height).to.equal(block.header.height);
    await indexer.stop();
  });

  it("does not let attributes that are not indexed, or forge the node's own, be searched", async () => {
    const indexer = make();
    await indexer.start();
    const attributes = [{ key: "secret", value: "x", index: false }, { key: "height", value: "1", index: true }];
    chain.commitBlock([{ tx: utf8("hidden"), result: { events: [{ type: "tx", attributes }] } }]);
    await indexer.caughtUp();
    expect((await indexer.searchTxs("tx.secret='x'", ALL)).total).to.equal(0);
    expect((await indexer.searchTxs("tx EXISTS", ALL)).total).to.equal(0);
    await indexer.stop();
  });

  it("refuses a query that reads too much", async () => {
    const indexer = make({ maxScanned: 2 });
    await indexer.start();
    await indexer.caughtUp();
    const error: unknown = await indexer.searchTxs("pay.to EXISTS", ALL).catch((e: unknown) => e);
    expect(isFailure(error, "too-large")).to.equal(true);
    expect((await indexer.searchTxs("pay.to='ann' AND tx.height=1", ALL)).total).to.equal(1);
    await indexer.stop();
  });

  it("finds nothing of what the chain has pruned, and sweeps it out a few entries for each block", async () => {
    chain.base = 3n;
    const indexer = make({ sweepEvery: 2, sweepStep: 3 });
    await indexer.start();
    expect((await indexer.searchTxs("pay.to='ann'", ALL)).items.map((p) => p.height)).to.deep.equal([3n]);
    expect(await indexer.findTx(sha256(utf8("one")))).to.equal(undefined);
    const swept: number[] = [];
    for (let left = await oldEntries(); left > 0; left = await oldEntries()) {
      swept.push(left);
      chain.commitBlock();
      await indexer.caughtUp();
      await kv.flushed();
    }
    expect(swept.length, "blocks over which the sweep was spread").to.be.greaterThan(1);
    await indexer.stop();
    const whole = make();
    chain.base = 1n;
    await whole.start();
    expect((await whole.searchTxs("pay.to='ann'", ALL)).items.map((p) => p.height)).to.deep.equal([3n]);
    expect(await whole.findTx(sha256(utf8("three")))).to.deep.equal({ height: 3n, index: 0 });
    expect((await whole.searchBlocks("block.height>0", ALL)).items[0]).to.equal(3n);
    await whole.stop();
  });

  it("keeps the hash of a pruned transaction that was taken again while the sweep passed it", async () => {
    const again = utf8("again");
    const placed = (height: bigint, code: number): IndexInput => {
      const results = ResponseFinalizeBlock.encode(ResponseFinalizeBlock.create({ txResults: [ExecTxResult.create({ code })] }));
      return { height, txs: pack([again]), results: Uint8Array.from(results) };
    };
    const own = await mkdtemp(join(tmpdir(), "index-store-"));
    const inner = await openKv({ dir: own, onFatal: (failure) => { throw failure; } });
    let isWalking = true;
    const store: IndexStore = new IndexStore({
      ...viewOf(inner),
      async *entries(range) {
        yield* inner.entries(range);
        if (isWalking) store.index(placed(9n, 0));
        isWalking = false;
      },
    }, { ...DEFAULT_INDEXER_OPTIONS, sweepEvery: 1 });
    store.index(placed(1n, 5));
    await store.prune(toHeight(5n));
    expect(store.findTx(sha256(again), toHeight(5n))).to.deep.equal({ height: 9n, index: 0 });
    await inner.close();
    await rm(own, { recursive: true });
  });

  it("makes the index anew when it is of a chain that went further", async () => {
    const short = new FakeChain();
    short.commitBlock([{ tx: utf8("other"), result: { events: [paid("ann")] } }]);
    const indexer = createIndexer({ kv, chain: short, feed: short, log: silentLogger() });
    await indexer.start();
    await indexer.caughtUp();
    expect((await indexer.searchTxs("pay.to='ann'", ALL)).items).to.deep.equal([{ height: 1n, index: 0 }]);
    expect(await indexer.findTx(sha256(utf8("three")))).to.equal(undefined);
    await indexer.stop();
  });
});

describe("an index whose disk fails", () => {
  it("tells of every block all the same, and says that nothing can be searched", async () => {
    const dir = await mkdtemp(join(tmpdir(), "indexer-"));
    const kv = await openKv({ dir, onFatal: (failure) => { throw failure; } });
    const chain = new FakeChain();
    let writes = 0;
    const failing: LevelKv = {
      ...viewOf(kv),
      write: (ops) => {
        if (++writes > 2) throw new Error("No space left on device");
        kv.write(ops);
      },
    };
    const indexer = createIndexer({ kv: failing, chain, feed: chain, log: silentLogger() });
    await indexer.start();
    const told: bigint[] = [];
    indexer.subscribe((event) => {
      if (event.kind === "block") told.push(event.stored.block.header.height);
    });
    for (let i = 0; i < 20; i++) chain.commitBlock();
    const failure: unknown = await indexer.caughtUp().catch((e: unknown) => e);
    expect(isFailure(failure, "storage")).to.equal(true);
    chain.commitBlock();
    while (told.length < 21) await new Promise((resolve) => setImmediate(resolve));
    expect(told).to.deep.equal(Array.from({ length: 21 }, (_, i) => BigInt(i + 1)));
    const refused: unknown = await indexer.findTx(new Uint8Array(32)).catch((e: unknown) => e);
    expect(isFailure(refused, "storage")).to.equal(true);
    expect(indexer.status()).to.include({ isBroken: true, last: 2n });
    await indexer.stop();
    await kv.close();
    await rm(dir, { recursive: true });
  });
});

describe("a node without an index", () => {
  it("passes events on and refuses searches in CometBFT's words", async () => {
    const chain = new FakeChain();
    const indexer = createNullIndexer(chain);
    await indexer.start();
    let events = 0;
    indexer.subscribe(() => events++);
    chain.commitBlock();
    expect(events).to.equal(1);
    const textOf = (work: Promise<unknown>): Promise<string> => work.then(String, (e: unknown) => (e instanceof Error ? e.message : ""));
    expect(await textOf(indexer.findTx(new Uint8Array(32)))).to.equal("transaction indexing is disabled");
    expect(await textOf(indexer.searchTxs("a=1", ALL))).to.equal("transaction indexing is disabled");
    expect(await textOf(indexer.searchBlocks("a=1", ALL))).to.equal("block indexing is disabled");
    expect(indexer.status().isEnabled).to.equal(false);
  });
});
