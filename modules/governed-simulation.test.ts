import { expect } from "chai";
import { BLOCK_FACTORIES } from "../chain/testkit/app-simulation/factories.js";
import { ACTS, createGovernors, governedModules, withQuickGovernance } from "../chain/testkit/app-simulation/governors.js";
import { runSimulation } from "../chain/testkit/app-simulation/run.js";
import { checkExport, createCoverage, soak } from "../chain/testkit/app-simulation/soak.js";

describe("the whole application while governance changes every parameter", function () {
  // A minute on an idle machine, several on a busy one.
  this.timeout(900_000);

  it("has parameters of every module under governance", () => {
    const names = governedModules().map((g) => g.name);
    for (const name of ["auth", "bank", "staking", "slashing", "distribution", "gov", "mint", "datanet", "modelfactory", "openlora"])
      expect(names, name).to.include(name);
    expect(names).to.include("attribution").and.to.include("attest");
  });

  it("keeps every invariant, no block's begin or end refuses what governance has decided, and everything that only governance may do is done", () => {
    const acts = [...governedModules(), ...ACTS];
    const coverage = createCoverage();
    for (let seed = 21; seed < 24; seed++) {
      const { factories, around } = createGovernors(acts, 7 * seed);
      const report = runSimulation({ seed, blocks: 130, factories: [factories, factories, factories, ...BLOCK_FACTORIES], around, prepare: withQuickGovernance });
      checkExport(report);
      coverage.add(report);
    }
    const undone = acts.map((a) => a.typeUrl).filter((typeUrl) => !coverage.succeeded.has(typeUrl));
    expect(undone).to.deep.equal([]);
    const failed = acts.filter(({ typeUrl }) => (coverage.sent.get(typeUrl) ?? 0) > (coverage.succeeded.get(typeUrl) ?? 0));
    expect(failed.length, "and some of it was no good").to.be.greaterThan(0);
  });
});

describe("stories of the soak that chance alone never tells", function () {
  this.timeout(900_000);

  it("pay that was held back is voided by a proposal", () => {
    const { succeeded } = soak(3, 150);
    expect(succeeded.get("/openledger.emission.v1.MsgVoidAllocations")).to.be.greaterThan(0);
  });

  it("a dispute goes on to its last step, whose state the challenger hands over", () => {
    const { succeeded } = soak(4, 150);
    expect(succeeded.get("/openledger.modelfactory.v1.MsgProvideState")).to.be.greaterThan(0);
  });
});
