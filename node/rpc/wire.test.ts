import { once } from "node:events";
import { expect } from "chai";
import WebSocket from "ws";
import { sha256 } from "../../chain/crypto/index.js";
import { toBase64, toUpperHex, utf8 } from "../../chain/primitives/index.js";
import { startRpcNode } from "../../test/rpc/rpc-node.js";
import type { AnyJson, RpcNode } from "../../test/rpc/rpc-node.js";
import { DEFAULT_RPC_OPTIONS } from "./options.js";

const TX = utf8("a transaction");

describe("the RPC on the wire", () => {
  let node: RpcNode;
  before(async () => {
    const webSocket = { ...DEFAULT_RPC_OPTIONS.webSocket, maxSubscriptionsPerClient: 2 };
    node = await startRpcNode({ corsOrigins: ["*"], maxBodyBytes: 5000, webSocket });
    node.chain.commitBlock();
    const event = (key: string, value: string) => ({ type: "e", attributes: [{ key, value, index: true }] });
    node.chain.commitBlock([{ tx: TX, result: { events: [event("a", "1"), event("b", "2")] } }]);
  });
  after(() => node.stop());

  const errorOf = async (method: string, params: unknown): Promise<readonly [number, string]> => {
    const { error } = await node.call(method, params);
    return [error.code, error.data ?? ""];
  };

  it("writes the first block as CometBFT does", async () => {
    const { result } = await node.call("block", { height: "1" });
    expect(result.block.last_commit).to.deep.equal({
      height: "0", round: 0, block_id: { hash: "", parts: { total: 0, hash: "" } }, signatures: [],
    });
    expect(result.block.header.last_block_id).to.deep.equal({ hash: "", parts: { total: 0, hash: "" } });
    expect([result.block.header.height, result.block.header.version]).to.deep.equal(["1", { block: "11", app: "1" }]);
    expect(result.block.header.time).to.equal("2023-11-14T22:13:21.1234567Z");
    expect(result.block_id.parts.total).to.equal(1);
  });

  it("writes absent signatures, null slices and protobuf defaults as CometBFT does", async () => {
    const { result } = await node.call("commit", { height: "1" });
    expect(result.signed_header.commit.signatures[2]).to.deep.equal({
      block_id_flag: 1, validator_address: "", timestamp: "0001-01-01T00:00:00Z", signature: null,
    });
    const results = (await node.call("block_results", ["1"])).result;
    expect([results.txs_results, results.validator_updates, results.height]).to.deep.equal([null, null, "1"]);
    const query = (await node.call("abci_query", { path: "/x", data: "", height: "0", prove: false })).result.response;
    expect(Object.keys(query)).to.deep.equal(["code", "log", "info", "index", "key", "value", "proofOps", "height", "codespace"]);
  });

  it("keeps the texts that light clients and wallets match", async () => {
    expect(await errorOf("block", { height: "99" })).to.deep.equal([
      -32603, "height 99 must be less than or equal to the current blockchain height 2",
    ]);
    node.chain.base = 2n;
    expect(await errorOf("block", { height: "1" })).to.deep.equal([-32603, "height 1 is not available, lowest height is 2"]);
    node.chain.base = 1n;
    const missing = new Uint8Array(32);
    expect(await errorOf("tx", { hash: toBase64(missing) })).to.deep.equal([-32603, `tx (${toUpperHex(missing)}) not found`]);
    expect((await errorOf("tx_search", { query: "e.a='1'", page: "2" }))[1]).to.equal("page should be within [1, 1] range, given 2");
    expect(await errorOf("tx_search", { query: "what?" })).to.deep.equal([-32603, "offset 4: invalid input ? at offset 5"]);
    expect((await errorOf("no_such_method", {}))[0]).to.equal(-32601);
  });

  it("answers malformed requests with codes and stays up", async () => {
    const bodies: readonly (readonly [unknown, number, number])[] = [
      ["{", 500, -32700], [[1], 500, -32700], [{ jsonrpc: "2.0", id: {}, method: "health" }, 500, -32700],
      [{ jsonrpc: "2.0", id: 1 }, 200, -32601],
      [{ jsonrpc: "2.0", id: 1, method: "block", params: { height: "x" } }, 200, -32602],
      [{ jsonrpc: "2.0", id: 1, method: "block", params: [1, 2] }, 200, -32602],
      [{ jsonrpc: "2.0", id: 1, method: "tx", params: { hash: "!" } }, 200, -32602],
      [{ jsonrpc: "2.0", id: 1, method: "__proto__" }, 200, -32601],
      [Array.from({ length: 101 }, (_, id) => ({ id, method: "health" })), 200, -32600],
    ];
    for (const [body, expected, code] of bodies) {
      const { status, json } = await node.post(body);
      expect([status, json.error.code], JSON.stringify(body).slice(0, 60)).to.deep.equal([expected, code]);
    }
    expect((await node.post("x".repeat(6000))).status).to.equal(400);
    expect(await node.post({ jsonrpc: "2.0", method: "health" })).to.deep.equal({ status: 200, json: undefined });
    const one = await node.post([{ jsonrpc: "2.0", id: 5, method: "health" }]);
    expect(one.json).to.deep.equal({ jsonrpc: "2.0", id: 5, result: {} });
  });

  it("serves the GETs of Keplr and ping.pub, with CORS and caching", async () => {
    const status = await node.get("/status");
    expect([status.status, status.json.id, status.json.result.node_info.other.tx_index]).to.deep.equal([200, -1, "on"]);
    expect(status.headers.get("access-control-allow-origin")).to.equal("*");
    const consensus = (await node.get("/consensus_state")).json.result.round_state;
    expect(consensus["height/round/step"]).to.equal("3/0/3");
    expect(consensus.height_vote_set[0].prevotes_bit_array.slice(-4)).to.equal("0.00");
    const dump = (await node.get("/dump_consensus_state")).json.result.round_state;
    expect(dump.validators.validators).to.have.length(3);
    expect((await node.get(`/tx?hash=0x${toUpperHex(sha256(TX))}`)).json.result.height).to.equal("2");
    const found = await node.get(`/tx_search?query=${encodeURIComponent('"e.a=\'1\'"')}&per_page="5"`);
    expect(found.json.result.total_count).to.equal("1");
    expect((await node.get("/block?height=1")).headers.get("cache-control")).to.equal("public, max-age=86400");
    expect((await node.get("/block")).headers.get("cache-control")).to.equal(null);
    expect((await node.get("/block?height=9")).status).to.equal(500);
    expect((await node.get("/nowhere")).status).to.equal(404);
  });

  it("joins conditions on one event type within one event, and on others within the transaction", async () => {
    const total = async (query: string) => (await node.call("tx_search", { query })).result.total_count as string;
    expect(await total("e.a='1' AND e.b='2'")).to.equal("0");
    expect(await total("e.a='1' AND tx.height=2")).to.equal("1");
    expect(await total("e.a='1' AND tx.height>2")).to.equal("0");
    expect(await total(`tx.hash='${toUpperHex(sha256(TX))}' AND e.a='9'`)).to.equal("1");
    expect(await total("e EXISTS")).to.equal("1");
  });

  it("streams frames to Keplr, whose params are positional, under the id of the request", async () => {
    const socket = new WebSocket(`${node.url.replace("http", "ws")}/websocket`);
    const frames: AnyJson[] = [];
    let wake = (): void => undefined;
    socket.on("message", (data: Buffer) => {
      frames.push(JSON.parse(data.toString()));
      wake();
    });
    const reach = async (n: number): Promise<void> => {
      while (frames.length < n) await new Promise<void>((resolve) => (wake = resolve));
    };
    await once(socket, "open");
    const send = (id: number, method: string, params: unknown) => socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    send(1, "subscribe", ["tm.event='NewBlock'"]);
    await reach(1);
    send(2, "subscribe", { query: `tm.event='Tx' AND tx.hash='${toUpperHex(sha256(utf8("mine")))}'`, page: "1", order_by: "asc" });
    await reach(2);
    expect(frames.slice(0, 2)).to.deep.equal([{ jsonrpc: "2.0", id: 1, result: {} }, { jsonrpc: "2.0", id: 2, result: {} }]);
    send(3, "subscribe", ["tm.event='NewBlock'"]);
    send(4, "subscribe", ["tm.event='Vote'"]);
    send(5, "subscribe", ["oops"]);
    send(6, "unsubscribe", ["tm.event='Nothing'"]);
    await reach(6);
    const errors = Object.fromEntries(frames.slice(2).map((f) => [f.id, f.error.data]));
    expect([errors[3], errors[4], errors[6]]).to.deep.equal([
      "max_subscriptions_per_client 2 reached", "max_subscriptions_per_client 2 reached", "subscription not found",
    ]);
    expect(errors[5]).to.equal(errors[4]);
    node.chain.commitBlock([{ tx: utf8("mine") }]);
    await reach(8);
    expect(frames.slice(6).map((f): readonly string[] => [String(f.id), String(f.result.data.type)])).to.deep.equal([
      ["1", "tendermint/event/NewBlock"], ["2", "tendermint/event/Tx"],
    ]);
    expect(frames[7].result.events["tx.height"]).to.deep.equal(["3"]);
    expect(frames[7].result.data.value.TxResult.tx).to.equal(toBase64(utf8("mine")));
    const closed = once(socket, "close");
    socket.close();
    await closed;
  });
});
