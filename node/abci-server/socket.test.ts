import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import fc from "fast-check";
import type { QueryRequest, QueryResponse } from "../../chain/abci/index.js";
import { concatBytes, toHeight, utf8 } from "../../chain/primitives/index.js";
import {
  Request,
  RequestCheckTx,
  RequestFinalizeBlock,
  RequestPrepareProposal,
  RequestProcessProposal,
  RequestQuery,
  Response,
  ResponseOfferSnapshot_Result,
  ResponseProcessProposal_ProposalStatus,
} from "../../proto/gen/tendermint/abci.js";
import { createLocalConnection } from "../app/index.js";
import { until } from "../engine/testkit/cluster.js";
import { isFailure } from "../errors.js";
import { silentLogger } from "../telemetry/log.js";
import type { Logger } from "../telemetry/log.js";
import { createAbciServer } from "./server.js";
import { createScriptedApp } from "./testkit/scripted-app.js";
import type { ScriptedApp } from "./testkit/scripted-app.js";
import { AbciClient, frameOf, requestFrame } from "./testkit/socket-client.js";
import type { AbciServer } from "./types.js";

const check = (text: string): Uint8Array => requestFrame({ checkTx: RequestCheckTx.create({ tx: utf8(text) }) });
const FLUSH = requestFrame({ flush: {} });

describe("the ABCI socket", () => {
  let server: AbciServer | undefined;
  let address = "";
  let app: ScriptedApp = createScriptedApp();
  let warnings: string[] = [];
  const fatal: unknown[] = [];
  const clients: AbciClient[] = [];

  const log: Logger = { ...silentLogger(), warn: (message) => void warnings.push(message), child: () => log };

  async function open(): Promise<AbciClient> {
    const client = await AbciClient.open(address);
    clients.push(client);
    return client;
  }

  async function begin(with_: ScriptedApp, where = "tcp://127.0.0.1:0"): Promise<void> {
    app = with_;
    warnings = [];
    server = createAbciServer({ app: createLocalConnection(app), log, onFatal: (error) => fatal.push(error) }, { address: where, maxFrameBytes: 1 << 20, maxConnections: 8 });
    ({ address } = await server.start());
  }

  beforeEach(() => begin(createScriptedApp()));
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await server?.stop();
  });

  it("answers requests of one connection in their order, flushes among them", async () => {
    const client = await open();
    client.send(concatBytes(check("a"), FLUSH, check("b"), requestFrame({ echo: { message: "hello" } }), FLUSH));
    const answers = [await client.next(), await client.next(), await client.next(), await client.next(), await client.next()];
    expect(answers.map((a) => Object.entries(a).find(([, value]) => value !== undefined)?.[0])).to.deep.equal([
      "checkTx",
      "flush",
      "checkTx",
      "echo",
      "flush",
    ]);
    expect(answers[0]?.checkTx?.data).to.deep.equal(utf8("a"));
    expect(answers[2]?.checkTx?.data).to.deep.equal(utf8("b"));
  });

  it("serves four connections at a time, whatever each of them is used for", async () => {
    const [query, snapshot, mempool, consensus] = [await open(), await open(), await open(), await open()];
    const asked = Promise.all([
      query.ask("info", { version: "0.38.26", blockVersion: 11n, p2pVersion: 8n, abciVersion: "2.0.0" }),
      snapshot.ask("listSnapshots", {}),
      mempool.ask("checkTx", RequestCheckTx.create({ tx: utf8("t") })),
      consensus.ask("finalizeBlock", RequestFinalizeBlock.create({ height: 1n, txs: [utf8("t")] })),
    ]);
    const [info, list, checked, finalized] = await asked;
    expect([info.data, list.snapshots, checked.code, finalized.txResults.length]).to.deep.equal(["scripted", [], 0, 1]);
    expect(finalized.appHash).to.deep.equal(new Uint8Array(32).fill(9));
  });

  it("gives the same answers for the same bytes in any pieces", async () => {
    const bytes = concatBytes(check("one"), FLUSH, requestFrame({ query: RequestQuery.create({ path: "/p", data: new Uint8Array(900) }) }), check("two"));
    const answersTo = async (cuts: readonly number[]): Promise<string[]> => {
      const client = await AbciClient.open(address);
      const at = [0, ...cuts, bytes.length];
      for (const [i, from] of at.slice(0, -1).entries()) {
        client.send(bytes.subarray(from, at[i + 1]));
        await new Promise(setImmediate);
      }
      const answers = [await client.next(), await client.next(), await client.next(), await client.next()];
      await client.close();
      return answers.map((a) => Buffer.from(Response.encode(a)).toString("hex"));
    };
    const whole = await answersTo([]);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 6 }).map((a) => a.sort((x, y) => x - y));
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        expect(await answersTo(places)).to.deep.equal(whole);
      }),
      { numRuns: 25 },
    );
  });

  it("answers bad fields with a code or a refusal, and stays open", async () => {
    const client = await open();
    expect((await client.ask("query", RequestQuery.create({ height: -1n }))).codespace).to.equal("sdk");
    expect((await client.ask("checkTx", RequestCheckTx.create({ type: 7 }))).code).to.equal(18);
    const status = ResponseProcessProposal_ProposalStatus.REJECT;
    expect((await client.ask("processProposal", RequestProcessProposal.create({ height: -4n }))).status).to.equal(status);
    const time = { seconds: 1n << 50n, nanos: 0 };
    expect((await client.ask("prepareProposal", RequestPrepareProposal.create({ time, txs: [utf8("t")] }))).txs).to.deep.equal([]);
    expect((await client.ask("offerSnapshot", { snapshot: undefined, appHash: utf8("") })).result).to.equal(ResponseOfferSnapshot_Result.REJECT);
    expect(app.calls).to.deep.equal([]);
    expect((await client.ask("echo", { message: "still here" })).message).to.equal("still here");
  });

  it("answers a query whose path is not UTF-8, which any client of CometBFT's RPC can cause", async () => {
    const client = await open();
    client.send(frameOf(Uint8Array.of(0x32, 0x03, 0x12, 0x01, 0xff)));
    expect((await client.next()).query).to.deep.include({ code: 18, codespace: "sdk" });
    expect((await client.ask("echo", { message: "x" })).message).to.equal("x");
  });

  it("skips fields that newer engines may send", async () => {
    const client = await open();
    const request = Request.encode(Request.create({ query: RequestQuery.create({ path: "/p" }) }));
    const inner = concatBytes(request.subarray(2), Uint8Array.of(0xb8, 0x01, 0x05));
    client.send(frameOf(concatBytes(Uint8Array.of(0x32, inner.length), inner)));
    expect((await client.next()).query?.log).to.equal("/p");
  });

  for (const [what, bytes] of [
    ["an empty frame", Uint8Array.of(0)],
    ["a request of a later ABCI", frameOf(Uint8Array.of(0xaa, 0x01, 0x00))],
    ["bytes that are no message", frameOf(Uint8Array.of(0xff, 0xff, 0xff))],
    ["a FinalizeBlock that cannot be read", frameOf(Uint8Array.of(0xa2, 0x01, 0x02, 0x28, 0x80))],
    ["a frame above the limit", Uint8Array.of(0xff, 0xff, 0xff, 0x7f)],
  ] as const) {
    it(`hangs up on ${what}, after answering what came before, and begins nothing after it`, async () => {
      const [client, other] = [await open(), await open()];
      client.send(concatBytes(check("before"), bytes, check("after")));
      expect((await client.next()).checkTx?.data).to.deep.equal(utf8("before"));
      await client.closed;
      expect(app.calls).to.deep.equal(["checkTx"]);
      expect(warnings.at(-1)).to.equal("connection closed");
      expect((await other.ask("echo", { message: "alive" })).message).to.equal("alive");
    });
  }

  it("survives garbage of any kind", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), fc.boolean(), async (pieces, isFramed) => {
        const client = await AbciClient.open(address);
        client.send(concatBytes(...pieces.map((p) => (isFramed ? frameOf(p) : p))));
        await client.close();
      }),
      { numRuns: 60 },
    );
    const client = await open();
    expect((await client.ask("echo", { message: "alive" })).message).to.equal("alive");
    expect(fatal).to.deep.equal([]);
  });

  it("keeps nothing of what it has answered", async () => {
    setFlagsFromString("--expose_gc");
    const collect = runInNewContext("gc") as () => void;
    const answers: WeakRef<Uint8Array>[] = [];
    await server?.stop();
    const echo = createScriptedApp();
    const query = (request: QueryRequest): QueryResponse => {
      const response = echo.query(request);
      answers.push(new WeakRef(response.value));
      return response;
    };
    await begin(createScriptedApp({ query }));
    const client = await open();
    for (let i = 0; i < 20; i++) await client.ask("query", RequestQuery.create({ data: new Uint8Array(1_000) }));
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect(answers.filter((answer) => answer.deref() !== undefined).length, "of 20").to.be.at.most(2);
  });

  it("lets an engine die at any moment and takes the next one", async () => {
    for (let i = 0; i < 5; i++) {
      const client = await AbciClient.open(address);
      client.send(concatBytes(check("x"), check("y").subarray(0, 3)));
      await client.close();
    }
    const client = await open();
    expect((await client.ask("commit", {})).retainHeight).to.equal(0n);
  });

  it("says what the application's own fault was, and tells the node to halt", async () => {
    await server?.stop();
    const fault = new Error("a broken promise");
    await begin(
      createScriptedApp({
        finalizeBlock: () => {
          throw fault;
        },
      }),
    );
    const client = await open();
    client.send(requestFrame({ finalizeBlock: RequestFinalizeBlock.create({ height: 1n }) }));
    expect((await client.next()).exception?.error).to.contain("a broken promise");
    expect(fatal.splice(0)).to.deep.equal([fault]);
  });

  it("stops although nobody reads its answers", async () => {
    const long = new Uint8Array(1 << 26); // more than any system keeps between two sockets
    await server?.stop();
    await begin(createScriptedApp({ checkTx: (request) => ({ ...createScriptedApp().checkTx(request), data: long }) }));
    const client = connect(Number(address.split(":").pop()), "127.0.0.1").pause();
    client.on("error", () => undefined);
    client.write(check("t"));
    await until("the answer is on its way", () => app.calls.length > 0);
    await server?.stop();
    client.destroy();
  });

  it("answers what has come in before it stops", async () => {
    const client = await open();
    const answer = client.ask("commit", {});
    await answer;
    await server?.stop();
    await client.closed;
    expect(app.calls).to.deep.equal(["commit"]);
  });

  it("listens on a unix socket, takes over one that a killed process left, and leaves one that is in use", async () => {
    await server?.stop();
    const dir = mkdtempSync(join(tmpdir(), "abci-"));
    const path = join(dir, "app.sock");
    try {
      const stale = createServer().listen(path);
      await new Promise((resolve) => stale.once("listening", resolve));
      const second = createAbciServer({ app: createLocalConnection(app), log }, { address: `unix://${path}` });
      const failure: unknown = await second.start().catch((error: unknown) => error);
      expect(isFailure(failure, "config")).to.equal(true);
      await new Promise((resolve) => stale.close(resolve));
      await begin(createScriptedApp(), `unix://${path}`);
      const client = await open();
      expect((await client.ask("query", RequestQuery.create({ path: "/x", height: toHeight(2n) }))).height).to.equal(2n);
      await server?.stop();
      expect(existsSync(path)).to.equal(false);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
