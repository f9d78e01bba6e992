import { createModules } from "../../../modules/app.js";
import { factories as emissions } from "../../../modules/emission/simulate.js";
import { silentSource } from "../../attest/index.js";
import { Fault, utf8 } from "../../primitives/index.js";
import { sha256 } from "../../crypto/index.js";
import { equalBytes } from "../../primitives/index.js";
import { checkInvariants, createTestChain } from "../chain.js";
import { VOTING_PARAMS } from "../voting-chain.js";
import { ALL_FACTORIES, BLOCK_FACTORIES, STORY_FACTORIES } from "./factories.js";
import { QUICKER, createGovernors, governedModules, withQuickGovernance } from "./governors.js";
import { runSimulation } from "./run.js";
import type { Simulation, SimulationReport, State } from "./run.js";

/** Seeds of the whole application one after the other, of four kinds, each checked at its end. */

/** In turn: defaults, drawn parameters, governance that changes them, emission in short epochs, and training with short windows. */
export const SOAK_KINDS = ["plain", "drawn", "governed", "paid", "story"] as const;
export type SoakKind = (typeof SOAK_KINDS)[number];

export function kindOf(seed: number): SoakKind {
  return SOAK_KINDS[seed % SOAK_KINDS.length] ?? "plain";
}

/** Emission is on from the first block, in short epochs. */
export function withEmission(state: State): State {
  const { modules } = createModules(silentSource);
  const defaults = modules.find((m) => m.name === "emission")?.genesis.defaults() as State[string];
  const weights = [1, 2, 3].map((id) => ({ datanet_id: id.toString(), weight: id }));
  const params = { ...(defaults["params"] as object), epoch_blocks: "12", amount: "1000003", hold_epochs: 1, max_per_mib: "1000000000", weights };
  return { ...state, emission: { ...defaults, params } };
}

/** Jobs, disputes and answers that come to their ends within a run. */
function withShortWindows(state: State): State {
  const { modules } = createModules(silentSource);
  const shortened = (name: string, change: object): State[string] => {
    const defaults = modules.find((m) => m.name === name)?.genesis.defaults() as State[string];
    return { ...defaults, ...state[name], params: { ...(defaults["params"] as object), ...change } };
  };
  const windows = { dispute_window: 15, dispute_move_period: 15, replay_sample_ppm: 200_000 };
  return { ...state, modelfactory: shortened("modelfactory", windows), attribution: shortened("attribution", { dispute_window: 15 }) };
}

function simulationOf(seed: number, blocks: number): Simulation {
  const base = { seed, blocks, factories: ALL_FACTORIES, takesTurns: true };
  switch (kindOf(seed)) {
    case "plain":
      return base;
    case "drawn":
      return { ...base, drawsParams: true };
    case "governed": {
      const { factories } = createGovernors(governedModules(), 7 * seed);
      return { ...base, factories: [factories, factories, factories, ...BLOCK_FACTORIES], prepare: (state) => withQuickGovernance(state, QUICKER) };
    }
    case "story":
      return { ...base, factories: STORY_FACTORIES, prepare: withShortWindows };
    case "paid":
      return { ...base, factories: [emissions, ...BLOCK_FACTORIES], prepare: withEmission };
  }
}

function hashOf(state: unknown): Uint8Array {
  return sha256(utf8(JSON.stringify(state)));
}

/** @throws Fault when the export of the import is not what was imported, or an invariant does not hold there. */
export function checkExport({ chain }: Pick<SimulationReport, "chain">): void {
  const { modules, accounts, fees, attest } = createModules(silentSource);
  const appState = chain.app.exportGenesis();
  const copy = createTestChain({ modules, accounts, fees, attest, appState, params: VOTING_PARAMS });
  if (!equalBytes(hashOf(copy.app.exportGenesis()), hashOf(appState))) throw new Fault("the export of the import differs", {});
  checkInvariants(copy.read(), modules);
}

/** One seed from genesis to its export. @throws Fault with the sentence of what broke. */
export function soak(seed: number, blocks: number): SimulationReport {
  const report = runSimulation(simulationOf(seed, blocks));
  checkExport(report);
  return report;
}
