import { StargateClient } from "@cosmjs/stargate";
import { Comet38Client, HttpBatchClient, WebsocketClient, connectComet } from "@cosmjs/tendermint-rpc";
import { expect } from "chai";
import { BaseAccount, QueryAccountRequest, QueryAccountResponse } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { sha256, verifyMerkleProof } from "../../chain/crypto/index.js";
import { toHeight, toUpperHex, utf8 } from "../../chain/primitives/index.js";
import { checked, queryResponse } from "../../test/rpc/fake-chain.js";
import { startRpcNode } from "../../test/rpc/rpc-node.js";
import type { RpcNode } from "../../test/rpc/rpc-node.js";

const TX_A = utf8("first transaction");
const TX_B = utf8("second transaction");
const transfer = (recipient: string) => ({
  type: "transfer",
  attributes: [
    { key: "recipient", value: recipient, index: true },
    { key: "amount", value: "5uopen", index: true },
  ],
});

/** CosmJS takes the end of a connection that it closed itself for a failure, and would reconnect for ever. */
function disconnect(socket: WebsocketClient): void {
  const { socket: reconnecting } = socket as unknown as { socket: { socket: { reconnect(): void } } };
  reconnecting.socket.reconnect = () => undefined;
  socket.disconnect();
}

describe("the RPC as CosmJS 0.39 uses it", () => {
  let node: RpcNode;
  let comet: Comet38Client;

  before(async () => {
    node = await startRpcNode();
    node.chain.commitBlock();
    node.chain.commitBlock([
      { tx: TX_A, result: { events: [transfer("alice")], data: Uint8Array.of(0x12, 0) } },
      { tx: TX_B, result: { code: 5, codespace: "sdk", log: "insufficient funds", events: [transfer("bob")] } },
    ]);
    node.chain.commitBlock([], {
      events: [{ type: "epoch", attributes: [{ key: "number", value: "7", index: true }] }],
      validatorUpdates: [{ publicKey: new Uint8Array(32).fill(3), power: 5n as never }],
    });
    comet = (await connectComet(node.url)) as Comet38Client;
  });
  after(async () => {
    comet.disconnect();
    await node.stop();
  });

  it("is recognised as CometBFT 0.38", () => {
    expect(comet).to.be.instanceOf(Comet38Client);
  });

  it("cannot be connected to before the first block, as the original", async () => {
    const empty = await startRpcNode();
    try {
      const error = await connectComet(empty.url).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(Error);
    } finally {
      await empty.stop();
    }
  });

  it("answers status, health, abciInfo and genesis", async () => {
    const status = await comet.status();
    expect(status.nodeInfo.network).to.equal("test-chain");
    expect(status.nodeInfo.other.get("tx_index")).to.equal("on");
    expect(status.syncInfo.latestBlockHeight).to.equal(3);
    expect(status.syncInfo.catchingUp).to.equal(false);
    expect(status.validatorInfo.votingPower).to.equal(30n);
    expect(await comet.health()).to.equal(null);
    expect((await comet.abciInfo()).lastBlockHeight).to.equal(3);
    expect((await comet.genesis()).chainId).to.equal("test-chain");
  });

  it("gives blocks with nanoseconds, and a last commit only after the first", async () => {
    const first = await comet.block(1);
    expect(first.block.lastCommit).to.equal(null);
    const second = await comet.block(2);
    expect(second.block.txs.map((tx) => Buffer.from(tx).toString())).to.deep.equal([
      "first transaction",
      "second transaction",
    ]);
    expect(second.block.lastCommit?.signatures).to.have.length(3);
    expect((second.block.header.time as { nanoseconds?: number }).nanoseconds).to.equal(456_700);
    expect((await comet.block()).block.header.height).to.equal(3);
    expect(second.blockId.hash).to.deep.equal(node.chain.at(2n)?.id.hash);
  });

  it("gives block results, also of the application's own events and validator updates", async () => {
    const second = await comet.blockResults(2);
    expect(second.results.map((r) => r.code)).to.deep.equal([0, 5]);
    expect(second.results[0]?.gasWanted).to.equal(100_000n);
    expect(second.results[0]?.data).to.deep.equal(Uint8Array.of(0x12, 0));
    expect(second.results[1]?.events[0]?.attributes[0]).to.deep.equal({ key: "recipient", value: "bob" });
    const third = await comet.blockResults(3);
    expect(third.finalizeBlockEvents[0]?.type).to.equal("epoch");
    expect(third.validatorUpdates[0]?.votingPower).to.equal(5n);
  });

  it("gives commits, canonical once the next block holds them", async () => {
    const { canonical, commit, header } = await comet.commit(2);
    expect(canonical).to.equal(true);
    expect(header.height).to.equal(2);
    expect(commit.signatures.filter((s) => s.signature !== undefined)).to.have.length(2);
    expect((await comet.commit()).canonical).to.equal(false);
  });

  it("pages validators in set order", async () => {
    const all = await comet.validatorsAll();
    expect(all.validators.map((v) => v.votingPower)).to.deep.equal([30n, 20n, 10n]);
    const second = await comet.validators({ height: 2, page: 2, per_page: 2 });
    expect([second.count, second.total]).to.deep.equal([1, 3]);
  });

  it("lists block metas newest first", async () => {
    const { lastHeight, blockMetas } = await comet.blockchain();
    expect(lastHeight).to.equal(3);
    expect(blockMetas.map((m) => m.header.height)).to.deep.equal([3, 2, 1]);
    expect((await comet.blockchain(1, 2)).blockMetas.map((m) => m.numTxs)).to.deep.equal([2, 0]);
  });

  it("finds transactions by hash, with a proof that verifies against the header", async () => {
    const found = await comet.tx({ hash: sha256(TX_B), prove: true });
    expect([found.height, found.index, found.result.code]).to.deep.equal([2, 1, 5]);
    const proof = found.proof;
    if (proof === undefined) throw new Error("no proof");
    const { header } = (await comet.block(2)).block;
    expect(proof.rootHash).to.deep.equal(header.dataHash);
    const { total, index, leafHash, aunts } = proof.proof;
    expect(verifyMerkleProof(proof.rootHash, sha256(TX_B), { total, index, leafHash, aunts })).to.equal(true);
  });

  it("searches transactions and blocks", async () => {
    const byEvent = await comet.txSearch({ query: "transfer.recipient='alice'" });
    expect(byEvent.totalCount).to.equal(1);
    expect(byEvent.txs[0]?.hash).to.deep.equal(sha256(TX_A));
    const all = await comet.txSearchAll({ query: "tx.height=2", order_by: "desc" });
    expect(all.txs.map((t) => t.index)).to.deep.equal([1, 0]);
    const blocks = await comet.blockSearch({ query: "epoch.number > 6" });
    expect(blocks.blocks.map((b) => b.block.header.height)).to.deep.equal([3]);
    expect((await comet.blockSearchAll({ query: "block.height >= 1" })).totalCount).to.equal(3);
  });

  it("broadcasts and tells the mempool's answer", async () => {
    const sync = await comet.broadcastTxSync({ tx: utf8("hello") });
    expect(sync.code).to.equal(0);
    expect(sync.hash).to.deep.equal(sha256(utf8("hello")));
    node.chain.onSubmit = () => ({
      kind: "checked",
      response: checked({ code: 32, codespace: "sdk", log: "account sequence mismatch" }),
    });
    expect((await comet.broadcastTxSync({ tx: utf8("bad") })).code).to.equal(32);
    node.chain.onSubmit = () => ({ kind: "refused", reason: "in-cache", message: "" });
    const error = await comet.broadcastTxSync({ tx: utf8("again") }).catch((e: unknown) => String(e));
    expect(error).to.contain("tx already exists in cache");
    node.chain.onSubmit = () => ({ kind: "checked", response: checked() });
    expect((await comet.broadcastTxAsync({ tx: utf8("async") })).hash).to.have.length(32);
    expect((await comet.numUnconfirmedTxs()).total).to.equal(2);
  });

  it("waits for the block of broadcast_tx_commit", async () => {
    const tx = utf8("commit me");
    node.chain.onSubmit = () => {
      setImmediate(() => node.chain.commitBlock([{ tx, result: { gasUsed: 42n as never } }]));
      return { kind: "checked", response: checked() };
    };
    const included = await comet.broadcastTxCommit({ tx });
    expect(included.height).to.equal(Number(node.chain.latestHeight()));
    expect(included.txResult?.gasUsed).to.equal(42n);
  });

  it("queries the application, with height and proof", async () => {
    const address = "open1abc";
    const base = BaseAccount.encode(BaseAccount.create({ address, accountNumber: 3n, sequence: 9n }));
    const value = { typeUrl: "/cosmos.auth.v1beta1.BaseAccount", value: base };
    node.chain.onQuery = ({ path, data }) => {
      if (path !== "/cosmos.auth.v1beta1.Query/Account") return queryResponse({ code: 6, codespace: "sdk", log: "unknown" });
      if (QueryAccountRequest.decode(data).address !== address) {
        const log = "rpc error: code = NotFound desc = account not found: key not found";
        return queryResponse({ code: 22, codespace: "sdk", log, height: toHeight(3n) });
      }
      const bytes = QueryAccountResponse.encode({ account: value });
      return queryResponse({ value: bytes, height: toHeight(3n), proofOps: [] });
    };
    const client = StargateClient.create(comet);
    const account = await client.getAccount(address);
    expect([account?.accountNumber, account?.sequence]).to.deep.equal([3n, 9]);
    expect(await client.getAccount("open1nobody")).to.equal(null);
    expect(await client.getChainId()).to.equal("test-chain");
    expect(await client.getHeight()).to.equal(Number(node.chain.latestHeight()));
    expect((await client.getTx(toUpperHex(sha256(TX_A))))?.height).to.equal(2);
    expect(await client.searchTx([{ key: "transfer.recipient", value: "alice" }])).to.have.length(1);
    expect((await client.getBlock(2)).txs).to.have.length(2);
  });

  it("takes batches of twenty", async () => {
    const batch = Comet38Client.create(new HttpBatchClient(node.url));
    const heights = await Promise.all(Array.from({ length: 20 }, async () => (await batch.status()).syncInfo.latestBlockHeight));
    expect(new Set(heights).size).to.equal(1);
    batch.disconnect();
  });

  it("streams blocks, headers and transactions over the WebSocket", async () => {
    const socket = new WebsocketClient(node.url.replace("http", "ws"));
    const live = Comet38Client.create(socket);
    expect((await live.status()).nodeInfo.moniker).to.equal("fake");
    const blocks: number[] = [];
    const headers: number[] = [];
    const done = new Promise<{ height: number; hash: Uint8Array }>((resolve) => {
      live.subscribeNewBlock().addListener({ next: (b) => blocks.push(b.header.height) });
      live.subscribeNewBlockHeader().addListener({ next: (h) => headers.push(h.height) });
      live.subscribeTx("transfer.recipient='carol'").addListener({ next: (tx) => resolve(tx) });
    });
    // The socket answers requests in order, so the subscriptions stand when status has been answered.
    await live.status();
    node.chain.commitBlock([{ tx: utf8("to dave"), result: { events: [transfer("dave")] } }]);
    const last = node.chain.commitBlock([{ tx: utf8("to carol"), result: { events: [transfer("carol")] } }]);
    const event = await done;
    expect(event.hash).to.deep.equal(sha256(utf8("to carol")));
    const height = Number(last.block.header.height);
    expect([event.height, ...blocks]).to.deep.equal([height, height - 1, height]);
    expect(headers).to.deep.equal([height - 1, height]);
    disconnect(socket);
  });
});
