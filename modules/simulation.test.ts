import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import { checkInvariants, createTestChain } from "../chain/testkit/chain.js";
import { SIMULATED_KEYS, runSimulation } from "../chain/testkit/app-simulation/run.js";
import type { Factory } from "../chain/testkit/draw.js";
import { testKey } from "../chain/testkit/validators.js";
import { VOTING_PARAMS } from "../chain/testkit/voting-chain.js";
import { createModules } from "./app.js";
import { factories as attribution } from "./attribution/simulate.js";
import { factories as auth } from "./auth/simulate.js";
import { factories as authz } from "./authz/simulate.js";
import { factories as consensus } from "./consensus/simulate.js";
import { factories as datanet } from "./datanet/simulate.js";
import { factories as distribution } from "./distribution/simulate.js";
import { factories as emission } from "./emission/simulate.js";
import { factories as evidence } from "./evidence/simulate.js";
import { factories as feegrant } from "./feegrant/simulate.js";
import { factories as gov } from "./gov/simulate.js";
import { factories as mint } from "./mint/simulate.js";
import { factories as modelfactory } from "./modelfactory/simulate.js";
import { factories as openlora } from "./openlora/simulate.js";
import { factories as slashing } from "./slashing/simulate.js";
import { stakingFactories } from "./staking/simulate.js";
import { factories as token } from "./token/simulate.js";
import { factories as upgrade } from "./upgrade/simulate.js";

const staking = stakingFactories(Array.from({ length: SIMULATED_KEYS }, (_, i) => testKey(i).publicKey));
/** Of these only the way out of jail is anybody's. */
const operations = [...slashing, ...evidence, ...consensus, ...upgrade, ...mint];
const FACTORIES: readonly (readonly Factory[])[] = [token, auth, distribution, gov, staking, operations, feegrant, authz, datanet, emission, modelfactory, openlora, attribution];

describe("the whole application under random messages", function () {
  // Hundreds of blocks, each with every invariant: a minute on an idle machine, several on a busy one.
  this.timeout(900_000);

  it("makes the same blocks in five runs of a seed", () => {
    const [first, ...others] = Array.from({ length: 5 }, () => runSimulation({ seed: 1, blocks: 40, factories: FACTORIES }).appHashes);
    for (const other of others) expect(other).to.deep.equal(first);
    expect(runSimulation({ seed: 2, blocks: 40, factories: FACTORIES }).appHashes).not.to.deep.equal(first);
  });

  it("keeps every invariant under any parameters that the modules allow, and its export can be started from", () => {
    for (let seed = 11; seed < 15; seed++) {
      const { chain } = runSimulation({ seed, blocks: 80, factories: FACTORIES, drawsParams: true });
      const { modules, accounts, fees, attest } = createModules(silentSource);
      const appState = chain.app.exportGenesis();
      const copy = createTestChain({ modules, accounts, fees, attest, appState, params: VOTING_PARAMS });
      expect(copy.app.exportGenesis(), `seed ${seed}`).to.deep.equal(appState);
      checkInvariants(copy.read(), modules);
    }
  });
});
