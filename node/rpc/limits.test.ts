import { once } from "node:events";
import { connect as dial } from "node:net";
import type { Socket } from "node:net";
import { expect } from "chai";
import WebSocket from "ws";
import type { Vote } from "../../chain/block/index.js";
import { EMPTY_BYTES, toAddress, toHeight, toTimeNs, utf8 } from "../../chain/primitives/index.js";
import { createNullIndexer } from "../indexer/index.js";
import { startRpcNode } from "../../test/rpc/rpc-node.js";
import type { AnyJson, RpcNode } from "../../test/rpc/rpc-node.js";
import { DEFAULT_RPC_OPTIONS } from "./options.js";
import type { WebSocketOptions } from "./options.js";

const socketUrl = (node: RpcNode, path = "/websocket"): string => `${node.url.replace("http", "ws")}${path}`;

async function connect(node: RpcNode, path?: string): Promise<WebSocket> {
  const socket = new WebSocket(socketUrl(node, path));
  await once(socket, "open");
  return socket;
}

async function ask(socket: WebSocket, method: string, params: unknown): Promise<AnyJson> {
  socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
  const [data] = (await once(socket, "message")) as [Buffer];
  return JSON.parse(data.toString());
}

const statusOf = (url: string, headers: Record<string, string> = {}): Promise<number> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url, { headers });
    socket.on("unexpected-response", (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on("error", () => undefined);
    socket.on("open", () => {
      resolve(101);
      socket.close();
    });
  });

describe("limits of the RPC", () => {
  let node: RpcNode;
  const start = async (webSocket: Partial<WebSocketOptions> = {}, more: Parameters<typeof startRpcNode>[0] = {}): Promise<void> => {
    node = await startRpcNode({ webSocket: { ...DEFAULT_RPC_OPTIONS.webSocket, ...webSocket }, ...more });
    node.chain.commitBlock([{ tx: utf8("a tx") }]);
    await node.index.caughtUp();
  };
  afterEach(() => node.stop());

  it("lets so many websocket clients in, and so many subscribe", async () => {
    await start({ maxClients: 2 });
    const [a, b] = [await connect(node), await connect(node, "/v1/websocket")];
    expect(await statusOf(socketUrl(node))).to.equal(503);
    expect(await statusOf(socketUrl(node, "/nowhere"))).to.equal(404);
    a.close();
    await once(a, "close");
    const c = await connect(node);
    b.close();
    c.close();
  });

  it("outlives a client that is turned away and hangs up with a reset, and holds no connection of one that does not hang up", async () => {
    await start();
    const upgrade = "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    const turnedAway = async (): Promise<Socket> => {
      const socket = dial({ host: "127.0.0.1", port: Number(new URL(node.url).port), allowHalfOpen: true });
      socket.write(upgrade);
      const [answer] = (await once(socket, "data")) as [Buffer];
      expect(answer.toString()).to.contain("404 Not Found");
      return socket;
    };
    for (let i = 0; i < 20; i++) (await turnedAway()).resetAndDestroy();
    const holding = await turnedAway();
    const writing = setInterval(() => holding.write("x"), 5);
    const [error] = (await once(holding, "error")) as [Error & { code: string }];
    clearInterval(writing);
    expect(error.code).to.be.oneOf(["ECONNRESET", "EPIPE"]);
    expect(await statusOf(socketUrl(node))).to.equal(101);
  });

  it("refuses queries over 512 characters and subscriptions over the limit", async () => {
    await start({ maxSubscriptionsPerClient: 1 });
    const socket = await connect(node);
    const long = `a='${"x".repeat(512)}'`;
    expect((await ask(socket, "subscribe", [long])).error.data).to.equal("failed to parse query: maximum query length exceeded");
    expect((await ask(socket, "subscribe", ["tm.event='Tx'"])).result).to.deep.equal({});
    expect((await ask(socket, "subscribe", ["tm.event='Vote'"])).error.data).to.equal("max_subscriptions_per_client 1 reached");
    socket.close();
  });

  it("disconnects a client that answers no ping, and keeps one that does", async () => {
    await start({ pingIntervalMs: 60 });
    const [deaf, alive] = [new WebSocket(socketUrl(node), { autoPong: false }), await connect(node)];
    await once(deaf, "close");
    expect(alive.readyState).to.equal(WebSocket.OPEN);
    alive.close();
  });

  it("ends a websocket over which too long a message comes", async () => {
    await start({}, { maxBodyBytes: 2_000 });
    const socket = await connect(node);
    socket.on("error", () => undefined);
    socket.send("x".repeat(3_000));
    const [code] = (await once(socket, "close")) as [number];
    expect(code).to.equal(1009);
  });

  it("disconnects a client that does not read its events", async () => {
    await start({ maxBufferedBytes: 1_000 });
    const socket = await connect(node);
    await ask(socket, "subscribe", ["tm.event='Vote'"]);
    const closed = once(socket, "close");
    socket.pause();
    const vote: Vote = {
      ...{ type: "precommit", height: toHeight(1n), round: 0, blockId: null, time: toTimeNs(1n, 0), index: 0 },
      ...{ validator: toAddress(new Uint8Array(20)), signature: new Uint8Array(64), extensionSignature: EMPTY_BYTES },
      extension: new Uint8Array(1_000_000),
    };
    for (let i = 0; i < 60; i++) {
      node.chain.publish({ kind: "vote", vote });
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.resume();
    await closed;
  });

  it("answers browsers of listed origins only, on the websocket too", async () => {
    await start({}, { corsOrigins: ["https://explorer.example"] });
    const originOf = async (origin: string): Promise<string | null> =>
      (await fetch(`${node.url}/health`, { headers: { origin } })).headers.get("access-control-allow-origin");
    expect(await originOf("https://explorer.example")).to.equal("https://explorer.example");
    expect(await originOf("https://other.example")).to.equal(null);
    expect(await statusOf(socketUrl(node), { origin: "https://other.example" })).to.equal(403);
    expect(await statusOf(socketUrl(node), { origin: "https://explorer.example" })).to.equal(101);
  });

  it("lets answers be cached that will never change, and no others", async () => {
    await start();
    const cacheOf = async (method: string, params: unknown): Promise<string | null> => {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      return (await fetch(node.url, { method: "POST", body })).headers.get("cache-control");
    };
    const forADay = "public, max-age=86400";
    for (const method of ["block", "header", "block_results", "validators", "consensus_params"]) {
      expect(await cacheOf(method, { height: "1" }), method).to.equal(forADay);
      expect(await cacheOf(method, {}), method).to.equal(null);
      expect(await cacheOf(method, { height: "99" }), method).to.equal(null);
    }
    expect(await cacheOf("block", ["1"])).to.equal(forADay);
    expect(await cacheOf("status", {})).to.equal(null);
  });

  it("times broadcast_tx_commit out in CometBFT's words, and lets only so many wait", async () => {
    await start({}, { commitTimeoutMs: 150, maxCommitWaiters: 1 });
    const send = (text: string): Promise<AnyJson> => node.call("broadcast_tx_commit", { tx: Buffer.from(text).toString("base64") });
    const [first, second] = await Promise.all([send("one"), send("two")]);
    expect(first.error.data).to.equal("timed out waiting for tx to be included in a block");
    expect([second.error.code, second.error.data]).to.deep.equal([-32000, "max_subscription_clients 1 reached"]);
  });

  it("answers only so many requests of one websocket at a time", async () => {
    await start({ maxInFlight: 1 }, { commitTimeoutMs: 300 });
    const socket = await connect(node);
    const answers: AnyJson[] = [];
    socket.on("message", (data: Buffer) => answers.push(JSON.parse(data.toString())));
    const tx = Buffer.from("slow").toString("base64");
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "broadcast_tx_commit", params: { tx } }));
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 2, method: "health" }));
    while (answers.length < 2) await once(socket, "message");
    expect(answers[0].error).to.deep.equal({ code: -32000, message: "Server error", data: "too many requests in flight" });
    expect(answers[1].id).to.equal(1);
    socket.close();
  });

  it("says that there is no index where there is none", async () => {
    node = await startRpcNode({}, undefined, (chain) => createNullIndexer(chain));
    const textOf = async (method: string, params: unknown): Promise<string> => (await node.call(method, params)).error.data as string;
    const hash = Buffer.alloc(32).toString("base64");
    expect(await textOf("tx", { hash })).to.equal("transaction indexing is disabled");
    expect(await textOf("tx_search", { query: "a=1" })).to.equal("transaction indexing is disabled");
    expect(await textOf("block_search", { query: "a=1" })).to.equal("block indexing is disabled");
  });
});
