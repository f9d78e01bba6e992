import { expect } from "chai";
import { createMemoryKv } from "../../chain/store/index.js";
import { TxBatch } from "../../proto/gen/openledger/engine/v1.js";
import { createLocalConnection } from "../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../config/engine.js";
import { MemoryNet } from "../engine/testkit/memory-net.js";
import { txOf, until } from "../engine/testkit/cluster.js";
import { createSequenceApp } from "../engine/testkit/sequence-app.js";
import type { P2p, Topic } from "../p2p/types.js";
import { silentLogger } from "../telemetry/log.js";
import { createTxGossip } from "./gossip.js";
import { Mempool } from "./mempool.js";

/** A pool whose batches are written down as numbers of transactions. */
function world(config: Partial<typeof DEFAULT_MEMPOOL_CONFIG> = {}) {
  const batches: { readonly count: number; readonly bytes: number }[] = [];
  const p2p: P2p = new MemoryNet().create("alone");
  const topic = (...args: Parameters<P2p["topic"]>): Topic => {
    const own = p2p.topic(...args);
    const publish = (bytes: Uint8Array): Promise<number> => {
      batches.push({ count: TxBatch.decode(bytes).txs.length, bytes: bytes.length });
      return Promise.resolve(1);
    };
    return { name: own.name, publish };
  };
  const settings = { ...DEFAULT_MEMPOOL_CONFIG, ...config };
  const pool = new Mempool({ app: createLocalConnection(createSequenceApp(createMemoryKv())), config: settings });
  const options = { pool, config: settings, log: silentLogger() };
  const gossip = createTxGossip(Object.assign(Object.create(p2p) as P2p, { topic }), options);
  return { pool, gossip, batches };
}

describe("transactions between nodes", () => {
  it("leave soon when it was quiet, and are gathered for longer while others have just left", async () => {
    const { pool, gossip, batches } = world({ batchMs: 1, busyBatchMs: 500 });
    await pool.submit(txOf("a", 0));
    await until("the first batch", () => batches.length === 1);
    await pool.submit(txOf("a", 1));
    await new Promise((resolve) => setTimeout(resolve, 10)); // a batch would have left by now, had it been quiet before
    for (const n of [2, 3]) await pool.submit(txOf("a", n));
    await until("the second batch", () => batches.length === 2);
    expect(batches.map(({ count }) => count)).to.deep.equal([1, 3]);
    gossip.stop();
  });

  it("leave at once when a batch is full, and no batch is longer than it may be", async () => {
    const { pool, gossip, batches } = world({ batchMs: 60_000, busyBatchMs: 60_000, batchBytes: 1_000 });
    for (let n = 0; n < 20; n++) await pool.submit(txOf("a", n, "x".repeat(200)));
    expect(batches.map(({ count }) => count)).to.deep.equal([4, 4, 4, 4]);
    expect(Math.max(...batches.map(({ bytes }) => bytes))).to.be.at.most(1_064);
    gossip.stop();
  });
});
