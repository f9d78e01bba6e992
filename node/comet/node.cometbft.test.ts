import { DirectSecp256k1Wallet } from "@cosmjs/proto-signing";
import { SigningStargateClient } from "@cosmjs/stargate";
import { Client, credentials } from "@grpc/grpc-js";
import { expect } from "chai";
import { WebSocket } from "ws";
import { GetLatestBlockRequest, GetLatestBlockResponse } from "../../proto/gen/cosmos/base/tendermint/v1beta1.js";
import { toBase64 } from "../../chain/primitives/index.js";
import { TxRaw } from "../../proto/gen/cosmos/tx/v1beta1.js";
import { COIN_TYPE, deriveSecret, hdPathOf } from "../keyring/index.js";
import { cometMissing, createCometNet, until } from "./testkit/comet-net.js";
import type { CometNet, CometNode } from "./testkit/comet-net.js";

const PREFIX = "open";
const FEE = { amount: [{ denom: "uopen", amount: "5000" }], gas: "200000" };

interface Client_ {
  readonly client: SigningStargateClient;
  readonly address: string;
}

async function signer({ files, rpc }: CometNode): Promise<Client_> {
  const secret = await deriveSecret(files.mnemonic, hdPathOf({ account: 0, index: 0, coinType: COIN_TYPE }));
  const wallet = await DirectSecp256k1Wallet.fromKey(secret, PREFIX);
  const [account] = await wallet.getAccounts();
  const client = await SigningStargateClient.connectWithSigner(rpc, wallet, { broadcastPollIntervalMs: 100, broadcastTimeoutMs: 60_000 });
  return { client, address: account?.address ?? "" };
}

/** As plain JSON, whatever the method. */
async function asked(node: CometNode, method: string, params: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return JSON.stringify(await node.call(method, params));
}

function unary(address: string, path: string, request: Uint8Array): Promise<Buffer> {
  const client = new Client(address, credentials.createInsecure());
  const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
  return new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, request, (error, value) => {
      if (error !== null || value === undefined) reject(error ?? new TypeError("no answer"));
      else resolve(value);
    });
  }).finally(() => client.close());
}

describe("a node on CometBFT", function () {
  this.timeout(240_000);
  let net: CometNet;
  let node: CometNode;

  before(async function () {
    const missing = cometMissing();
    if (missing !== undefined) {
      process.stdout.write(`${missing}\n`);
      this.skip();
    }
    net = await createCometNet({ validators: 1 });
    [node] = net.nodes as [CometNode];
    node.start();
    await node.reached(2n);
  });
  after(async () => {
    await (net as CometNet | undefined)?.stop();
  });

  it("answers JSON-RPC as it does on its own engine", async () => {
    await node.reached(3n);
    expect(await asked(node, "status")).to.contain('"version":"0.38.').and.contain('"catching_up":false');
    expect(await asked(node, "block", { height: "2" })).to.contain('"height":"2"').and.contain('"last_commit"');
    expect(await asked(node, "block_results", { height: "2" })).to.contain('"app_hash"');
    expect(await asked(node, "commit", { height: "2" })).to.contain('"canonical":true');
    expect(await asked(node, "validators", { height: "2" })).to.contain('"count":"1"');
    expect(await asked(node, "consensus_params", { height: "2" })).to.contain('"vote_extensions_enable_height":"1"');
    expect(await asked(node, "consensus_state")).to.match(/"height\/round\/step":"\d+\/\d+\/\d+"/);
    expect(await asked(node, "dump_consensus_state")).to.contain('"validators"').and.contain('"proposer"');
    expect(await asked(node, "genesis")).to.contain('"chain_id":"comet-test-1"');
    expect(await asked(node, "unconfirmed_txs")).to.contain('"n_txs"');
    expect(await asked(node, "blockchain", { minHeight: "1", maxHeight: "2" })).to.contain('"block_metas"');
  });

  it("answers REST and gRPC of the block that it shows", async () => {
    const rest = await fetch(`${node.api}/cosmos/base/tendermint/v1beta1/blocks/2`);
    expect(rest.status).to.equal(200);
    expect(await rest.text()).to.contain('"height":"2"');
    const path = "/cosmos.base.tendermint.v1beta1.Service/GetLatestBlock";
    const bytes = await unary(`127.0.0.1:${node.files.doors.grpc}`, path, GetLatestBlockRequest.encode(GetLatestBlockRequest.create({})));
    const { block } = GetLatestBlockResponse.decode(new Uint8Array(bytes));
    expect(Number(block?.header.height)).to.be.greaterThan(1);
  });

  it("takes a transaction of CosmJS, shows its result, and finds it again", async () => {
    const { client, address } = await signer(node);
    const sent = await client.sendTokens(address, address, [{ denom: "uopen", amount: "7" }], FEE, "by way of CometBFT");
    expect(sent.code).to.equal(0);
    const found = await client.getTx(sent.transactionHash);
    expect(found?.height).to.equal(sent.height);
    expect((await client.searchTx(`tx.height=${sent.height}`)).map(({ hash }) => hash)).to.include(sent.transactionHash);
    const spent = 100_000_000_000n - 50_000_000_000n - BigInt((await client.getBalance(address, "uopen")).amount);
    expect(spent).to.equal(5_000n);
    client.disconnect();
  });

  it("passes CometBFT's refusals on, word for word", async () => {
    const { client, address } = await signer(node);
    const signed = await client.sign(address, [{ typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: { fromAddress: address, toAddress: address, amount: [{ denom: "uopen", amount: "1" }] } }], FEE, "");
    const tx = toBase64(TxRaw.encode(TxRaw.create(signed)));
    const committed = await asked(node, "broadcast_tx_commit", { tx });
    expect(committed).to.match(/"tx_result":\{"code":0/);
    const again = await asked(node, "broadcast_tx_sync", { tx }).catch((error: unknown) => String(error));
    expect(again).to.contain("tx already exists in cache");
    expect(await asked(node, "broadcast_tx_sync", { tx: "AAAA" })).to.match(/"code":[1-9]/);
    const long = Buffer.alloc(1_048_577).toString("base64");
    const refused = await asked(node, "broadcast_tx_sync", { tx: long }).catch((error: unknown) => String(error));
    expect(refused).to.match(/too large|body|413/i);
    client.disconnect();
  });

  it("publishes every block once, in order", async () => {
    const socket = new WebSocket(`${node.rpc.replace("http", "ws")}/websocket`);
    const heights: number[] = [];
    socket.on("message", (data: Buffer) => {
      const { result } = JSON.parse(data.toString()) as { result: { data?: { value: { header: { height: string } } } } };
      if (result.data !== undefined) heights.push(Number(result.data.value.header.height));
    });
    await new Promise((resolve) => socket.once("open", resolve));
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "subscribe", params: { query: "tm.event='NewBlockHeader'" } }));
    await until("six blocks", () => (heights.length >= 6 ? true : undefined));
    socket.terminate();
    const [first = 0] = heights;
    expect(heights).to.deep.equal(heights.map((_, i) => first + i));
  });

  it("starts CometBFT again when it is killed, and the chain goes on", async () => {
    const before = node.cometPid();
    expect(before).to.be.a("number");
    process.kill(before ?? 0, "SIGKILL");
    const after = await until("another CometBFT", () => {
      const pid = node.cometPid();
      return pid === before ? undefined : pid;
    });
    expect(after).not.to.equal(before);
    const height = await node.height();
    await node.reached(height + 4n);
    expect(node.log()).to.contain("CometBFT is gone and will be started again");
    for (let h = 1n; h <= height; h++) expect(await asked(node, "block_results", { height: h.toString() }), `results of ${h}`).to.contain('"app_hash"');
  });

  it("leaves no CometBFT behind when it is killed itself, and goes on from there", async () => {
    const pid = node.cometPid();
    const height = await node.height();
    await node.end("SIGKILL");
    await until("CometBFT is gone too", () => (node.cometPid() === undefined ? true : undefined), 30_000);
    node.start();
    await node.reached(height + 3n);
    expect(node.cometPid()).not.to.equal(pid);
    for (let h = 1n; h <= height + 3n; h++) expect(await asked(node, "block", { height: h.toString() })).to.contain(`"height":"${h}"`);
  });

  it("refuses to hand CometBFT's chain to its own engine unasked", async () => {
    await node.end("SIGTERM");
    const { code, err } = await net.daemon.run(["start", "--home", node.files.home.dir, "--engine", "embedded"]);
    expect(code).to.equal(1);
    expect(err).to.contain("start it with --engine cometbft");
  });

  it("stops when it is told to, with CometBFT", async () => {
    node.start();
    await until("CometBFT", () => node.cometPid());
    await node.reached(1n);
    expect(await node.end("SIGTERM")).to.equal(0);
    expect(node.cometPid()).to.equal(undefined);
  });
});

describe("four nodes on CometBFT", function () {
  this.timeout(240_000);
  let net: CometNet;

  before(async function () {
    const missing = cometMissing();
    if (missing !== undefined) {
      process.stdout.write(`${missing}\n`);
      this.skip();
    }
    net = await createCometNet({ validators: 4, commitTimeoutMs: 500 });
    for (const node of net.nodes) node.start();
  });
  after(async () => {
    await (net as CometNet | undefined)?.stop();
  });

  it("find each other and agree, each through its own doors", async () => {
    await Promise.all(net.nodes.map((node) => node.reached(5n)));
    const headers = await Promise.all(net.nodes.map((node) => asked(node, "commit", { height: "4" })));
    const hashes = headers.map((text) => /"app_hash":"([0-9A-F]{64})"/.exec(text)?.[1]);
    expect(new Set(hashes).size).to.equal(1);
    expect(hashes[0]).to.be.a("string");
    const [first] = net.nodes as [CometNode];
    expect(await asked(first, "validators")).to.contain('"total":"4"');
    const network = await asked(first, "net_info");
    expect(network).to.contain('"n_peers":"3"').and.contain('"moniker":"node3"').and.contain('"remote_ip":"127.0.0.1"');
  });

  it("bring back one that was away, with every block that it missed", async () => {
    const [first, , , last] = net.nodes as [CometNode, CometNode, CometNode, CometNode];
    await last.end("SIGKILL");
    const height = await first.height();
    await first.reached(height + 4n);
    last.start();
    await last.reached(height + 6n);
    for (let h = height; h <= height + 5n; h++) {
      const [ours, theirs] = await Promise.all([first, last].map((node) => asked(node, "block", { height: h.toString() })));
      expect(theirs).to.equal(ours);
    }
  });
});
