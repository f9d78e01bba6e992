import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { EdgeFailure } from "../errors.js";
import { DEFAULT_RPC_CLIENT, createCometRpc } from "./rpc-client.js";
import type { CometRpc, RpcAddress } from "./rpc-client.js";

type Reply = (body: string, response: http.ServerResponse) => void;

const echo: Reply = (body, response) => {
  const answer = (call: { id: number; method: string; params: object }): object => ({ jsonrpc: "2.0", id: call.id, result: [call.method, call.params] });
  const given = JSON.parse(body) as never;
  response.end(JSON.stringify(Array.isArray(given) ? (given as never[]).map(answer).toReversed() : answer(given)));
};

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "answered",
    (error: unknown) => (error instanceof EdgeFailure ? error.code : String(error)),
  );
}

describe("JSON-RPC to a CometBFT", () => {
  let server: http.Server;
  let reply: Reply;
  let address: RpcAddress;
  let dir: string;
  let rpc: CometRpc;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "comet-rpc-"));
    server = http.createServer((request, response) => {
      let body = "";
      request.on("data", (bytes: Buffer) => (body += bytes.toString()));
      request.on("end", () => reply(body, response));
    });
    const path = join(dir, "rpc.sock");
    await new Promise<void>((resolve) => server.listen(path, resolve));
    address = { kind: "unix", path };
    rpc = createCometRpc(address, { timeoutMs: 300, maxAnswerBytes: 2_000, maxConnections: 2 });
  });
  after(() => {
    rpc.close();
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it("gives the result of a method", async () => {
    reply = echo;
    expect(await rpc.call("status")).to.deep.equal(["status", {}]);
    expect(await rpc.call("block", { height: "3" })).to.deep.equal(["block", { height: "3" }]);
  });

  it("gives the results of a batch in the order of its questions, whatever the order of the answers", async () => {
    reply = echo;
    const answers = await rpc.batch([{ method: "a" }, { method: "b" }, { method: "c" }]);
    expect(answers).to.deep.equal([["a", {}], ["b", {}], ["c", {}]]);
    expect(await rpc.batch([{ method: "alone" }])).to.deep.equal([["alone", {}]]);
  });

  it("tells of CometBFT's error in its own words", async () => {
    reply = (_, response) => response.end('{"jsonrpc":"2.0","id":0,"error":{"code":-32603,"message":"Internal error","data":"mempool is full"}}');
    const failure = await rpc.call("x").catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(EdgeFailure).and.include({ code: "remote", message: "mempool is full" });
  });

  it("does not wait or read for ever", async () => {
    reply = () => undefined;
    expect(await codeOf(rpc.call("silent"))).to.equal("timeout");
    reply = (_, response) => response.end("x".repeat(5_000));
    expect(await codeOf(rpc.call("long"))).to.equal("too-large");
    reply = (_, response) => {
      response.writeHead(200, { "content-length": 1_000 });
      response.write("{");
      setTimeout(() => response.destroy(), 20);
    };
    expect(await codeOf(rpc.call("half"))).to.be.oneOf(["unreachable", "timeout"]);
  });

  it("takes nonsense for what it is", async () => {
    for (const text of ["", "<html>", "[1]", "null", '"text"', '[{"id":7}]']) {
      reply = (_, response) => response.end(text);
      expect(await codeOf(rpc.batch([{ method: "x" }])), text).to.equal("malformed");
    }
  });

  it("says when nobody is there", async () => {
    const nobody = createCometRpc({ kind: "unix", path: join(dir, "none.sock") }, DEFAULT_RPC_CLIENT);
    expect(await codeOf(nobody.call("status"))).to.equal("unreachable");
  });

  it("goes by URL or port as well", async () => {
    reply = echo;
    const other = http.createServer((request, response) => {
      request.on("data", (bytes: Buffer) => echo(bytes.toString(), response));
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    for (const to of [{ kind: "tcp", host: "127.0.0.1", port }, { kind: "url", url: `http://127.0.0.1:${port}` }] as const) {
      const client = createCometRpc(to);
      expect(await client.call("health")).to.deep.equal(["health", {}]);
      client.close();
    }
    other.closeAllConnections();
    other.close();
  });
});
