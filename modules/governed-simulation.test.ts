import { expect } from "chai";
import { BLOCK_FACTORIES } from "../chain/testkit/app-simulation/factories.js";
import { createGovernors, governedModules, withQuickGovernance } from "../chain/testkit/app-simulation/governors.js";
import { runSimulation } from "../chain/testkit/app-simulation/run.js";

describe("the whole application while governance changes every parameter", function () {
  this.timeout(600_000);

  it("has parameters of every module under governance", () => {
    const names = governedModules().map((g) => g.name);
    for (const name of ["auth", "bank", "staking", "slashing", "distribution", "mint", "datanet", "modelfactory", "openlora"])
      expect(names, name).to.include(name);
    expect(names).to.include("attribution").and.to.include("attest");
  });

  it("keeps every invariant, and no block's begin or end refuses what governance has decided", () => {
    const list = governedModules();
    const reached = new Set<string>();
    let passed = 0;
    for (let seed = 21; seed < 24; seed++) {
      const { factories, proposed } = createGovernors(list);
      const modules = [factories, factories, factories, ...BLOCK_FACTORIES];
      const { chain } = runSimulation({ seed, blocks: 100, factories: modules, prepare: withQuickGovernance });
      for (const name of proposed) reached.add(name);
      const state = chain.app.exportGenesis() as { gov: { proposals: { status: string }[] } };
      passed += state.gov.proposals.filter((p) => p.status === "PROPOSAL_STATUS_PASSED").length;
    }
    expect(passed).to.be.greaterThan(10);
    expect([...reached].sort()).to.deep.equal(list.map((g) => g.name).sort());
  });
});
