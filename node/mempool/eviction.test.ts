import { expect } from "chai";
import type { Block } from "../../chain/block/index.js";
import { parseUtf8, toHeight } from "../../chain/primitives/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../config/engine.js";
import type { MempoolConfig } from "../config/engine.js";
import { Mempool } from "./mempool.js";
import { PoolApp, connectionOf, poolTx } from "./testkit/pool-app.js";

function world(config: Partial<MempoolConfig>) {
  const app = new PoolApp();
  const pool = new Mempool({ app: connectionOf(app), config: { ...DEFAULT_MEMPOOL_CONFIG, recheckUpTo: 0, ...config } });
  let height = 0n;
  const commit = async (...txs: Uint8Array[]): Promise<void> => {
    await pool.lock();
    const response = app.commit(txs);
    height += 1n;
    await pool.update(toHeight(height), { txs } as unknown as Block, response);
  };
  const texts = (): string[] => pool.list(100).map((tx) => parseUtf8(tx));
  return { app, pool, commit, texts };
}

describe("a full mempool", () => {
  it("lets in who pays more, and says CometBFT's words to who does not", async () => {
    const { pool, texts } = world({ maxTxs: 2 });
    await pool.submit(poolTx("a", 0, 5));
    await pool.submit(poolTx("b", 0, 3));
    expect(await pool.submit(poolTx("c", 0, 3))).to.have.property("message").that.matches(/^mempool is full: number of txs 2 \(max: 2\)/);
    expect(await pool.submit(poolTx("c", 0, 4))).to.have.property("reason", "full"); // CheckTx has seen its sequence 0
    expect((await pool.submit(poolTx("d", 0, 4))).kind).to.equal("checked");
    expect(texts()).to.deep.equal(["a/0/5/", "d/0/4/"]);
    expect(pool.stats()).to.deep.equal({ failed: 0, rejected: 2, evicted: 1, rechecked: 0 });
  });

  it("takes nothing more of a sender it has dropped something of before the next block, and everything after", async () => {
    const { pool, commit, texts } = world({ maxTxs: 2 });
    await pool.submit(poolTx("a", 0, 2));
    await pool.submit(poolTx("a", 1, 1));
    await pool.submit(poolTx("b", 0, 9));
    expect(await pool.submit(poolTx("a", 2, 50))).to.have.property("reason", "full");
    expect(await pool.submit(poolTx("a", 1, 50))).to.have.property("reason", "full");
    await commit(poolTx("b", 0, 9));
    expect(await pool.submit(poolTx("a", 1, 50))).to.have.nested.property("response.code", 0);
    expect(texts()).to.deep.equal(["a/0/2/", "a/1/50/"]);
  });
});

describe("the mempool's clock and checks", () => {
  it("drops with a transaction that waited too long what can only follow it", async () => {
    const { pool, commit, texts } = world({ ttlBlocks: 2 });
    await pool.submit(poolTx("a", 0, 1));
    await pool.submit(poolTx("a", "u1", 1));
    await commit();
    await pool.submit(poolTx("a", 1, 1));
    await pool.submit(poolTx("a", "u2", 1));
    await commit();
    expect(texts()).to.deep.equal(["a/u2/1/"]);
    expect((await pool.submit(poolTx("a", 0, 1))).kind).to.equal("checked");
  });

  it("checks everything again after each block while it is little, and else what the block touched", async () => {
    const { pool, commit } = world({ recheckUpTo: 3 });
    for (const account of ["a", "b", "c"]) await pool.submit(poolTx(account, 0, 1));
    await commit();
    expect(pool.stats().rechecked).to.equal(3);
    await commit(poolTx("a", 0, 1));
    expect(pool.stats().rechecked).to.equal(5);
    for (const [account, sequence] of [["a", 1], ["d", 0], ["d", 1]] as const) await pool.submit(poolTx(account, sequence, 1));
    await commit(poolTx("d", 0, 1));
    expect(pool.stats().rechecked).to.equal(6);
  });

  it("needs one check for the next transaction of a sender whose last one it has checked again, and three else", async () => {
    const asked = async (recheckUpTo: number): Promise<number> => {
      const { app, pool, commit } = world({ recheckUpTo });
      await pool.submit(poolTx("a", 0, 1));
      await commit();
      const before = app.asked;
      expect(await pool.submit(poolTx("a", 1, 1))).to.have.nested.property("response.code", 0);
      return app.asked - before;
    };
    expect([await asked(1), await asked(0)]).to.deep.equal([1, 3]);
  });

  it("is not confused by who only asks what CheckTx would say", async () => {
    const { pool, commit, texts } = world({});
    expect((await pool.check(poolTx("a", 0, 1))).code).to.equal(0);
    expect(await pool.submit(poolTx("a", 1, 1))).to.have.property("reason", "full");
    expect((await pool.check(poolTx("b", "u1", 1))).code).to.equal(0);
    expect(await pool.submit(poolTx("b", 0, 1))).to.have.nested.property("response.code", 0);
    await commit();
    expect(await pool.submit(poolTx("a", 0, 1))).to.have.nested.property("response.code", 0);
    expect(texts()).to.deep.equal(["b/0/1/", "a/0/1/"]);
  });
});
