import { expect } from "chai";
import { toHeight } from "../../chain/primitives/index.js";
import { Cluster, txOf, until } from "./testkit/cluster.js";

describe("four engines in one process", function () {
  this.timeout(120_000);
  let cluster: Cluster;

  beforeEach(() => {
    cluster = new Cluster();
  });

  afterEach(() => cluster.stopAll());

  it("commit empty blocks at the pace of the commit timeout and agree on each", async () => {
    await cluster.startAll(4);
    await cluster.reach(5n);
    cluster.expectAgreement();
  });

  it("commit a transaction that one of them was given, on all", async () => {
    await cluster.startAll(4);
    await cluster.reach(1n);
    const answer = await cluster.node(2).engine.pool.submit(txOf("alice", 0));
    expect(answer.kind).to.equal("checked");
    for (let i = 1; i < 20; i++) await cluster.node(i % 4).engine.pool.submit(txOf(`s${i}`, 0));
    await until("20 transactions everywhere", () => cluster.nodes.every((n) => n.app.applied === 20n));
    cluster.expectAgreement();
  });

  it("go on without one of them, which catches up when it is back", async () => {
    await cluster.startAll(4);
    await cluster.reach(3n);
    await cluster.stop(1);
    const from = cluster.node(0).engine.latestHeight();
    await cluster.reach(from + 4n);
    await cluster.start(1);
    await cluster.reach(from + 8n);
    cluster.expectAgreement();
    expect(cluster.node(1).engine.block(toHeight(from + 2n))).to.not.equal(undefined);
  });
});
