import { expect } from "chai";
import { silentSource } from "../../chain/attest/index.js";
import { createMemoryKv } from "../../chain/store/index.js";
import { createOpenLedger } from "../../modules/app.js";
import { createLocalConnection } from "../app/index.js";
import { EdgeFailure } from "../errors.js";
import { createCometPool, createNoPool } from "./pool.js";
import type { CometRpc, RpcParams } from "./rpc-client.js";

const app = createLocalConnection(createOpenLedger({ kv: createMemoryKv(), source: silentSource, minGasPrice: { numerator: 0n, denominator: 1n }, version: "test" }));
const TX = Uint8Array.of(1, 2, 3);

function answering(answer: (method: string, params?: RpcParams) => unknown): CometRpc {
  return {
    call: (method, params) => new Promise((resolve) => resolve(answer(method, params))),
    batch: () => Promise.resolve([]),
    close: () => undefined,
  };
}

function poolOf(answer: (method: string, params?: RpcParams) => unknown) {
  return createCometPool({ rpc: answering(answer), app, maxTxBytes: 100 });
}

function failing(message: string, code: EdgeFailure["code"] = "remote"): () => never {
  return () => {
    throw new EdgeFailure(code, message);
  };
}

describe("CometBFT's mempool behind our doors", () => {
  it("hands transactions in, and gives back what CheckTx said", async () => {
    const pool = poolOf((method, params) => {
      expect([method, params]).to.deep.equal(["broadcast_tx_sync", { tx: "AQID" }]);
      return { code: 5, data: "", log: "no funds", codespace: "sdk", hash: "00" };
    });
    const submission = await pool.submit(TX);
    expect(submission.kind === "checked" && submission.response).to.include({ code: 5, log: "no funds", codespace: "sdk" });
    expect(pool.stats()).to.include({ failed: 1, rejected: 0 });
  });

  for (const [text, reason] of [
    ["tx already exists in cache", "in-cache"],
    ["mempool is full: number of txs 5000 (max: 5000), total txs bytes 1 (max: 2)", "full"],
    ["Tx too large. Max size is 100, but got 101", "too-large"],
    ["something new", "not-ready"],
  ] as const) {
    it(`understands "${text.slice(0, 30)}"`, async () => {
      expect(await poolOf(failing(text)).submit(TX)).to.deep.equal({ kind: "refused", reason, message: text });
    });
  }

  it("says that CometBFT is away, and refuses by itself what its HTTP server would cut off", async () => {
    expect(await poolOf(failing("gone", "unreachable")).submit(TX)).to.deep.include({ kind: "refused", reason: "not-ready" });
    const pool = poolOf(failing("never asked"));
    expect(await pool.submit(new Uint8Array(101))).to.deep.equal({ kind: "refused", reason: "too-large", message: "Tx too large. Max size is 100, but got 101" });
    expect(pool.stats()).to.include({ rejected: 1 });
  });

  it("does not pile up transactions before a CometBFT that is slow", async () => {
    let release: () => void = () => undefined;
    const slow = new Promise((resolve) => (release = () => resolve({ code: 0, data: "", log: "", codespace: "", hash: "" })));
    const pool = createCometPool({ rpc: { ...answering(() => null), call: () => slow }, app, maxTxBytes: 100 });
    const waiting = Array.from({ length: 10_000 }, () => pool.submit(TX));
    expect(await pool.submit(TX)).to.deep.include({ kind: "refused", reason: "full" });
    release();
    await Promise.all(waiting);
    expect(await pool.submit(TX)).to.deep.include({ kind: "checked" });
  });

  it("lists what waits, and counts it", async () => {
    const pool = poolOf((method) => {
      const all = { n_txs: "1", total: "9", total_bytes: "27" };
      return method === "unconfirmed_txs" ? { ...all, txs: ["AQID"] } : { ...all, txs: null };
    });
    expect(await pool.list(1)).to.deep.equal([TX]);
    expect(pool.status()).to.deep.equal({ count: 9, bytes: 27 });
  });

  it("counts what it counted last when the answer makes no sense", async () => {
    let answer: unknown = { n_txs: "1", total: "9", total_bytes: "27", txs: null };
    const pool = poolOf(() => answer);
    await pool.list(1);
    answer = { total: "many" };
    const lost: unknown[] = [];
    const lose = (error: unknown): void => void lost.push(error); // what nobody takes ends a node
    process.on("unhandledRejection", lose);
    expect(pool.status()).to.deep.equal({ count: 9, bytes: 27 });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", lose);
    expect(pool.status()).to.deep.equal({ count: 9, bytes: 27 });
    expect(lost).to.deep.equal([]);
  });

  it("asks the application itself for a check alone", async () => {
    expect((await poolOf(failing("never asked")).check(TX)).code).to.be.greaterThan(0);
  });

  it("takes nothing where CometBFT cannot be asked", async () => {
    const pool = createNoPool(app);
    expect(await pool.submit(TX)).to.deep.include({ kind: "refused", reason: "not-ready" });
    expect(await pool.list(3)).to.deep.equal([]);
    expect(pool.status()).to.deep.equal({ count: 0, bytes: 0 });
  });
});
