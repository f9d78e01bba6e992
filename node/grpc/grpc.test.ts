import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Metadata, credentials, status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { expect } from "chai";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";
import type { Codec } from "../../chain/codec/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { toHeight, toUpperHex, utf8 } from "../../chain/primitives/index.js";
import { QueryBalanceRequest, QueryBalanceResponse, QueryService } from "../../proto/gen/cosmos/bank/v1beta1.js";
import * as node from "../../proto/gen/cosmos/base/node/v1beta1.js";
import * as base from "../../proto/gen/cosmos/base/reflection/v1beta1.js";
import * as comet from "../../proto/gen/cosmos/base/tendermint/v1beta1.js";
import * as tx from "../../proto/gen/cosmos/tx/v1beta1.js";
import { FakeChain, checked, queryResponse } from "../../test/rpc/fake-chain.js";
import type { AnyJson } from "../../test/rpc/rpc-node.js";
import { EdgeFailure } from "../errors.js";
import { createIndexer } from "../indexer/index.js";
import { openKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import { OPEN_TURNSTILE } from "../turnstile.js";
import { CometService, DEFAULT_GRPC_OPTIONS, InterfacesService, NodeService, STATUS_CODES, TxService, statusOfResponse, createGrpcServer, createQueryDoor, loadDescriptors } from "./index.js";
import { answerReflection } from "./reflection.js";

const TX = tx.Tx.encode(tx.Tx.create({ body: tx.TxBody.create({ memo: "hi" }), signatures: [Uint8Array.of(1)] }));
const COMET = "/cosmos.base.tendermint.v1beta1.Service";
const TXS = "/cosmos.tx.v1beta1.Service";
const PROTO_DIR = join(import.meta.dirname, "../../proto");

describe("gRPC", () => {
  const chain = new FakeChain();
  const descriptors = loadDescriptors(PROTO_DIR);
  let client: Client;
  let stop: () => Promise<void>;
  let door: ReturnType<typeof createQueryDoor>;

  before(async () => {
    const dir = await mkdtemp(join(tmpdir(), "grpc-"));
    const log = silentLogger();
    const kv = await openKv({ dir, onFatal: (failure) => { throw failure; } });
    const index = createIndexer({ kv, chain, feed: chain, log });
    await index.start();
    const build = { name: "openledger", version: "0.1.0", gitCommit: "" };
    const config = { minimumGasPrice: "0.01uopen", pruningKeepRecent: "100", pruningInterval: "10" };
    door = createQueryDoor({ chain, index, pool: chain.pool, build, config, log });
    const services = [QueryService, CometService, NodeService, TxService, InterfacesService];
    const server = createGrpcServer(
      { door, services, descriptors, log, now: () => 0, turnstile: OPEN_TURNSTILE },
      { ...DEFAULT_GRPC_OPTIONS, port: 0, maxMessageBytes: 1 << 20, maxStreamsPerConnection: 10 },
    );
    const { port } = await server.start();
    client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    chain.commitBlock();
    const sender = { type: "message", attributes: [{ key: "sender", value: "alice", index: true }] };
    chain.commitBlock([{ tx: TX, result: { events: [sender], data: Uint8Array.of(0xab) } }]);
    stop = async () => {
      client.close();
      await server.stop();
      await index.stop();
      await kv.close();
      await rm(dir, { recursive: true });
    };
  });
  after(() => stop());

  interface Answer<R> {
    readonly message: R;
    readonly height: string;
  }

  // eslint-disable-next-line max-params -- reads like a call of the method
  function call<Q, R>(path: string, request: Codec<Q>, response: Codec<R>, message: Q, height?: string): Promise<Answer<R>> {
    const metadata = new Metadata();
    if (height !== undefined) metadata.set("x-cosmos-block-height", height);
    return new Promise((resolve, reject) => {
      let answered = "";
      const pending = client.makeUnaryRequest(
        path,
        (m: Q) => Buffer.from(request.encode(m)),
        (bytes) => response.decode(bytes),
        message,
        metadata,
        (error, value) => {
          if (error !== null || value === undefined) reject(error ?? new Error("no value"));
          else resolve({ message: value, height: answered });
        },
      );
      pending.on("metadata", (m) => (answered = String(m.get("x-cosmos-block-height")[0])));
    });
  }

  async function refusal(work: Promise<unknown>): Promise<ServiceError> {
    return work.then(() => { throw new Error("was answered"); }, (error: unknown) => error as ServiceError);
  }

  const balance = (height?: string) =>
    call("/cosmos.bank.v1beta1.Query/Balance", QueryBalanceRequest, QueryBalanceResponse, { address: "a", denom: "uopen" }, height);

  it("passes module queries to the application at the height of the header", async () => {
    const coin = { denom: "uopen", amount: "5" };
    chain.onQuery = ({ height }) => queryResponse({ height, value: QueryBalanceResponse.encode({ balance: coin }) });
    const { message, height } = await balance("2");
    expect(message.balance).to.deep.equal(coin);
    expect(height).to.equal("2");
    expect(chain.queries.at(-1)?.path).to.equal("/cosmos.bank.v1beta1.Query/Balance");
    expect((await refusal(balance("-1"))).code).to.equal(status.INVALID_ARGUMENT);
  });

  it("maps the application's codes to gRPC's", async () => {
    const answers: readonly (readonly [Partial<ReturnType<typeof queryResponse>>, status, string])[] = [
      [{ code: 22, codespace: "sdk", log: "rpc error: code = NotFound desc = no such account: key not found" }, status.NOT_FOUND, "no such account"],
      [{ code: 18, codespace: "sdk", log: "bad" }, status.INVALID_ARGUMENT, "bad"],
      [{ code: 26, codespace: "sdk", log: "height in the future" }, status.INVALID_ARGUMENT, "height in the future"],
      [{ code: 6, codespace: "sdk", log: "unknown query path" }, status.UNIMPLEMENTED, "unknown query path"],
      [{ code: 6, codespace: "sdk", log: "rpc error: code = Unknown desc = account sequence mismatch: unknown request" }, status.UNKNOWN, "account sequence mismatch"],
      [{ code: 3, codespace: "datanet", log: "draft" }, status.UNKNOWN, "draft"],
    ];
    for (const [response, code, details] of answers) {
      chain.onQuery = () => queryResponse(response);
      const error = await refusal(balance());
      expect([error.code, error.details]).to.deep.equal([code, details]);
    }
  });

  it("keeps to itself what broke inside", async () => {
    chain.onQuery = () => { throw new Error("/secret/path"); };
    const error = await refusal(balance());
    expect([error.code, error.details]).to.deep.equal([status.INTERNAL, "internal error"]);
    chain.onQuery = () => queryResponse({ code: 111222, codespace: "undefined", log: "panic: secret" });
    expect((await refusal(balance())).details).to.equal("internal error");
  });

  it("knows every name of a status by its number", () => {
    for (const [name, code] of Object.entries(STATUS_CODES)) {
      const screaming = name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase().replace("CANCELED", "CANCELLED");
      expect(status[screaming as keyof typeof status], name).to.equal(code);
      const told = statusOfResponse(queryResponse({ code: 6, codespace: "sdk", log: `rpc error: code = ${name} desc = x` }));
      expect(told.code, name).to.equal(code);
    }
  });

  it("refuses heights in the future in the SDK's words, the node's own services included", async () => {
    const path = "/cosmos.base.node.v1beta1.Service/Status";
    const error = await refusal(call(path, node.StatusRequest, node.StatusResponse, {}, "99"));
    expect(error.code).to.equal(status.INVALID_ARGUMENT);
    expect(error.details).to.equal("cannot query with height in the future; please provide a valid height: invalid height");
  });

  it("lists what may stand in an Any", async () => {
    const path = "/cosmos.base.reflection.v1beta1.ReflectionService";
    const all = await call(`${path}/ListAllInterfaces`, base.ListAllInterfacesRequest, base.ListAllInterfacesResponse, {});
    expect(all.message.interfaceNames).to.include("cosmos.auth.v1beta1.AccountI");
    const asked = { interfaceName: "cosmos.base.v1beta1.Msg" };
    const found = await call(`${path}/ListImplementations`, base.ListImplementationsRequest, base.ListImplementationsResponse, asked);
    expect(found.message.implementationMessageNames).to.include("/cosmos.bank.v1beta1.MsgSend");
  });

  it("tells what relayers and explorers read of the node", async () => {
    const info = await call(`${COMET}/GetNodeInfo`, comet.GetNodeInfoRequest, comet.GetNodeInfoResponse, {});
    expect(info.message.applicationVersion?.buildDeps.map((d) => d.path)).to.include("github.com/cometbft/cometbft");
    expect(info.message.defaultNodeInfo?.version).to.match(/^0\.38\./);
    const config = await call("/cosmos.base.node.v1beta1.Service/Config", node.ConfigRequest, node.ConfigResponse, {});
    expect(config.message.minimumGasPrice).to.equal("0.01uopen");
    const { message } = await call("/cosmos.base.node.v1beta1.Service/Status", node.StatusRequest, node.StatusResponse, {});
    expect(message.height).to.equal(2n);
    const syncing = await call(`${COMET}/GetSyncing`, comet.GetSyncingRequest, comet.GetSyncingResponse, {});
    expect(syncing.message.syncing).to.equal(false);
  });

  it("gives blocks in both types and pages validators", async () => {
    const { message } = await call(`${COMET}/GetBlockByHeight`, comet.GetBlockByHeightRequest, comet.GetBlockByHeightResponse, { height: 2n });
    expect(message.block?.data.txs[0]).to.deep.equal(TX);
    expect(message.sdkBlock?.header.proposerAddress).to.match(/^openvalcons1|valcons1/);
    expect(message.blockId?.hash).to.deep.equal(chain.at(2n)?.id.hash);
    const set = await call(`${COMET}/GetLatestValidatorSet`, comet.GetLatestValidatorSetRequest, comet.GetLatestValidatorSetResponse, {
      pagination: { key: new Uint8Array(0), offset: 1n, limit: 1n, countTotal: true, reverse: false },
    });
    expect(set.message.validators.map((v) => v.votingPower)).to.deep.equal([20n]);
    expect(set.message.pagination?.total).to.equal(3n);
    const far = call(`${COMET}/GetBlockByHeight`, comet.GetBlockByHeightRequest, comet.GetBlockByHeightResponse, { height: 99n });
    expect((await refusal(far)).code).to.equal(status.INVALID_ARGUMENT);
  });

  it("finds transactions by hash, by event and by block", async () => {
    const hash = toUpperHex(sha256(TX));
    const got = await call(`${TXS}/GetTx`, tx.GetTxRequest, tx.GetTxResponse, { hash });
    expect(got.message.tx?.body?.memo).to.equal("hi");
    expect([got.message.txResponse?.txhash, got.message.txResponse?.data]).to.deep.equal([hash, "AB"]);
    expect(got.message.txResponse?.timestamp).to.match(/Z$/);
    const missing = call(`${TXS}/GetTx`, tx.GetTxRequest, tx.GetTxResponse, { hash: "00".repeat(32) });
    expect((await refusal(missing)).code).to.equal(status.NOT_FOUND);
    const request = tx.GetTxsEventRequest.create({ query: "message.sender='alice'" });
    const found = await call(`${TXS}/GetTxsEvent`, tx.GetTxsEventRequest, tx.GetTxsEventResponse, request);
    expect([found.message.total, found.message.txResponses[0]?.txhash]).to.deep.equal([1n, hash]);
    const bad = call(`${TXS}/GetTxsEvent`, tx.GetTxsEventRequest, tx.GetTxsEventResponse, tx.GetTxsEventRequest.create({ query: "nonsense" }));
    expect((await refusal(bad)).code).to.equal(status.INVALID_ARGUMENT);
    const block = await call(`${TXS}/GetBlockWithTxs`, tx.GetBlockWithTxsRequest, tx.GetBlockWithTxsResponse, { height: 2n, pagination: undefined });
    expect(block.message.txs).to.have.length(1);
    const blockAt = (height: bigint, offset: bigint) => {
      const pagination = { key: new Uint8Array(0), offset, limit: 1n, countTotal: false, reverse: false };
      return call(`${TXS}/GetBlockWithTxs`, tx.GetBlockWithTxsRequest, tx.GetBlockWithTxsResponse, { height, pagination });
    };
    expect((await refusal(blockAt(9n, 0n))).details).to.equal(
      "requested height 9 but height must not be less than 1 or greater than the current height 2: invalid height",
    );
    expect((await refusal(blockAt(2n, 1n))).details).to.match(/^out of range: cannot paginate 1 txs with offset 1 and limit 1/);
  });

  it("broadcasts, and gives the SDK's codes for what the mempool refuses", async () => {
    const send = async (mode: number) =>
      (await call(`${TXS}/BroadcastTx`, tx.BroadcastTxRequest, tx.BroadcastTxResponse, { txBytes: TX, mode })).message.txResponse;
    chain.onSubmit = () => ({ kind: "checked", response: checked({ code: 13, codespace: "sdk", log: "insufficient fee" }) });
    expect((await send(2))?.code).to.equal(13);
    chain.onSubmit = () => ({ kind: "refused", reason: "in-cache", message: "tx already exists in cache" });
    expect((await send(2))?.code).to.equal(19);
    expect((await refusal(send(1))).code).to.equal(status.INVALID_ARGUMENT);
  });

  it("is reached by abci_query paths too, with the texts that CosmJS matches", async () => {
    const data = tx.GetTxRequest.encode({ hash: "00".repeat(32) });
    const response = await door.query({ path: `${TXS}/GetTx`, data, height: toHeight(0n), prove: false });
    expect([response.code, response.codespace, response.height]).to.deep.equal([22, "sdk", 2n]);
    expect(response.log).to.match(/^rpc error: code = NotFound desc = .*key not found$/);
    const garbage = await door.query({ path: `${TXS}/GetTx`, data: utf8("garbage"), height: toHeight(0n), prove: false });
    expect(garbage.code).to.equal(18);
  });

  it("reflects real files: every import and every type of a service can be found", () => {
    const { root } = protobuf.parse(`syntax = "proto3";
      message Q { string file_containing_symbol = 4; string list_services = 7; }
      message F { repeated bytes file = 1; } message S { string name = 1; } message L { repeated S service = 1; }
      message E { int32 code = 1; }
      message R { F files = 4; L list = 6; E error = 7; }`);
    const ask = (request: object): AnyJson => {
      const type = root.lookupType("Q");
      const bytes = answerReflection(type.encode(type.create(request)).finish(), descriptors, ["cosmos.bank.v1beta1.Query"]);
      return root.lookupType("R").decode(bytes) as AnyJson;
    };
    expect(ask({ listServices: "*" }).list.service.map((s: { name: string }) => s.name)).to.deep.equal([
      "cosmos.bank.v1beta1.Query",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ]);
    const files: Uint8Array[] = ask({ fileContainingSymbol: "cosmos.bank.v1beta1.Query.Balance" }).files.file;
    // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- the test looks into it
    const decoded = files.map((bytes) => descriptor.FileDescriptorProto.decode(bytes) as AnyJson);
    const names = new Set(decoded.map((f) => f.name as string));
    expect([...names]).to.include("cosmos/bank/v1beta1/query.proto");
    for (const file of decoded) for (const needed of file.dependency) expect(names).to.include(needed);
    expect(ask({ fileContainingSymbol: "no.such.Thing" }).error.code).to.equal(status.NOT_FOUND);
  });

  it("describes every message of every file with absolute type names", () => {
    expect(descriptors.fileOfSymbol("openledger.datanet.v1.Query")).to.equal("openledger/datanet/v1/query.proto");
    expect(descriptors.file("tendermint/abci/types.proto")).to.not.equal(undefined);
  });
});

describe("the limits of gRPC", () => {
  const descriptors = loadDescriptors(PROTO_DIR);
  const door = { query: () => Promise.resolve(queryResponse({ value: QueryBalanceResponse.encode({ balance: undefined }) })) };

  async function withServer(options: object, use: (port: number) => Promise<void>, now = (): number => 0): Promise<void> {
    const deps = { door, services: [QueryService], descriptors, log: silentLogger(), now, turnstile: OPEN_TURNSTILE };
    const server = createGrpcServer(deps, { ...DEFAULT_GRPC_OPTIONS, port: 0, ...options });
    const { port } = await server.start();
    try {
      await use(port);
    } finally {
      await server.stop();
    }
  }

  function ask(client: Client, bytes = Buffer.alloc(0)): Promise<status> {
    return new Promise((resolve) => {
      const path = "/cosmos.bank.v1beta1.Query/Balance";
      const done = (error: ServiceError | null): void => resolve(error?.code ?? status.OK);
      client.makeUnaryRequest(path, (b: Buffer) => b, (b) => b, bytes, done);
    });
  }

  it("refuse an address that calls too often, until it has waited", async () => {
    let now = 0;
    const use = async (port: number): Promise<void> => {
      const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
      const codes = [await ask(client), await ask(client), await ask(client)];
      expect(codes).to.deep.equal([status.OK, status.OK, status.RESOURCE_EXHAUSTED]);
      now += 30_000;
      expect(await ask(client)).to.equal(status.OK);
      client.close();
    };
    await withServer({ requestsPerMinute: 2 }, use, () => now);
  });

  it("refuse a message that is too long", () =>
    withServer({ maxMessageBytes: 1024 }, async (port) => {
      const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
      expect(await ask(client, Buffer.alloc(2048))).to.equal(status.RESOURCE_EXHAUSTED);
      client.close();
    }));

  it("refuse calls when too many wait", async () => {
    const busy = { pass: () => Promise.reject(new EdgeFailure("busy", "the node is busy; try again")), setBusy: () => undefined };
    const deps = { door, services: [QueryService], descriptors, log: silentLogger(), now: () => 0, turnstile: busy };
    const server = createGrpcServer(deps, { ...DEFAULT_GRPC_OPTIONS, port: 0 });
    const { port } = await server.start();
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    expect(await ask(client)).to.equal(status.RESOURCE_EXHAUSTED);
    client.close();
    await server.stop();
  });

  it("bound the connections", () =>
    withServer({ maxConnections: 1 }, async (port) => {
      const first = connect(port, "127.0.0.1");
      await once(first, "connect");
      const second = connect(port, "127.0.0.1");
      second.on("error", () => undefined);
      await once(second, "close");
      first.destroy();
    }));
});
