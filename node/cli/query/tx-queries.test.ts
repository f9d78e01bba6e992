import { expect } from "chai";
import { startLedgerDaemon } from "../testkit/ledger-daemon.js";
import type { LedgerDaemon } from "../testkit/ledger-daemon.js";

interface TxResponse {
  readonly height: string;
  readonly txhash: string;
  readonly code: number;
  readonly tx: { readonly "@type": string; readonly body: { readonly memo: string } };
  readonly events: readonly { readonly type: string }[];
}
interface Search {
  readonly total_count: string;
  readonly count: string;
  readonly page_total: string;
  readonly txs: readonly TxResponse[];
  readonly blocks: readonly { readonly header: { readonly height: string } }[];
}

describe("query tx, txs, wait-tx, block, blocks and block-results", function () {
  this.timeout(60_000);
  let ledger: LedgerDaemon;
  let hash: string;
  before(async () => {
    ledger = await startLedgerDaemon();
    for (const note of ["first", "second", "third"]) {
      const { out } = await ledger.run(["tx", "bank", "send", "ada", "bob", "5uopen", "--note", note, "--yes", "--output", "json"]);
      const { out: waited } = await ledger.run(["query", "wait-tx", "--output", "json"], out);
      hash = (JSON.parse(waited) as TxResponse).txhash;
    }
  });
  after(() => ledger.stop());

  it("find a transaction by its hash, with its messages by name", async () => {
    const found = await ledger.json<TxResponse>(["query", "tx", hash]);
    expect(found).to.deep.include({ txhash: hash, code: 0, height: "4" });
    expect(found.tx).to.deep.include({ "@type": "/cosmos.tx.v1beta1.Tx" });
    expect(found.tx.body.memo).to.equal("third");
    expect(found.events.map((e) => e.type)).to.include("transfer");
    expect(await ledger.json<TxResponse>(["query", "tx", `0x${hash.toLowerCase()}`])).to.deep.equal(found);
    expect(await ledger.json<TxResponse>(["query", "tx", "--type", "acc_seq", `${ledger.ada.text}/2`])).to.deep.equal(found);
  });

  it("search pages", async () => {
    const search = (args: readonly string[]) => ledger.json<Search>(["query", "txs", "--query", `message.sender='${ledger.ada.text}'`, ...args]);
    const all = await search([]);
    expect(all).to.deep.include({ total_count: "3", count: "3", page_total: "1" });
    const second = await search(["--limit", "2", "--page", "2"]);
    expect(second).to.deep.include({ count: "1", page_total: "2" });
    expect(second.txs[0]).to.deep.equal(all.txs[2]);
    expect((await search(["--order_by", "dsc"])).txs[0]).to.deep.equal(all.txs[2]);
  });

  it("find blocks by height, by hash, by search, and the last one", async () => {
    const block = await ledger.json<{ header: { height: string }; data: { txs: readonly string[] } }>(["query", "block", "4"]);
    expect(block.header.height).to.equal("4");
    expect(block.data.txs).to.have.length(1);
    expect(await ledger.json(["query", "block"])).to.deep.equal(block);
    const { blocks, count } = await ledger.json<Search>(["query", "blocks", "--query", "block.height > 2"]);
    expect([count, blocks.map((b) => b.header.height)]).to.deep.equal(["2", ["3", "4"]]);
    const { block_id } = await ledger.json<{ block_id: { hash: string } }>(["query", "comet", "block-by-height", "4"]);
    const hex = Buffer.from(block_id.hash, "base64").toString("hex");
    expect(await ledger.json(["query", "block", "--type", "hash", hex])).to.deep.equal(block);
    expect(await ledger.json(["query", "block-results", "4"])).to.deep.include({ height: "4" });
  });

  it("ask the node about itself", async () => {
    expect(await ledger.json(["query", "node", "config"])).to.deep.include({ minimum_gas_price: "0.001uopen" });
    expect(await ledger.json(["query", "comet", "syncing"])).to.deep.equal({ syncing: false });
  });

  for (const [args, says] of [
    [["tx", "xyz"], "has 64 hex digits"],
    [["tx", "00".repeat(32)], "not found"],
    [["tx", "--type", "acc_seq", "open1"], "ADDRESS/SEQUENCE"],
    [["txs"], "--query"],
    [["txs", "--query", "what is this"], "query"],
    [["block", "0"], "from 1"],
    [["block", "999"], "height"],
    [["block", "--type", "hash", "00".repeat(32)], "no block has the hash"],
    [["wait-tx", "00".repeat(32), "--timeout", "1ms"], "wait longer with --timeout"],
    [["wait-tx", "00".repeat(32), "--timeout", "soon"], "must be a duration"],
  ] as const) {
    it(`refuses "query ${args.join(" ").slice(0, 50)}" in one line`, async () => {
      const { code, err } = await ledger.run(["query", ...args]);
      expect(code).to.not.equal(0);
      expect(err).to.contain(says).and.match(/^openledgerd: [^\n]*\n$/);
    });
  }
});
