import { expect } from "chai";
import { toHeight } from "../../chain/primitives/index.js";
import { FakeChain } from "../../test/rpc/fake-chain.js";
import { startRpcNode } from "../../test/rpc/rpc-node.js";
import { createHealthCheck } from "./health.js";
import type { HealthCheck } from "./health.js";

interface World {
  readonly chain: FakeChain;
  readonly health: HealthCheck;
  nowMs: number;
  isCatchingUp: boolean;
  peers: number;
  waiting: number;
  index: { isEnabled: boolean; last: ReturnType<typeof toHeight>; lag: number; isBroken: boolean };
}

function world(): World {
  const chain = new FakeChain();
  const state = {
    chain,
    nowMs: 0,
    isCatchingUp: false,
    peers: 3,
    waiting: 0,
    index: { isEnabled: true, last: toHeight(0n), lag: 0, isBroken: false },
  };
  const status = () => ({ ...(chain.status() as Exclude<ReturnType<FakeChain["status"]>, Promise<unknown>>), isCatchingUp: state.isCatchingUp });
  const health = createHealthCheck(
    {
      engine: { status, subscribe: (listener) => chain.subscribe(listener) },
      pool: { status: () => ({ count: state.waiting, bytes: 0 }) },
      index: { status: () => state.index },
      peers: () => state.peers,
      now: () => state.nowMs,
    },
    { stalledMs: 60_000, maxTxs: 100, expectsPeers: true },
  );
  return Object.assign(state, { health });
}

describe("the health of a node", () => {
  it("is good while blocks come", () => {
    const w = world();
    w.chain.commitBlock();
    expect(w.health.check()).to.deep.equal({ isHealthy: true, height: "1", reasons: [], warnings: [] });
  });

  it("is bad before the first block, while catching up, and when blocks cease, until one comes", () => {
    const w = world();
    expect(w.health.check().reasons).to.deep.equal(["no block yet"]);
    w.chain.commitBlock();
    w.isCatchingUp = true;
    expect(w.health.check().reasons).to.deep.equal(["catching up with the chain"]);
    w.isCatchingUp = false;
    w.nowMs = 61_000;
    expect(w.health.check()).to.deep.include({ isHealthy: false, reasons: ["no block for 61 s"] });
    w.chain.commitBlock();
    expect(w.health.check().isHealthy).to.equal(true);
  });

  it("comes with warnings that take no node out of service", () => {
    const w = world();
    w.chain.commitBlock();
    w.index = { ...w.index, isBroken: true, lag: 500 };
    w.waiting = 95;
    w.peers = 0;
    const { isHealthy, warnings } = w.health.check();
    expect(isHealthy).to.equal(true);
    expect(warnings).to.deep.equal([
      "the index has failed: nothing can be searched", "the index is 500 blocks behind", "the mempool is nearly full: 95 of 100", "no peers",
    ]);
  });

  it("is told by the RPC: 503 with the reasons to a GET, CometBFT's answer to everything else", async () => {
    let isHealthy = false;
    const node = await startRpcNode({}, undefined, undefined, { health: () => ({ isHealthy, reasons: isHealthy ? [] : ["catching up", "tired"] }) });
    const bad = await node.get("/health");
    expect([bad.status, bad.json.error.data]).to.deep.equal([503, "catching up; tired"]);
    expect((await node.call("health", {})).result).to.deep.equal({});
    isHealthy = true;
    expect(await node.get("/health")).to.deep.include({ status: 200, json: { jsonrpc: "2.0", id: -1, result: {} } });
    await node.stop();
  });
});
