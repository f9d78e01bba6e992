import { mock } from "node:test";
import { expect } from "chai";
import type { Block } from "../../chain/block/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { createMemoryKv } from "../../chain/store/index.js";
import { TxBatch } from "../../proto/gen/openledger/engine/v1.js";
import { createLocalConnection } from "../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../config/engine.js";
import { MemoryNet } from "../engine/testkit/memory-net.js";
import { txOf } from "../engine/testkit/cluster.js";
import { createSequenceApp } from "../engine/testkit/sequence-app.js";
import type { SequenceApp } from "../engine/testkit/sequence-app.js";
import type { P2p, Topic, TopicOptions } from "../p2p/types.js";
import { silentLogger } from "../telemetry/log.js";
import { createTxGossip } from "./gossip.js";
import { Mempool } from "./mempool.js";

const request = (height: Height) => ({ txs: [], height }) as unknown as Parameters<SequenceApp["finalizeBlock"]>[0];

/** A pool whose batches are written down as numbers of transactions. */
function world(config: Partial<typeof DEFAULT_MEMPOOL_CONFIG> = {}) {
  const batches: { readonly count: number; readonly bytes: number }[] = [];
  const p2p: P2p = new MemoryNet().create("alone");
  let receive: TopicOptions["onMessage"] | undefined;
  const topic = (...args: Parameters<P2p["topic"]>): Topic => {
    const own = p2p.topic(...args);
    receive = args[1].onMessage;
    const publish = (bytes: Uint8Array): Promise<number> => {
      batches.push({ count: TxBatch.decode(bytes).txs.length, bytes: bytes.length });
      return Promise.resolve(1);
    };
    return { name: own.name, publish };
  };
  const settings = { ...DEFAULT_MEMPOOL_CONFIG, ...config };
  const app = createSequenceApp(createMemoryKv());
  const pool = new Mempool({ app: createLocalConnection(app), config: settings });
  /** A block without transactions. */
  const commit = async (height: Height): Promise<void> => {
    await pool.lock();
    const response = app.finalizeBlock(request(height));
    app.commit();
    await pool.update(height, { txs: [] } as unknown as Block, response);
  };
  const options = { pool, config: settings, log: silentLogger() };
  const gossip = createTxGossip(Object.assign(Object.create(p2p) as P2p, { topic }), options);
  return { pool, gossip, batches, commit, receive: async (bytes: Uint8Array) => receive?.("peer", bytes) };
}

describe("transactions between nodes", () => {
  it("leave soon when it was quiet, and are gathered for longer while others have just left", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const { pool, gossip, batches } = world({ batchMs: 1, busyBatchMs: 60_000 });
      const counts = (): number[] => batches.map(({ count }) => count);
      await pool.submit(txOf("a", 0));
      mock.timers.tick(1);
      expect(counts()).to.deep.equal([1]);
      await pool.submit(txOf("a", 1));
      mock.timers.tick(59_999);
      for (const n of [2, 3]) await pool.submit(txOf("a", n));
      expect(counts()).to.deep.equal([1]);
      mock.timers.tick(1);
      expect(counts()).to.deep.equal([1, 3]);
      gossip.stop();
    } finally {
      mock.timers.reset();
    }
  });

  it("are told again every fifth block that they wait, and not with each block", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const { pool, gossip, batches, commit } = world({ batchMs: 1, busyBatchMs: 1 });
      await pool.submit(txOf("a", 0));
      mock.timers.tick(1);
      const told: number[] = [];
      for (let height = 1; height <= 12; height++) {
        const before = batches.length;
        await commit(toHeight(BigInt(height)));
        gossip.rebroadcast();
        mock.timers.tick(1);
        if (batches.length > before) told.push(height);
      }
      expect(told).to.deep.equal([5, 10]);
      gossip.stop();
    } finally {
      mock.timers.reset();
    }
  });

  it("leave at once when a batch is full, and no batch is longer than it may be", async () => {
    const { pool, gossip, batches } = world({ batchMs: 60_000, busyBatchMs: 60_000, batchBytes: 1_000 });
    for (let n = 0; n < 20; n++) await pool.submit(txOf("a", n, "x".repeat(200)));
    expect(batches.map(({ count }) => count)).to.deep.equal([4, 4, 4, 4]);
    expect(Math.max(...batches.map(({ bytes }) => bytes))).to.be.at.most(1_064);
    gossip.stop();
  });

  it("are taken from a peer in batches, of which the good ones are passed on", async () => {
    const { pool, gossip, receive } = world();
    expect(await receive(TxBatch.encode({ txs: [txOf("a", 0), txOf("a", 7)] }))).to.equal("accept");
    expect(await receive(TxBatch.encode({ txs: [txOf("a", 8)] }))).to.equal("ignore");
    expect(pool.status().count).to.equal(1);
    gossip.stop();
  });

  it("cost a peer its place when a batch holds nothing, too many, another field or no message at all", async () => {
    const { gossip, receive } = world();
    const bad: readonly Uint8Array[] = [
      TxBatch.encode({ txs: [] }),
      TxBatch.encode({ txs: [txOf("a", 0), new Uint8Array(0)] }),
      TxBatch.encode({ txs: Array.from({ length: 4_097 }, () => Uint8Array.of(1)) }),
      Uint8Array.of(0x12, 0x01, 0x01),
      Uint8Array.of(0x8a, 0x80, 0x80, 0x80, 0x80, 0x01, 0x01, 0x01), // field 2^32 + 1, which is 1 in 32 bits
      Uint8Array.of(0x0a, 0x7f, 0x01),
    ];
    for (const bytes of bad) expect(await receive(bytes)).to.equal("reject");
    gossip.stop();
  });

  it("are filtered before they are decoded: a megabyte of empty ones takes no memory (0.38.24)", async () => {
    const { gossip, receive } = world();
    const bomb = new Uint8Array(1 << 20).map((_, i) => (i % 2 === 0 ? 0x0a : 0));
    const before = process.memoryUsage().heapUsed;
    expect(await receive(bomb)).to.equal("reject");
    expect(process.memoryUsage().heapUsed - before, "bytes").to.be.below(1 << 22);
    gossip.stop();
  });
});
