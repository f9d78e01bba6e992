import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { toHeight } from "../../chain/primitives/index.js";
import { createMemoryKv } from "../../chain/store/index.js";
import { FAIL_POINTS } from "./failpoint.js";
import type { FailPointName } from "./failpoint.js";
import { Cluster, txOf, until } from "./testkit/cluster.js";
import type { ClusterNode } from "./testkit/cluster.js";

/** Dies at the `times`-th visit of a place, like a process that is killed there. */
class Crash extends Error {}

function crashAt(name: FailPointName, times: number): (visited: FailPointName) => void {
  let left = times;
  return (visited) => {
    if (visited === name && --left === 0) throw new Crash(name);
  };
}

describe("a validator that dies", function () {
  this.timeout(90_000);
  let cluster: Cluster;

  beforeEach(() => {
    cluster = new Cluster();
  });

  afterEach(() => cluster.stopAll());

  async function dieAndReturn(node: ClusterNode): Promise<void> {
    await until("the crash", () => node.fatal instanceof Crash);
    await cluster.stop(node.index);
    const from = cluster.node(0).engine.latestHeight();
    await cluster.start(node.index);
    await cluster.reach(from + 3n);
    cluster.expectAgreement();
  }

  for (const name of FAIL_POINTS) {
    it(`at ${name}, where others propose, comes back, agrees, and goes on`, async () => {
      await cluster.stopAll();
      cluster = new Cluster([1_000n, 1_000n, 1_000n, 1n]);
      await cluster.startAll(3);
      const node = await cluster.start(3, { failPoint: crashAt(name, 3) });
      await cluster.node(0).engine.pool.submit(txOf("alice", 0));
      await dieAndReturn(node);
      await until("the transaction", () => cluster.nodes.every((n) => n.app.applied === 1n));
      const { proposer } = cluster.node(0).engine.block(toHeight(3n))?.block.header ?? expect.fail("no block 3");
      expect(proposer).to.not.deep.equal(cluster.node(3).engine.status().validator?.address);
    });

    it(`at ${name}, where nobody else proposes, comes back and goes on from the same blocks`, async () => {
      await cluster.stopAll();
      cluster = new Cluster([10n]);
      const node = await cluster.start(0, { failPoint: crashAt(name, 3) });
      await node.engine.pool.submit(txOf("alice", 0));
      await until("the crash", () => node.fatal instanceof Crash);
      const before = Array.from({ length: Number(node.engine.latestHeight()) }, (_, h) => node.engine.block(toHeight(BigInt(h) + 1n))?.id);
      await cluster.stop(0);
      const again = await cluster.start(0);
      await cluster.reach(BigInt(before.length) + 3n);
      expect(before.map((_, h) => again.engine.block(toHeight(BigInt(h) + 1n))?.id)).to.deep.equal(before);
      expect(again.fatal).to.equal(undefined);
    });
  }

  it("in the first block comes back", async () => {
    await cluster.startAll(3);
    await dieAndReturn(await cluster.start(3, { failPoint: crashAt("apply:committed", 1) }));
  });

  it("with an application that lost everything replays all blocks", async () => {
    await cluster.startAll(4);
    await cluster.node(0).engine.pool.submit(txOf("alice", 0));
    await until("the transaction", () => cluster.nodes.every((n) => n.app.applied === 1n));
    await cluster.reach(4n);
    await cluster.stop(3);
    const node = await cluster.start(3, { wrapKv: () => createMemoryKv() });
    expect(node.app.calls.slice(0, 3)).to.deep.equal(["initChain", "finalizeBlock 1", "finalizeBlock 2"]);
    expect(node.app.applied).to.equal(1n);
    await cluster.reach(node.engine.latestHeight() + 3n);
    cluster.expectAgreement();
  });

  it("never leaves two signatures of one place in the chain's commits", async () => {
    await cluster.startAll(4);
    for (const victim of [1, 2, 3]) {
      await cluster.reach(cluster.node(0).engine.latestHeight() + 2n);
      await cluster.stop(victim);
      await cluster.start(victim);
    }
    await cluster.reach(cluster.node(0).engine.latestHeight() + 2n);
    const top = cluster.node(0).engine.latestHeight();
    for (let h = 1n; h <= top; h++) {
      expect(cluster.node(0).engine.block(toHeight(h))?.block.evidence, `evidence at ${h}`).to.deep.equal([]);
    }
    const state: unknown = JSON.parse(
      readFileSync(join(cluster.dataDir(1), "priv_validator_state.json"), "utf8"),
    );
    expect(state).to.have.property("height");
  });
});

describe("all validators that die at once", function () {
  this.timeout(90_000);

  it("resume from their logs and stores", async () => {
    const cluster = new Cluster();
    try {
      await cluster.startAll(4);
      await cluster.reach(3n);
      for (const i of [0, 1, 2, 3]) await cluster.stop(i);
      await cluster.startAll(4);
      const height = cluster.node(0).engine.latestHeight();
      expect(height >= 3n).to.equal(true);
      await cluster.reach(height + 3n);
      cluster.expectAgreement();
    } finally {
      await cluster.stopAll();
    }
  });
});
