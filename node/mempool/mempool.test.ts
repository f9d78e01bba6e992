import { expect } from "chai";
import fc from "fast-check";
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import type { Block } from "../../chain/block/index.js";
import { parseUtf8, toHeight } from "../../chain/primitives/index.js";
import { createMemoryKv } from "../../chain/store/index.js";
import { createLocalConnection } from "../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../config/engine.js";
import type { MempoolConfig } from "../config/engine.js";
import { txOf } from "../engine/testkit/cluster.js";
import { createSequenceApp } from "../engine/testkit/sequence-app.js";
import type { SequenceApp } from "../engine/testkit/sequence-app.js";
import type { Submission } from "../engine/types.js";
import { Mempool } from "./mempool.js";

interface World {
  readonly app: SequenceApp;
  readonly pool: Mempool;
  /** Commits a block of these transactions. */
  commit(txs: readonly Uint8Array[]): Promise<void>;
}

/** Checks nothing again that a block did not touch, where `config` does not say otherwise. */
function world(config: Partial<MempoolConfig> = {}): World {
  const app = createSequenceApp(createMemoryKv());
  const pool = new Mempool({ app: createLocalConnection(app), config: { ...DEFAULT_MEMPOOL_CONFIG, recheckUpTo: 0, ...config } });
  let height = 0n;
  const commit = async (txs: readonly Uint8Array[]): Promise<void> => {
    height += 1n;
    await pool.lock();
    const response = runBlock(app, txs, height);
    await pool.update(toHeight(height), { txs } as unknown as Block, response);
  };
  return { app, pool, commit };
}

function runBlock(app: SequenceApp, txs: readonly Uint8Array[], height: bigint): FinalizeBlockResponse {
  const request = { txs, height: toHeight(height) } as unknown as Parameters<SequenceApp["finalizeBlock"]>[0];
  const response = app.finalizeBlock(request);
  app.commit();
  return response;
}

const texts = (txs: readonly Uint8Array[]): string[] => txs.map(parseUtf8);

describe("the mempool beside a signature thread", () => {
  it("asks it before CheckTx, passes on what it says, and keeps the order in which transactions came", async () => {
    const asked: string[] = [];
    const app = createSequenceApp(createMemoryKv());
    const connection = createLocalConnection(app);
    const checked: (readonly [string, bigint | undefined])[] = [];
    const checkTx: typeof connection.checkTx = (request) => {
      checked.push([parseUtf8(request.tx), request.signedFor]);
      return connection.checkTx(request);
    };
    const signedFor = (tx: Uint8Array): Promise<bigint | undefined> => {
      asked.push(parseUtf8(tx));
      return Promise.resolve(asked.length === 2 ? undefined : BigInt(asked.length));
    };
    const pool = new Mempool({ app: { checkTx }, config: DEFAULT_MEMPOOL_CONFIG, signatures: { signedFor } });
    const txs = [0, 1, 2].map((n) => txOf("a", n));
    const answers = await Promise.all(txs.map((tx) => pool.submit(tx)));
    expect(answers.map((a) => a.kind === "checked" && a.response.code)).to.deep.equal([0, 0, 0]);
    expect(checked).to.deep.equal([[asked[0], 1n], [asked[1], undefined], [asked[2], 3n]]);
  });

  it("refuses what comes while too much waits for it, and goes on when it answers", async () => {
    const app = createLocalConnection(createSequenceApp(createMemoryKv()));
    const held: (() => void)[] = [];
    const signedFor = (): Promise<undefined> => new Promise((resolve) => held.push(() => resolve(undefined)));
    const [first, second] = [txOf("a", 0), txOf("b", 0)];
    const config = { ...DEFAULT_MEMPOOL_CONFIG, maxBytes: first.length };
    const pool = new Mempool({ app, config, signatures: { signedFor } });
    const waiting = pool.submit(first);
    expect(await pool.submit(second)).to.have.property("reason", "not-ready");
    for (const answer of held) answer();
    expect(await waiting).to.have.nested.property("response.code", 0);
  });
});

describe("the mempool and events of CheckTx", () => {
  it("asks for them where they are wanted alone, also when it has to ask again", async () => {
    const inner = createSequenceApp(createMemoryKv());
    const app = createLocalConnection(inner);
    const asked: (boolean | undefined)[] = [];
    const checkTx: typeof app.checkTx = (request) => {
      asked.push(request.withoutEvents);
      return app.checkTx(request);
    };
    const pool = new Mempool({ app: { checkTx }, config: { ...DEFAULT_MEMPOOL_CONFIG, recheckUpTo: 0 } });
    await pool.submit(txOf("a", 0));
    await pool.submit(txOf("b", 0), { wantsEvents: true });
    expect(asked).to.deep.equal([true, false]);
    await pool.lock();
    await pool.update(toHeight(1n), { txs: [] } as unknown as Block, runBlock(inner, [], 1n));
    asked.length = 0;
    await pool.submit(txOf("b", 1), { wantsEvents: true });
    expect(asked, "what waits is checked again between").to.deep.equal([false, true, false]);
  });
});

describe("the mempool", () => {
  it("keeps what passes CheckTx and answers the code of what does not", async () => {
    const { pool } = world();
    expect(await pool.submit(txOf("a", 0))).to.have.nested.property("response.code", 0);
    expect(await pool.submit(txOf("a", 5))).to.have.nested.property("response.code", 32);
    expect(pool.status().count).to.equal(1);
  });

  it("refuses a transaction it has seen, in CometBFT's words, and takes a failed one again", async () => {
    const { pool } = world();
    await pool.submit(txOf("a", 0));
    expect(await pool.submit(txOf("a", 0))).to.deep.equal({
      kind: "refused",
      reason: "in-cache",
      message: "tx already exists in cache",
    });
    await pool.submit(txOf("b", 1));
    expect((await pool.submit(txOf("b", 1))).kind).to.equal("checked");
  });

  it("refuses a committed transaction as seen", async () => {
    const { pool, commit } = world();
    await pool.submit(txOf("a", 0));
    await commit([txOf("a", 0)]);
    expect(await pool.submit(txOf("a", 0))).to.have.property("reason", "in-cache");
    expect(pool.status()).to.deep.equal({ count: 0, bytes: 0 });
  });

  it("is bounded in number, bytes, length and per sender", async () => {
    const few = world({ maxTxs: 2 }).pool;
    for (const s of ["a", "b"]) await few.submit(txOf(s, 0));
    const full = await few.submit(txOf("c", 0));
    expect(full).to.have.property("reason", "full");
    expect(full)
      .to.have.property("message")
      .that.matches(/^mempool is full: number of txs 2 \(max: 2\), total txs bytes \d+ \(max: \d+\)$/);
    expect(await world({ maxBytes: 10 }).pool.submit(txOf("a", 0, "0123456789"))).to.have.property(
      "reason",
      "full",
    );
    expect(await world({ maxTxBytes: 4 }).pool.submit(txOf("a", 0))).to.have.property("reason", "too-large");
    const one = world({ maxPerSender: 1 }).pool;
    await one.submit(txOf("a", 0));
    expect(await one.submit(txOf("a", 1))).to.have.property("reason", "full");
  });

  it("reaps by fee, then arrival, and never a sender out of order", async () => {
    const { pool } = world();
    for (const tx of [txOf("a", 0), txOf("b", 0), txOf("c", 0, "fee"), txOf("a", 1, "fee"), txOf("b", 1)])
      await pool.submit(tx);
    expect(texts(pool.reap(1_000, -1n))).to.deep.equal(["c/0/fee", "a/0/x", "a/1/fee", "b/0/x", "b/1/x"]);
  });

  it("reaps within bytes and gas", async () => {
    const { pool } = world();
    for (let i = 0; i < 10; i++) await pool.submit(txOf(`s${i}`, 0));
    expect(pool.reap(16, -1n).length).to.equal(2);
    expect(pool.reap(1_000, 3n).length).to.equal(3);
    expect(pool.reap(0, -1n)).to.deep.equal([]);
  });

  it("passes over what no block holds any more, with all that follows it, and over nobody else", async () => {
    const { pool } = world();
    const big = "fee".padEnd(200, "x");
    for (const tx of [txOf("a", 0, big), txOf("a", 1), txOf("b", 0), txOf("c", 0)]) await pool.submit(tx);
    expect(texts(pool.reap(100, -1n))).to.deep.equal(["b/0/x", "c/0/x"]);
    expect(pool.reap(1_000, -1n).length).to.equal(4);
    expect(pool.reap(1_000, 0n)).to.deep.equal([]);
  });

  it("rechecks senders that a block touched and drops what no longer passes", async () => {
    const { pool, commit } = world();
    await pool.submit(txOf("a", 0));
    await pool.submit(txOf("a", 1));
    await commit([txOf("a", 0, "elsewhere")]);
    expect(texts(pool.list(10))).to.deep.equal(["a/1/x"]);
  });

  it("lets an untouched sender go on where it was after a block", async () => {
    const { pool, commit } = world();
    await pool.submit(txOf("a", 0));
    await pool.submit(txOf("a", 1));
    await commit([txOf("z", 0)]);
    expect(await pool.submit(txOf("a", 2))).to.have.nested.property("response.code", 0);
    expect(texts(pool.reap(1_000, -1n))).to.deep.equal(["a/0/x", "a/1/x", "a/2/x"]);
  });

  it("takes what a forgotten sender goes on with, also when it all comes at once", async () => {
    const { pool, commit } = world();
    await pool.submit(txOf("a", 0));
    await commit([txOf("z", 0)]);
    const together = await Promise.all([1, 2, 3].map((n) => pool.submit(txOf("a", n))));
    expect(together.map((s) => s.kind === "checked" && s.response.code)).to.deep.equal([0, 0, 0]);
    expect(texts(pool.reap(1_000, -1n))).to.deep.equal(["a/0/x", "a/1/x", "a/2/x", "a/3/x"]);
  });

  it("answers submissions that come together as if they came one by one", async () => {
    const offer = fc.record({ sender: fc.constantFrom("a", "b"), sequence: fc.nat(5) });
    // The same transaction again, while it is being checked, is refused as seen: that is another answer than a second later.
    const offers = fc.uniqueArray(offer, { maxLength: 12, selector: (o) => `${o.sender}${o.sequence}` });
    await fc.assert(
      fc.asyncProperty(offers, fc.nat(3), fc.integer({ min: 1, max: 6 }), fc.constantFrom(0, 2, 100), async (list, taken, checksAtOnce, recheckUpTo) => {
        const [one, all] = [world(), world({ checksAtOnce, recheckUpTo })];
        for (const { pool, commit } of [one, all]) {
          for (let n = 0; n < 3; n++) await pool.submit(txOf("a", n));
          await commit(pool.reap(1_000, -1n).slice(0, taken));
        }
        const txs = list.filter((o) => o.sender === "b" || o.sequence > 2).map((o) => txOf(o.sender, o.sequence));
        const codes: Submission[] = [];
        for (const tx of txs) codes.push(await one.pool.submit(tx));
        const together = await Promise.all(txs.map((tx) => all.pool.submit(tx)));
        expect(texts(all.pool.list(100))).to.deep.equal(texts(one.pool.list(100)));
        const isTaken = (s: Submission): boolean => s.kind === "checked" && s.response.code === 0;
        expect(together.map(isTaken)).to.deep.equal(codes.map(isTaken));
      }),
      { numRuns: 1000 },
    );
  });

  it("takes no rival of a sequence that waits, after a block that forgot it", async () => {
    const { pool, commit } = world();
    await pool.submit(txOf("a", 0));
    await pool.submit(txOf("a", 1));
    await commit([]);
    expect(await pool.submit(txOf("a", 0, "fee"))).to.have.nested.property("response.code").that.is.not.equal(0);
    expect(await pool.submit(txOf("a", 2))).to.have.nested.property("response.code", 0);
    expect(texts(pool.reap(1_000, -1n))).to.deep.equal(["a/0/x", "a/1/x", "a/2/x"]);
  });

  it("drops what no block took in time", async () => {
    const { pool, commit } = world({ ttlBlocks: 2 });
    await pool.submit(txOf("a", 0));
    await commit([]);
    expect(pool.status().count).to.equal(1);
    await commit([]);
    expect(pool.status().count).to.equal(0);
  });

  it("counts from where the chain stood when the node started, not from its first block", async () => {
    const { app, pool } = world({ ttlBlocks: 2 });
    pool.begin(toHeight(100n));
    await pool.submit(txOf("a", 0));
    const counts: number[] = [];
    for (const height of [101n, 102n]) {
      await pool.lock();
      await pool.update(toHeight(height), { txs: [] } as unknown as Block, runBlock(app, [], height));
      counts.push(pool.status().count);
    }
    expect(counts).to.deep.equal([1, 0]);
  });

  it("makes submissions wait while a block is being committed", async () => {
    const { app, pool } = world();
    await pool.lock();
    const pending = pool.submit(txOf("a", 0));
    await Promise.resolve();
    expect(pool.status().count).to.equal(0);
    await pool.update(toHeight(1n), { txs: [] } as unknown as Block, runBlock(app, [], 1n));
    expect(await pending).to.have.nested.property("response.code", 0);
  });

  it("holds only so many bytes of submissions that wait while a block is being committed", async () => {
    const { app, pool } = world({ maxBytes: 1_000 });
    await pool.lock();
    const filling = "x".repeat(490);
    const waiting = ["a", "b", "d"].map((sender) => pool.submit(txOf(sender, 0, filling)));
    expect(await pool.submit(txOf("c", 0))).to.deep.equal({ kind: "refused", reason: "not-ready", message: "the node is busy" });
    await pool.update(toHeight(1n), { txs: [] } as unknown as Block, runBlock(app, [], 1n));
    const kinds = (await Promise.all(waiting)).map((submission) => (submission.kind === "refused" ? submission.reason : "taken"));
    expect(kinds).to.deep.equal(["taken", "taken", "full"]);
  });

  it("always reaps a prefix of each sender's sequences, whatever came and went", async () => {
    const event = fc.oneof(
      fc.record({
        kind: fc.constant("submit" as const),
        sender: fc.constantFrom("a", "b", "c"),
        sequence: fc.nat(4),
        fee: fc.boolean(),
      }),
      fc.record({ kind: fc.constant("commit" as const), take: fc.nat(3) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
        const { app, pool, commit } = world();
        for (const e of events) {
          if (e.kind === "submit") await pool.submit(txOf(e.sender, e.sequence, e.fee ? "fee" : "x"));
          else await commit(pool.reap(1_000, -1n).slice(0, e.take));
        }
        const before = app.applied;
        const all = pool.reap(10_000, -1n);
        await commit(all);
        expect(app.applied - before, "every reaped transaction is applied").to.equal(BigInt(all.length));
        expect(pool.status().bytes).to.equal(0);
      }),
      { numRuns: 500 },
    );
  });
});
