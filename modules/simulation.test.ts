import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import { checkInvariants, createTestChain } from "../chain/testkit/chain.js";
import { ALL_FACTORIES } from "../chain/testkit/app-simulation/factories.js";
import { runSimulation } from "../chain/testkit/app-simulation/run.js";
import { VOTING_PARAMS } from "../chain/testkit/voting-chain.js";
import { createModules } from "./app.js";

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
      const { chain } = runSimulation({ seed, blocks: 80, factories: ALL_FACTORIES, drawsParams: true });
      const { modules, accounts, fees, attest } = createModules(silentSource);
      const appState = chain.app.exportGenesis();
      const copy = createTestChain({ modules, accounts, fees, attest, appState, params: VOTING_PARAMS });
      expect(copy.app.exportGenesis(), `seed ${seed}`).to.deep.equal(appState);
      checkInvariants(copy.read(), modules);
    }
  });
});
