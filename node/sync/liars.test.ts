import { expect } from "chai";
import { decodeBlock, decodeExtendedCommit, encodeBlock, encodeExtendedCommit, toCommit, toExtendedCommit } from "../../chain/block/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import { BlocksRequest, BlocksResponse } from "../../proto/gen/openledger/engine/v1.js";
import type { SyncBlock } from "../../proto/gen/openledger/engine/v1.js";
import { Cluster, FAST, until } from "../engine/testkit/cluster.js";
import type { ClusterNode } from "../engine/testkit/cluster.js";
import type { MemoryNode } from "../engine/testkit/memory-net.js";
import { encodeMessage } from "../engine/wire.js";
import { EdgeFailure } from "../errors.js";

type Answer = (honest: (height: bigint) => SyncBlock | undefined, height: bigint, count: number) => Uint8Array | Promise<Uint8Array>;

const encode = (blocks: readonly (SyncBlock | undefined)[]): Uint8Array =>
  BlocksResponse.encode({ blocks: blocks.filter((b) => b !== undefined) });

/** What each liar makes of an honest block. */
function withCommit(block: SyncBlock | undefined, change: (commit: ReturnType<typeof decodeExtendedCommit>) => ReturnType<typeof decodeExtendedCommit>): SyncBlock | undefined {
  return block && { ...block, commit: encodeExtendedCommit(change(decodeExtendedCommit(block.commit))) };
}

const LIARS: Readonly<Record<string, Answer>> = {
  "sends another block under the right commit": (honest, h) => {
    const [one, other] = [honest(h), honest(h === 1n ? 2n : h - 1n)];
    return encode([one && other && { block: other.block, commit: one.commit }]);
  },
  "forges the signatures": (honest, h) =>
    encode([withCommit(honest(h), (c) => ({ ...c, signatures: c.signatures.map((s) => ({ ...s, signature: new Uint8Array(64) })) }))]),
  "sends commits without extensions": (honest, h) => encode([withCommit(honest(h), (c) => toExtendedCommit(toCommit(c)))]),
  "changes extensions": (honest, h) =>
    encode([withCommit(honest(h), (c) => ({ ...c, signatures: c.signatures.map((s) => (s.flag === "commit" ? { ...s, extension: new Uint8Array(3) } : s)) }))]),
  "changes a transaction's block": (honest, h) => {
    const block = honest(h);
    if (block === undefined) return encode([]);
    const { header, ...rest } = decodeBlock(block.block);
    return encode([{ ...block, block: encodeBlock({ ...rest, header: { ...header, appHash: new Uint8Array(32) } }) }]);
  },
  "sends more than was asked for": (honest, h, count) => encode(Array.from({ length: count + 1 }, () => honest(h))),
  "sends nothing": () => encode([]),
  "sends bytes": () => Uint8Array.of(0xff, 0x01, 0x02),
  "is silent": () => new Promise((_, reject) => setTimeout(() => reject(new EdgeFailure("timeout", "silence")), 700).unref()),
};

describe("a node that synchronizes among liars", function () {
  this.timeout(120_000);
  let cluster: Cluster;
  const strangers: MemoryNode[] = [];
  const timers: NodeJS.Timeout[] = [];

  beforeEach(async () => {
    cluster = new Cluster([10n], { ...FAST, commitMs: 5 });
    await cluster.start(0);
    await cluster.reach(30n);
  });
  afterEach(async () => {
    for (const timer of timers.splice(0)) clearInterval(timer);
    for (const one of strangers.splice(0)) await one.stop();
    await cluster.stopAll();
  });

  function honest(height: bigint): SyncBlock | undefined {
    const { engine } = cluster.node(0);
    const stored = engine.block(toHeight(height));
    const commit = engine.extendedCommit(toHeight(height));
    return stored && commit && { block: encodeBlock(stored.block), commit: encodeExtendedCommit(commit) };
  }

  /** Claims heights to everybody, 50 times a second, and answers as told. */
  async function stranger(name: string, claims: () => bigint, answer: Answer): Promise<MemoryNode> {
    const node = cluster.net.create(name);
    strangers.push(node);
    const channel = node.channel("consensus", { maxBytes: 1e6, priority: "consensus", queue: { maxMessages: 9, maxBytes: 1e6 }, onMessage: () => "ignore" });
    node.requests("sync", {
      ...{ maxRequestBytes: 64, maxResponseBytes: 1e7, timeoutMs: 1_000, concurrency: 4 },
      handler: async (_peer, bytes) => {
        const { height, count } = BlocksRequest.decode(bytes);
        return answer(honest, height, count);
      },
    });
    await node.start();
    const timer = setInterval(() => {
      const summary = { height: toHeight(claims()), round: 0, step: "propose" as const, hasProposal: false, rounds: [] };
      channel.broadcast(encodeMessage({ kind: "summary", base: toHeight(1n), summary }));
    }, 20);
    timers.push(timer);
    return node;
  }

  const pointsOf = (node: ClusterNode, peer: string): number => node.p2p.penalties.filter((p) => p.peer === peer).reduce((sum, p) => sum + p.points, 0);

  it("reaches the tip with one honest peer among nine that lie or are silent, who pay, and is not told that it is behind for ever", async () => {
    for (const [name, answer] of Object.entries(LIARS)) await stranger(name, () => 1_000_000n, answer);
    const late = await cluster.start(1);
    await cluster.reach(cluster.node(0).engine.latestHeight() + 5n, [late]);
    await until("all to pay", () => Object.keys(LIARS).every((name) => pointsOf(late, name) > 0), () =>
      Object.keys(LIARS).filter((name) => pointsOf(late, name) === 0).join());
    expect(pointsOf(late, "peer0")).to.equal(0);
    await until("nobody to be believed", () => !late.engine.status().isCatchingUp);
    cluster.expectAgreement();
  });

  it("makes a proof of every block that it is lied about", async () => {
    await cluster.node(0).p2p.stop();
    // Real blocks under bare commits are none: they may be followed by others.
    const provable = Object.entries(LIARS).slice(0, 5).filter(([name]) => name !== "sends commits without extensions");
    for (const [name, answer] of provable) await stranger(name, () => 20n, answer);
    const late = await cluster.start(1);
    await until("all to pay", () => provable.every(([name]) => pointsOf(late, name) >= 50), () => late.p2p.penalties.map((p) => `${p.peer}: ${p.reason}`).join());
    expect(late.engine.latestHeight(), "no lie was believed").to.equal(0n);
    await cluster.node(0).p2p.start();
    await cluster.reach(cluster.node(0).engine.latestHeight() + 3n);
  });

  it("takes a height that shrinks for a lie at once (ASA-2025-001)", async () => {
    let height = 1_000n;
    await stranger("shrinking", () => (height > 1n ? height-- : height), () => encode([]));
    const late = await cluster.start(1);
    await until("the lie to be paid for", () => late.p2p.penalties.some((p) => p.peer === "shrinking" && p.reason === "shrinking height"));
    await cluster.reach(cluster.node(0).engine.latestHeight() + 2n, [late]);
  });

  it("waits when all peers leave in the middle, and goes on when they are back", async () => {
    await cluster.reach(60n);
    await cluster.node(0).p2p.stop();
    const late = await cluster.start(1);
    expect(late.engine.latestHeight()).to.equal(0n);
    await cluster.node(0).p2p.start();
    await until("some blocks", () => late.engine.latestHeight() > 3n);
    await cluster.node(0).p2p.stop();
    const at = late.engine.latestHeight();
    await cluster.node(0).p2p.start();
    await cluster.reach(at + 40n);
    expect(pointsOf(late, "peer0")).to.be.lessThan(50);
    cluster.expectAgreement();
  });

  it("asks a pruned peer only for what it holds, and the whole one for the rest", async () => {
    const whole = await cluster.start(1);
    await cluster.reach(80n);
    cluster.node(0).app.keepBlocks = 1n;
    await until("blocks to go", () => cluster.node(0).engine.earliestHeight() > 20n);
    const { engine } = cluster.node(0);
    const base = engine.earliestHeight();
    expect(engine.latestHeight() - base <= 64n && engine.latestHeight() - base > 50n, `${base} to ${engine.latestHeight()}`).to.equal(true);
    expect([engine.block(toHeight(base - 1n)), engine.results(toHeight(base - 1n)), engine.commit(toHeight(base - 1n))]).to.deep.equal([undefined, undefined, undefined]);
    expect(engine.status().earliest?.height).to.equal(engine.earliestHeight());
    const late = await cluster.start(2);
    await cluster.reach(whole.engine.latestHeight() + 5n);
    expect([pointsOf(late, "peer0"), pointsOf(late, "peer1")]).to.deep.equal([0, 0]);
    expect(late.engine.earliestHeight()).to.equal(1n);
    cluster.expectAgreement();
    await cluster.stop(0);
    await cluster.start(0);
    expect(cluster.node(0).engine.earliestHeight() >= base, "the base is where it was").to.equal(true);
    await cluster.reach(cluster.node(0).engine.latestHeight() + 3n);
  });
});
