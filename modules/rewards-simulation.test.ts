import { expect } from "chai";
import { STAKING_FACTORIES } from "../chain/testkit/app-simulation/factories.js";
import { runSimulation } from "../chain/testkit/app-simulation/run.js";
import { checkExport, createCoverage, withEmission } from "../chain/testkit/app-simulation/soak.js";
import { factories as datanet } from "./datanet/simulate.js";
import { factories as distribution } from "./distribution/simulate.js";
import { factories as emission } from "./emission/simulate.js";

const FACTORIES = [datanet, datanet, emission, distribution, STAKING_FACTORIES];

const run = (seed: number, blocks: number) => runSimulation({ seed, blocks, factories: FACTORIES, prepare: withEmission });

describe("the whole application while data and stake are paid", () => {
  it("keeps every invariant, pays claims, and can be started from its export", () => {
    const coverage = createCoverage();
    for (let seed = 31; seed < 33; seed++) {
      const report = run(seed, 80);
      coverage.add(report);
      checkExport(report);
    }
    const paid = ["/openledger.emission.v1.MsgClaimEmission", "WithdrawDelegatorReward", "WithdrawValidatorCommission", "FundCommunityPool"];
    for (const name of paid) expect([...coverage.succeeded.keys()].some((url) => url.endsWith(name)), name).to.equal(true);
  }).timeout(600_000);

  it("makes the same blocks in two runs of a seed", () => {
    expect(run(35, 30).appHashes).to.deep.equal(run(35, 30).appHashes);
  }).timeout(600_000);
});
