import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS, consensusParamsHash } from "../../chain/block/index.js";
import { equalBytes, toHeight, toHex } from "../../chain/primitives/index.js";
import { Cluster, FAST, txOf, until } from "./testkit/cluster.js";
import type { ClusterNode } from "./testkit/cluster.js";

const POWERS = [10n, 10n, 10n, 10n];
const LIMIT = 40_000n;

/** The height of the block that holds a transaction of this sender. */
async function heightOf(nodes: readonly ClusterNode[], sender: string): Promise<bigint> {
  const [node] = nodes as [ClusterNode];
  const text = Buffer.from(txOf(sender, 0, "").slice(0, -1)).toString();
  const find = (): bigint | undefined => {
    for (let h = 1n; h <= node.engine.latestHeight(); h++) {
      const txs = node.engine.block(toHeight(h))?.block.txs ?? [];
      if (txs.some((tx) => Buffer.from(tx).toString().startsWith(text))) return h;
    }
    return undefined;
  };
  await until(`a transaction of ${sender}`, () => find() !== undefined);
  return find() as bigint;
}

describe("limits that the application changes", function () {
  this.timeout(90_000);
  let cluster: Cluster;
  afterEach(() => cluster.stopAll());

  const submit = async (i: number, tx: Uint8Array): Promise<void> => {
    expect((await cluster.node(i).engine.pool.submit(tx)).kind).to.equal("checked");
  };

  it("bind blocks from the next height on: headers name them, and no block is larger", async () => {
    cluster = new Cluster(POWERS);
    await cluster.startAll(4);
    await cluster.reach(2n);
    await submit(0, txOf("governor", 0, `limits:${LIMIT}:1`));
    const changed = await heightOf(cluster.nodes, "governor");
    for (let i = 0; i < 24; i++) await submit(i % 4, txOf(`big${i}`, 0, "x".repeat(8_000)));
    await until("everything is in", () => cluster.nodes.every((n) => n.app.applied === 25n));
    await cluster.reach(changed + 3n);
    cluster.expectAgreement();
    const { engine } = cluster.node(1);
    const params = (height: bigint) => engine.consensusParams(toHeight(height));
    expect(params(changed)?.block.maxBytes).to.equal(DEFAULT_CONSENSUS_PARAMS.block.maxBytes);
    expect(params(changed + 1n)).to.deep.include({ block: { maxBytes: LIMIT, maxGas: -1n }, version: { app: 1n } });
    for (let h = 1n; h <= engine.latestHeight(); h++) {
      const stored = engine.block(toHeight(h));
      const now = params(h);
      if (stored === undefined || now === undefined) return expect.fail(`height ${h}`);
      expect(toHex(stored.block.header.consensusHash), `consensus hash at ${h}`).to.equal(toHex(consensusParamsHash(now)));
      expect(equalBytes(stored.block.header.consensusHash, consensusParamsHash(DEFAULT_CONSENSUS_PARAMS))).to.equal(h <= changed);
      expect(stored.block.header.appVersion).to.equal(1n);
      if (h > changed) expect(stored.size, `size at ${h}`).to.be.at.most(Number(LIMIT));
    }
  });

  it("let votes carry extensions from the height they name, across the restart of a node", async () => {
    cluster = new Cluster(POWERS, FAST, 0n);
    await cluster.startAll(4);
    await cluster.reach(2n);
    const from = cluster.node(0).engine.latestHeight() + 12n;
    await submit(0, txOf("governor", 0, `limits:22020096:${from}`));
    expect((await heightOf(cluster.nodes, "governor")) < from, "in time").to.equal(true);
    await cluster.stop(2);
    await cluster.reach(from - 2n);
    await cluster.start(2);
    await cluster.reach(from + 4n);
    cluster.expectAgreement();
    for (const { engine } of cluster.nodes) {
      for (let h = from - 2n; h < from + 3n; h++) {
        const signatures = engine.extendedCommit(toHeight(h))?.signatures ?? [];
        const isExtended = signatures.some((s) => s.extension.length > 0);
        if (signatures.length > 0) expect(isExtended, `height ${h}`).to.equal(h >= from);
      }
    }
  });
});
