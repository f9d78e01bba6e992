import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { sha256 } from "../../chain/crypto/index.js";
import { utf8 } from "../../chain/primitives/index.js";
import { FakeChain } from "../../test/rpc/fake-chain.js";
import { isFailure } from "../errors.js";
import { openKv } from "../storage/index.js";
import type { LevelKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import { DEFAULT_INDEXER_OPTIONS, createIndexer } from "./index.js";
import type { Indexer, IndexerOptions } from "./index.js";

const ALL = { order: "asc", offset: 0, limit: 100 } as const;
const paid = (to: string) => ({ type: "pay", attributes: [{ key: "to", value: to, index: true }] });

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
  after(async () => {
    await kv.close();
    await rm(dir, { recursive: true });
  });

  it("indexes at the start what was committed without it, and then each block before it is passed on", async () => {
    chain.commitBlock([{ tx: utf8("one"), result: { events: [paid("ann")] } }]);
    chain.commitBlock([{ tx: utf8("two"), result: { events: [paid("ann")] } }]);
    const indexer = make();
    await indexer.start();
    expect(indexer.last()).to.equal(2n);
    const seen: boolean[] = [];
    indexer.subscribe((event) => {
      if (event.kind === "block") seen.push(indexer.findTx(sha256(utf8("three"))) !== undefined);
    });
    chain.commitBlock([{ tx: utf8("three"), result: { events: [paid("ann")] } }]);
    expect(seen).to.deep.equal([true]);
    const page = await indexer.searchTxs("pay.to='ann'", { order: "desc", offset: 1, limit: 1 });
    expect([page.total, page.items[0]?.height]).to.deep.equal([3, 2n]);
    await indexer.stop();
  });

  it("keeps a success when the same transaction fails later", async () => {
    const indexer = make();
    await indexer.start();
    const { block } = chain.commitBlock([{ tx: utf8("twice") }]);
    chain.commitBlock([{ tx: utf8("twice"), result: { code: 3 } }]);
    expect(indexer.findTx(sha256(utf8("twice")))?.height).to.equal(block.header.height);
    await indexer.stop();
  });

  it("does not let attributes that are not indexed, or forge the node's own, be searched", async () => {
    const indexer = make();
    await indexer.start();
    const attributes = [{ key: "secret", value: "x", index: false }, { key: "height", value: "1", index: true }];
    chain.commitBlock([{ tx: utf8("hidden"), result: { events: [{ type: "tx", attributes }] } }]);
    expect((await indexer.searchTxs("tx.secret='x'", ALL)).total).to.equal(0);
    expect((await indexer.searchTxs("tx EXISTS", ALL)).total).to.equal(0);
    await indexer.stop();
  });

  it("refuses a query that reads too much", async () => {
    const indexer = make({ maxScanned: 2 });
    await indexer.start();
    const error: unknown = await indexer.searchTxs("pay.to EXISTS", ALL).catch((e: unknown) => e);
    expect(isFailure(error, "too-large")).to.equal(true);
    expect((await indexer.searchTxs("pay.to='ann' AND tx.height=1", ALL)).total).to.equal(1);
    await indexer.stop();
  });
});
