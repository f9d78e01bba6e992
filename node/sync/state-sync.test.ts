import { expect } from "chai";
import { sha256 } from "../../chain/crypto/index.js";
import { toHeight, toHex } from "../../chain/primitives/index.js";
import { decodeMetadata, encodeMetadata } from "../../chain/store/index.js";
import { SnapshotsRequest, SnapshotsResponse } from "../../proto/gen/openledger/engine/v1.js";
import type { MemoryNode } from "../engine/testkit/memory-net.js";
import { EdgeFailure } from "../errors.js";
import { toInfo } from "../snapshots/index.js";
import type { Snapshot } from "../snapshots/index.js";
import { silentLogger } from "../telemetry/log.js";
import { SyncChain, lyingDoor } from "./testkit/chain.js";
import type { SyncNode } from "./testkit/chain.js";

describe("state sync", function () {
  this.timeout(120_000);
  const chain = new SyncChain();

  before(() => chain.open());
  after(() => chain.close());

  async function expectSameChain(late: SyncNode, from: bigint, to: bigint): Promise<void> {
    const [origin] = chain.nodes;
    for (let h = from; h <= to; h++) {
      const ours = late.engine.results(toHeight(h));
      const theirs = origin?.engine.results(toHeight(h));
      expect(toHex(ours?.appHash ?? new Uint8Array(0)), `height ${h}`).to.equal(toHex(theirs?.appHash ?? new Uint8Array(1)));
    }
  }

  async function failureOf(work: Promise<unknown>): Promise<EdgeFailure> {
    try {
      await work;
    } catch (error) {
      expect(error).to.be.instanceOf(EdgeFailure);
      return error as EdgeFailure;
    }
    return expect.fail("it went well");
  }

  /** A peer that answers requests about snapshots as it likes. */
  async function badPeer(name: string, list: () => readonly Snapshot[], chunk: (index: number) => Promise<Uint8Array>): Promise<MemoryNode> {
    const peer = chain.net.create(name);
    peer.requests("snapshots", {
      maxRequestBytes: 64,
      maxResponseBytes: 2e7,
      timeoutMs: 1_000,
      concurrency: 9,
      handler: (_peer, bytes) => {
        const request = SnapshotsRequest.decode(bytes);
        if (request.chunk !== undefined) return chunk(request.chunk.index);
        return Promise.resolve(SnapshotsResponse.encode({ snapshots: list().map(toInfo) }));
      },
    });
    await peer.start();
    return peer;
  }

  async function newest(): Promise<Snapshot> {
    const [snapshot] = (await chain.nodes[0]?.snapshots.list()) ?? [];
    return snapshot ?? expect.fail("no snapshot");
  }

  it("begins at a snapshot, goes on by block sync, and has the same chain from there", async () => {
    const { node } = await chain.join("late");
    const restored = BigInt(node.kernel.info().lastBlockHeight);
    const base = node.engine.earliestHeight();
    expect(restored > 0n && base > 8n).to.equal(true);
    expect(node.engine.block(toHeight(base - 1n)), "no block before").to.equal(undefined);
    const top = (chain.nodes[0]?.engine.latestHeight() ?? 0n) + 3n;
    await chain.reach(top, [...chain.nodes, node]);
    await expectSameChain(node, base, top);
    await node.stop();
  });

  it("gets past peers that lie about snapshots and chunks, and makes them pay", async () => {
    const good = await newest();
    const bomb: Snapshot = { ...good, chunks: 4_000_000_000 };
    const metadata = encodeMetadata({ ...decodeMetadata(good.metadata), chunkHashes: [good.hash] });
    const other: Snapshot = { ...good, chunks: 1, metadata, hash: sha256(metadata) };
    const ancient: Snapshot = { ...good, height: toHeight(1n) };
    const torn: Snapshot = { ...good, hash: sha256(good.hash) };
    const liar = await badPeer("liar", () => [good], () => Promise.resolve(new Uint8Array(1_000)));
    const dreamer = await badPeer("dreamer", () => [{ ...good, height: toHeight(1_000_000n) }, other, ancient], () => Promise.resolve(new Uint8Array(9)));
    const bomber = await badPeer("bomber", () => [bomb], () => Promise.resolve(new Uint8Array(9)));
    const forger = await badPeer("forger", () => [torn], () => Promise.resolve(new Uint8Array(9)));
    const flooder = await badPeer("flooder", () => Array<Snapshot>(50).fill(good), () => Promise.resolve(new Uint8Array(9)));
    const mute = await badPeer("mute", () => [good], () => Promise.reject(new EdgeFailure("timeout", "no answer in time")));
    const { node, joining } = await chain.join("past-liars");
    const paid = new Set(joining.penalties.map((p) => p.peer));
    expect([...paid].filter((id) => ["bomber", "liar", "forger", "flooder"].includes(id)).toSorted()).to.deep.equal(["bomber", "flooder", "forger", "liar"]);
    expect([...paid].some((id) => id.startsWith("peer")), "nobody honest pays").to.equal(false);
    for (const peer of [liar, bomber, dreamer, forger, flooder, mute]) await peer.stop();
    await node.stop();
  });

  it("leaves out snapshots below the trusted header, and does not blame the servers for them", async () => {
    const trust = chain.trust(1_000_000n);
    const stop = new AbortController();
    const warned: string[] = [];
    const warn = (text: string): void => {
      if (warned.push(text) > 1) stop.abort();
    };
    const log = { ...silentLogger(), warn };
    expect((await failureOf(chain.restore("too-new", { trust, signal: stop.signal, log }))).code).to.equal("aborted");
    expect(new Set(warned)).to.deep.equal(new Set(["snapshots below statesync.trust_height are left out"]));
  });

  it("waits while every peer is gone, and goes on from the chunk where it was", async () => {
    const applied: number[] = [];
    const gone: string[] = [];
    const { node } = await chain.join("patient", {
      onChunk: (index) => {
        applied.push(index);
        if (index !== 1) return;
        for (const { p2p } of chain.nodes) {
          gone.push(p2p.selfId);
          p2p.isRunning = false;
        }
        setTimeout(() => {
          for (const { p2p } of chain.nodes) p2p.isRunning = true;
        }, 700);
      },
    });
    expect(gone.length).to.equal(3);
    expect(applied).to.deep.equal(applied.map((_, i) => i));
    await node.stop();
  });

  it("goes on after a stop with the chunks that it lacks", async () => {
    const stop = new AbortController();
    const first: number[] = [];
    const stopped = chain.restore("stopped", {
      signal: stop.signal,
      onChunk: (index) => {
        first.push(index);
        if (index === 2) stop.abort();
      },
    });
    expect((await failureOf(stopped)).code).to.equal("aborted");
    const second: number[] = [];
    const { node } = await chain.join("stopped", { onChunk: (index) => void second.push(index) });
    const reached = first.at(-1) ?? -1;
    expect(second[0], "the chunk after the last applied one").to.be.oneOf([reached, reached + 1]);
    await node.stop();
  });

  describe("with RPC servers that lie", () => {
    it("does without one that shows another header", async () => {
      const doors = chain.doors();
      const [first, ...others] = doors;
      if (first === undefined) return expect.fail();
      const liar = lyingDoor(first, (method, answer) => {
        const signed = answer["signed_header"] as { header: { app_hash: string; height: string } } | undefined;
        if (method === "commit" && signed !== undefined && signed.header.height !== "2") signed.header.app_hash = "AB".repeat(32);
        return answer;
      });
      const { node } = await chain.join("past-forger", { doors: [liar, ...others] });
      await node.stop();
    });

    it("does without one whose priorities do not follow by the rules", async () => {
      const [first, ...others] = chain.doors();
      if (first === undefined) return expect.fail();
      const liar = lyingDoor(first, (method, answer) => {
        if (method !== "validators") return answer;
        for (const v of answer["validators"] as { proposer_priority: string }[]) v.proposer_priority = "0";
        return answer;
      });
      const { node } = await chain.join("past-rotator", { doors: [liar, ...others] });
      const top = (chain.nodes[0]?.engine.latestHeight() ?? 0n) + 2n;
      await chain.reach(top, [node]);
      await node.stop();
    });

    it("stops where two name different priorities that both follow by the rules: nothing can tell which one lies", async () => {
      const [first, ...others] = chain.doors();
      if (first === undefined) return expect.fail();
      const liar = lyingDoor(first, (method, answer) => {
        if (method !== "validators") return answer;
        const [a, b] = answer["validators"] as { proposer_priority: string }[];
        if (a === undefined || b === undefined) return answer;
        a.proposer_priority = String(Number(a.proposer_priority) + 1);
        b.proposer_priority = String(Number(b.proposer_priority) - 1);
        return answer;
      });
      const failure = await failureOf(chain.restore("split", { doors: [liar, ...others] }));
      expect(failure.code).to.equal("malformed");
      expect(failure.message).to.contain("proposer priorities");
    });

    it("stops where only one is left that can be trusted", async () => {
      const [first, second] = chain.doors();
      if (first === undefined || second === undefined) return expect.fail();
      const elsewhere = lyingDoor(first, (method, answer) => {
        const signed = answer["signed_header"] as { header: { chain_id: string } } | undefined;
        if (method === "commit" && signed !== undefined) signed.header.chain_id = "another";
        return answer;
      });
      expect((await failureOf(chain.restore("alone", { doors: [elsewhere, second] }))).code).to.equal("malformed");
      const wrong = { height: 2n, hash: new Uint8Array(32) };
      expect((await failureOf(chain.restore("wrong-trust", { trust: wrong }))).code).to.equal("malformed");
      expect((await failureOf(chain.restore("one", { doors: [first] }))).code).to.equal("config");
    });
  });
});
