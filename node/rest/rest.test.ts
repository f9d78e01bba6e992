import { connect } from "node:net";
import { expect } from "chai";
import { formatAddress } from "../../chain/codec/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { toHeight, toBase64, toUpperHex, utf8 } from "../../chain/primitives/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { BaseAccount, QueryAccountRequest, QueryAccountResponse } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { QueryAllBalancesRequest, QueryAllBalancesResponse, QueryDenomMetadataRequest, QueryDenomMetadataResponse } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import * as tx from "../../proto/gen/cosmos/tx/v1beta1.js";
import { MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { checked, queryResponse } from "../../test/rpc/fake-chain.js";
import { EdgeFailure } from "../errors.js";
import { startRestNode } from "./testkit/rest-node.js";
import type { RestNode } from "./testkit/rest-node.js";

const ALICE = formatAddress(moduleAddress("alice"));
const BALANCES = `/cosmos/bank/v1beta1/balances/${ALICE}`;
const NOT_IMPLEMENTED = { code: 12, message: "Not Implemented", details: [] };

const send = MsgSend.create({ fromAddress: ALICE, toAddress: ALICE, amount: [{ denom: "uopen", amount: "7" }] });
const message = { typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: MsgSend.encode(send) };
const TX = tx.Tx.encode(tx.Tx.create({ body: tx.TxBody.create({ messages: [message], memo: "hi" }), signatures: [Uint8Array.of(1)] }));

/** What a raw socket gets back until the server hangs up. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

/** Reads a little now and then until the server hangs up: how much came, and how much was announced. */
function sip(port: number, text: string): Promise<{ readonly taken: number; readonly promised: number }> {
  return new Promise((resolve, reject) => {
    let taken = 0;
    let head = "";
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(text));
    socket.pause();
    const drops = setInterval(() => {
      const drop = socket.read(Math.min(socket.readableLength, 49_152)) as Buffer | null;
      taken += drop?.length ?? 0;
      if (head.length < 1024) head += drop?.toString() ?? "";
    }, 5);
    const end = (): void => {
      clearInterval(drops);
      resolve({ taken, promised: Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0) });
    };
    socket.on("readable", () => undefined);
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" ? end() : reject(error)));
    socket.on("close", end);
  });
}

async function withNode(options: Parameters<typeof startRestNode>[0], use: (node: RestNode) => Promise<void>, more = {}): Promise<void> {
  const node = await startRestNode(options, more);
  try {
    await use(node);
  } finally {
    await node.stop();
  }
}

describe("REST", () => {
  let node: RestNode;
  before(async () => {
    node = await startRestNode();
    node.chain.commitBlock();
    const sender = { type: "message", attributes: [{ key: "sender", value: "alice", index: true }] };
    node.chain.commitBlock([{ tx: TX, result: { events: [sender] } }]);
  });
  after(() => node.stop());

  it("passes a query on and writes its answer in the SDK's JSON", async () => {
    node.chain.onQuery = ({ path, data }) => {
      expect(path).to.equal("/cosmos.bank.v1beta1.Query/AllBalances");
      const { address, pagination } = QueryAllBalancesRequest.decode(data);
      expect([address, pagination?.limit, pagination?.countTotal]).to.deep.equal([ALICE, 2n, true]);
      const value = QueryAllBalancesResponse.encode(
        QueryAllBalancesResponse.create({ balances: [{ denom: "uopen", amount: "5" }], pagination: { nextKey: new Uint8Array(), total: 1n } }),
      );
      return queryResponse({ value, height: toHeight(2n) });
    };
    const { status, json, headers } = await node.get(`${BALANCES}?pagination.limit=2&pagination.count_total=true&nobody=1`);
    expect(status).to.equal(200);
    expect(json).to.deep.equal({ balances: [{ denom: "uopen", amount: "5" }], pagination: { next_key: null, total: "1" } });
    expect(headers.get("grpc-metadata-x-cosmos-block-height")).to.equal("2");
    expect(headers.get("content-type")).to.equal("application/json");
  });

  it("writes what an Any holds, beside its type", async () => {
    const pubKey = { typeUrl: "/cosmos.crypto.secp256k1.PubKey", value: PubKey.encode({ key: Uint8Array.of(2, 3) }) };
    const account = BaseAccount.encode(BaseAccount.create({ address: ALICE, pubKey, sequence: 7n }));
    node.chain.onQuery = ({ data }) => {
      expect(QueryAccountRequest.decode(data).address).to.equal(ALICE);
      return queryResponse({ value: QueryAccountResponse.encode({ account: { typeUrl: "/cosmos.auth.v1beta1.BaseAccount", value: account } }) });
    };
    const { json } = await node.get(`/cosmos/auth/v1beta1/accounts/${ALICE}`);
    expect(json).to.deep.equal({
      account: {
        "@type": "/cosmos.auth.v1beta1.BaseAccount",
        address: ALICE,
        pub_key: { "@type": "/cosmos.crypto.secp256k1.PubKey", key: "AgM=" },
        account_number: "0",
        sequence: "7",
      },
    });
  });

  it("asks at the height of the header, and refuses one that is none", async () => {
    node.chain.onQuery = ({ height }) => queryResponse({ height, value: QueryAllBalancesResponse.encode(QueryAllBalancesResponse.create()) });
    const { headers } = await node.get(BALANCES, { "x-cosmos-block-height": "1" });
    expect(headers.get("grpc-metadata-x-cosmos-block-height")).to.equal("1");
    expect(headers.get("x-cosmos-block-height")).to.equal("1");
    const { status, json } = await node.get(BALANCES, { "x-cosmos-block-height": "-1" });
    expect([status, json.code]).to.deep.equal([400, 3]);
  });

  it("takes the rest of a path for one variable, slashes and all", async () => {
    node.chain.onQuery = ({ data }) => {
      expect(QueryDenomMetadataRequest.decode(data).denom).to.equal("ibc/AB/CD");
      return queryResponse({ value: QueryDenomMetadataResponse.encode(QueryDenomMetadataResponse.create()) });
    };
    expect((await node.get("/cosmos/bank/v1beta1/denoms_metadata/ibc/AB%2FCD")).status).to.equal(200);
  });

  const failures: readonly (readonly [log: string, code: number, http: number, body: object])[] = [
    ["rpc error: code = NotFound desc = account x not found: key not found", 22, 404, { code: 5, message: "account x not found", details: [] }],
    ["rpc error: code = InvalidArgument desc = bad bech32: invalid request", 18, 400, { code: 3, message: "bad bech32", details: [] }],
    ["rpc error: code = Unknown desc = oh: unknown request", 6, 500, { code: 2, message: "oh", details: [] }],
    ["rpc error: code = Unavailable desc = later: unknown request", 6, 503, { code: 14, message: "later", details: [] }],
    ["unknown query path: unknown request", 6, 501, { code: 12, message: "unknown query path: unknown request", details: [] }],
    ["cannot query with height in the future: invalid height", 26, 400, { code: 3, message: "cannot query with height in the future: invalid height", details: [] }],
  ];
  for (const [log, code, http, body] of failures) {
    it(`answers "${log}" with ${http}`, async () => {
      node.chain.onQuery = () => queryResponse({ code, codespace: "sdk", log });
      const { status, json } = await node.get(BALANCES);
      expect([status, json]).to.deep.equal([http, body]);
    });
  }

  it("keeps to itself what broke inside", async () => {
    node.chain.onQuery = () => { throw new Error("/secret/path"); };
    const { status, json } = await node.get(BALANCES);
    expect([status, json]).to.deep.equal([500, { code: 13, message: "internal error", details: [] }]);
    node.chain.onQuery = () => queryResponse({ code: 111222, codespace: "undefined", log: "panic: secret" });
    expect((await node.get(BALANCES)).json).to.deep.equal({ code: 13, message: "internal error", details: [] });
  });

  it("says 501 to what it does not have, be it a path or a verb", async () => {
    for (const path of ["/ibc/core/channel/v1/channels", "/cosmos/bank/v1beta1/nothing", "/cosmos/bank", "//", `${BALANCES}/`, "/%zz"]) {
      const { status, json } = await node.get(path);
      expect([status, json], path).to.deep.equal([501, NOT_IMPLEMENTED]);
    }
    const put = await fetch(`${node.url}${BALANCES}`, { method: "PUT", body: "{}" });
    expect([put.status, await put.json()]).to.deep.equal([501, NOT_IMPLEMENTED]);
  });

  it("answers HEAD with the head of GET", async () => {
    node.chain.onQuery = () => queryResponse({ value: QueryAllBalancesResponse.encode(QueryAllBalancesResponse.create()) });
    const head = await fetch(`${node.url}${BALANCES}`, { method: "HEAD" });
    expect([head.status, await head.text()]).to.deep.equal([200, ""]);
    expect(Number(head.headers.get("content-length"))).to.be.greaterThan(2);
  });

  it("finds a transaction and shows its messages", async () => {
    const { status, json } = await node.get(`/cosmos/tx/v1beta1/txs/${toUpperHex(sha256(TX))}`);
    expect(status).to.equal(200);
    expect(json.tx.body.messages[0]["@type"]).to.equal("/cosmos.bank.v1beta1.MsgSend");
    expect(json.tx_response).to.include({ height: "2", code: 0, codespace: "" });
    expect(json.tx_response.tx).to.include({ "@type": "/cosmos.tx.v1beta1.Tx" });
    const found = await node.get(`/cosmos/tx/v1beta1/txs?query=${encodeURIComponent("message.sender='alice'")}&order_by=ORDER_BY_DESC&order_by=2&pagination.limit=5`);
    expect([found.status, found.json.total]).to.deep.equal([200, "1"]);
    expect((await node.get(`/cosmos/tx/v1beta1/txs/${"00".repeat(32)}`)).json).to.deep.include({ code: 5 });
  });

  it("prefers the literal path to the variable one", async () => {
    const latest = await node.get("/cosmos/base/tendermint/v1beta1/blocks/latest");
    expect(latest.json.block.header.height).to.equal("2");
    expect(latest.json.sdk_block.header.proposer_address).to.match(/^openvalcons1/);
    const first = await node.get("/cosmos/base/tendermint/v1beta1/blocks/1");
    expect(first.json.block.header.height).to.equal("1");
    expect((await node.get("/cosmos/base/tendermint/v1beta1/blocks/one")).status).to.equal(400);
  });

  it("takes a transaction by POST, tolerating what wallets add", async () => {
    node.chain.onSubmit = (bytes) => {
      expect(bytes).to.deep.equal(TX);
      return { kind: "checked", response: checked({ code: 0 }) };
    };
    const body = { tx_bytes: toBase64(TX), mode: "BROADCAST_MODE_SYNC", sequence: "1" };
    const { status, json } = await node.post("/cosmos/tx/v1beta1/txs", body);
    expect([status, json.tx_response.txhash]).to.deep.equal([200, toUpperHex(sha256(TX))]);
    expect((await node.post("/cosmos/tx/v1beta1/txs", { tx_bytes: toBase64(TX), mode: 2 })).status).to.equal(200);
  });

  it("reads messages inside a body by their type", async () => {
    let simulated: tx.Tx | undefined;
    node.chain.onQuery = ({ data }) => {
      simulated = tx.SimulateRequest.decode(data).tx;
      return queryResponse({ value: tx.SimulateResponse.encode(tx.SimulateResponse.create({ gasInfo: { gasWanted: 0n, gasUsed: 5n } })) });
    };
    const messages = [{ "@type": "/cosmos.bank.v1beta1.MsgSend", from_address: ALICE, to_address: ALICE, amount: [{ denom: "uopen", amount: "7" }] }];
    const { status, json } = await node.post("/cosmos/tx/v1beta1/simulate", { tx: { body: { messages }, auth_info: { fee: {} }, signatures: ["AQ=="] }, mode: 1 });
    expect([status, json.gas_info.gas_used]).to.deep.equal([200, "5"]);
    expect(simulated?.body?.messages).to.deep.equal([message]);
  });

  it("decodes and encodes transactions, back to the same bytes", async () => {
    const decoded = await node.post("/cosmos/tx/v1beta1/decode", { tx_bytes: toBase64(TX) });
    expect(decoded.json.tx.body).to.deep.include({ memo: "hi" });
    const encoded = await node.post("/cosmos/tx/v1beta1/encode", { tx: decoded.json.tx });
    const again = await node.post("/cosmos/tx/v1beta1/decode", encoded.json);
    expect(again.json).to.deep.equal(decoded.json);
    const { status, json } = await node.post("/cosmos/tx/v1beta1/decode", { tx_bytes: "/////w==" });
    expect([status, json.code]).to.deep.equal([400, 3]);
    expect((await node.post("/cosmos/tx/v1beta1/encode", {})).json.message).to.equal("invalid empty tx");
    expect((await node.post("/cosmos/tx/v1beta1/decode/amino", { amino_binary: "AA==" })).status).to.equal(501);
  });

  it("refuses a bad body with 400", async () => {
    for (const body of ["{", "[]", '"x"', '{"tx_bytes":5}', '{"tx_bytes":"!"}', '{"mode":"NO_SUCH"}', "[".repeat(5000), "null"]) {
      const { status, json } = await node.post("/cosmos/tx/v1beta1/txs", body);
      expect([status, json.code], body.slice(0, 20)).to.deep.equal([400, 3]);
    }
  });
});

describe("the limits of the HTTP door", () => {
  it("end a body that is too long", () =>
    withNode({ maxBodyBytes: 1024 }, async (node) => {
      const { status, json } = await node.post("/cosmos/tx/v1beta1/txs", { tx_bytes: "A".repeat(2048) });
      expect([status, json.code]).to.deep.equal([413, 8]);
    }));

  it("refuse an address that asks too often, until it has waited", () => {
    let now = 0;
    return withNode(
      { requestsPerMinute: 2 },
      async (node) => {
        node.chain.onQuery = () => queryResponse({ code: 6, codespace: "sdk", log: "" });
        const statuses = [];
        for (let i = 0; i < 3; i++) statuses.push((await node.get("/nothing")).status);
        expect(statuses).to.deep.equal([501, 501, 429]);
        now += 30_000;
        expect((await node.get("/nothing")).status).to.equal(501);
      },
      { now: () => now },
    );
  });

  it("hang up on whoever does not finish a request", () =>
    withNode({ timeoutMs: 200 }, async (node) => {
      expect(await exchange(node.port, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")).to.match(/^(HTTP\/1\.1 408|$)/);
      const head = "POST /cosmos/tx/v1beta1/txs HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{";
      expect(await exchange(node.port, head)).to.match(/^(HTTP\/1\.1 408|$)/);
    }));

  it("hang up on whoever takes an answer drop by drop", function () {
    this.timeout(60_000);
    return withNode({ timeoutMs: 300 }, async (node) => {
      const balances = Array.from({ length: 8_000 }, (_, i) => ({ denom: `coin${i}`.padEnd(2_000, "x"), amount: "5" }));
      const value = QueryAllBalancesResponse.encode(QueryAllBalancesResponse.create({ balances }));
      node.chain.onQuery = () => queryResponse({ value });
      const { taken, promised } = await sip(node.port, `GET ${BALANCES} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(promised).to.be.greaterThan(15_000_000);
      expect(taken).to.be.lessThan(promised);
    });
  });

  it("refuse calls when too many wait", () =>
    withNode(
      {},
      async (node) => {
        const { status, headers, json } = await node.get(BALANCES);
        expect([status, json.code, headers.get("retry-after")]).to.deep.equal([429, 8, "1"]);
      },
      { turnstile: { pass: () => Promise.reject(new EdgeFailure("busy", "the node is busy; try again")), setBusy: () => undefined } },
    ));

  it("refuse headers without end", () =>
    withNode({}, async (node) => {
      const answer = await exchange(node.port, `GET /?${"a".repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(answer).to.match(/^HTTP\/1\.1 431/);
    }));

  it("let the browsers of allowed origins in, and no others", () =>
    withNode({ corsOrigins: ["https://wallet.example"] }, async (node) => {
      const ask = (origin: string): Promise<Response> => fetch(`${node.url}/cosmos/tx/v1beta1/txs`, { method: "OPTIONS", headers: { Origin: origin } });
      const allowed = await ask("https://wallet.example");
      expect(allowed.status).to.equal(204);
      expect(allowed.headers.get("access-control-allow-origin")).to.equal("https://wallet.example");
      expect(allowed.headers.get("access-control-allow-headers")).to.contain("x-cosmos-block-height");
      expect((await ask("https://evil.example")).headers.get("access-control-allow-origin")).to.equal(null);
    }));

  it("hold for what is mounted beside the queries", () =>
    withNode(
      { requestsPerMinute: 1 },
      async (node) => {
        expect((await fetch(`${node.url}/mine/x`)).status).to.equal(200);
        expect((await fetch(`${node.url}/mine`)).status).to.equal(429);
      },
      { now: () => 0, mounted: [{ path: "/mine", serve: async (_: unknown, response: { end(text: string): void }) => response.end(utf8("ok").toString()) }] },
    ));
});
