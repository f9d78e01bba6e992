import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import { SIMULATED_KEYS, runSimulation } from "../chain/testkit/app-simulation/run.js";
import type { State } from "../chain/testkit/app-simulation/run.js";
import type { Factory } from "../chain/testkit/draw.js";
import { checkInvariants, createTestChain } from "../chain/testkit/chain.js";
import { testKey } from "../chain/testkit/validators.js";
import { VOTING_PARAMS } from "../chain/testkit/voting-chain.js";
import { createModules } from "./app.js";
import { factories as datanet } from "./datanet/simulate.js";
import { factories as distribution } from "./distribution/simulate.js";
import { factories as emission } from "./emission/simulate.js";
import { stakingFactories } from "./staking/simulate.js";

const staking = stakingFactories(Array.from({ length: SIMULATED_KEYS }, (_, i) => testKey(i).publicKey));
const FACTORIES: readonly (readonly Factory[])[] = [datanet, datanet, emission, distribution, staking];

/** Emission is on from the first block, in short epochs. */
function withEmission(state: State): State {
  const { modules } = createModules(silentSource);
  const defaults = modules.find((m) => m.name === "emission")?.genesis.defaults() as State[string];
  const weights = [1, 2, 3].map((id) => ({ datanet_id: id.toString(), weight: id }));
  const params = { ...(defaults["params"] as object), epoch_blocks: "12", amount: "1000003", hold_epochs: 1, max_per_mib: "1000000000", weights };
  return { ...state, emission: { ...defaults, params } };
}

const run = (seed: number, blocks: number) => runSimulation({ seed, blocks, factories: FACTORIES, prepare: withEmission });

describe("the whole application while data and stake are paid", () => {
  it("keeps every invariant, pays claims, and can be started from its export", () => {
    const succeeded = new Map<string, number>();
    for (let seed = 31; seed < 33; seed++) {
      const report = run(seed, 80);
      for (const [action, count] of report.succeeded) succeeded.set(action, (succeeded.get(action) ?? 0) + count);
      const { modules, accounts, fees, attest } = createModules(silentSource);
      const appState = report.chain.app.exportGenesis();
      const copy = createTestChain({ modules, accounts, fees, attest, appState, params: VOTING_PARAMS });
      expect(copy.app.exportGenesis(), `seed ${seed}`).to.deep.equal(appState);
      checkInvariants(copy.read(), modules);
    }
    const paid = ["/openledger.emission.v1.MsgClaimEmission", "WithdrawDelegatorReward", "WithdrawValidatorCommission", "FundCommunityPool"];
    for (const name of paid) expect([...succeeded.keys()].some((url) => url.endsWith(name)), name).to.equal(true);
  }).timeout(600_000);

  it("makes the same blocks in two runs of a seed", () => {
    expect(run(35, 30).appHashes).to.deep.equal(run(35, 30).appHashes);
  }).timeout(600_000);
});
