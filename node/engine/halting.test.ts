import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Cluster, FAST } from "./testkit/cluster.js";

describe("a chain with a halt height", function () {
  this.timeout(120_000);

  it("stands there on every node, and no validator has signed anything above", async () => {
    const cluster = new Cluster([10n, 10n, 10n, 10n], { ...FAST, haltHeight: 4n });
    try {
      await cluster.startAll(4);
      await cluster.reach(4n);
      const dirs = cluster.nodes.map(({ index }) => cluster.dataDir(index));
      await new Promise((resolve) => setTimeout(resolve, 3 * FAST.propose.baseMs));
      expect(cluster.nodes.map(({ engine }) => engine.latestHeight())).to.deep.equal([4n, 4n, 4n, 4n]);
      for (const dir of dirs) {
        const path = join(dir, "priv_validator_state.json");
        expect(existsSync(path)).to.equal(true);
        expect((JSON.parse(readFileSync(path, "utf8")) as { height: string }).height).to.equal("4");
      }
    } finally {
      await cluster.stopAll();
    }
  });
});
