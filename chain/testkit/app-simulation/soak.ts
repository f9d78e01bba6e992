import { createModules } from "../../../modules/app.js";
import { factories as emissions } from "../../../modules/emission/simulate.js";
import { silentSource } from "../../attest/index.js";
import { Fault, utf8 } from "../../primitives/index.js";
import { sha256 } from "../../crypto/index.js";
import { equalBytes } from "../../primitives/index.js";
import { checkInvariants, createTestChain } from "../chain.js";
import { VOTING_PARAMS } from "../voting-chain.js";
import { ALL_FACTORIES, BLOCK_FACTORIES } from "./factories.js";
import { createGovernors, governedModules, withQuickGovernance } from "./governors.js";
import { runSimulation } from "./run.js";
import type { Simulation, SimulationReport, State } from "./run.js";

/** Seeds of the whole application one after the other, of four kinds, each checked at its end. */

/** In turn: defaults, drawn parameters, governance that changes them, and emission in short epochs. */
export const SOAK_KINDS = ["plain", "drawn", "governed", "paid"] as const;
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

function simulationOf(seed: number, blocks: number): Simulation {
  const base = { seed, blocks, factories: ALL_FACTORIES };
  switch (kindOf(seed)) {
    case "plain":
      return base;
    case "drawn":
      return { ...base, drawsParams: true };
    case "governed": {
      const { factories } = createGovernors(governedModules(), true);
      return { ...base, factories: [factories, factories, factories, ...BLOCK_FACTORIES], prepare: withQuickGovernance };
    }
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
