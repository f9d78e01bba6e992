import { expect } from "chai";
import { ALL_FACTORIES } from "../chain/testkit/app-simulation/factories.js";
import { runSimulation } from "../chain/testkit/app-simulation/run.js";
import { checkExport } from "../chain/testkit/app-simulation/soak.js";

describe("the whole application under random messages", function () {
  // Hundreds of blocks, each with every invariant: a minute on an idle machine, several on a busy one.
  this.timeout(900_000);

  it("makes the same blocks in five runs of a seed", () => {
    const [first, ...others] = Array.from({ length: 5 }, () => runSimulation({ seed: 1, blocks: 40, factories: ALL_FACTORIES }).appHashes);
    for (const other of others) expect(other).to.deep.equal(first);
    expect(runSimulation({ seed: 2, blocks: 40, factories: ALL_FACTORIES }).appHashes).not.to.deep.equal(first);
  });

  it("keeps every invariant under any parameters that the modules allow, and its export can be started from", () => {
    for (let seed = 11; seed < 15; seed++) {
      const report = runSimulation({ seed, blocks: 80, factories: ALL_FACTORIES, drawsParams: true });
      checkExport(report);
      expect(report.drawn, `seed ${seed}`).not.to.deep.equal([]);
    }
  });
});
