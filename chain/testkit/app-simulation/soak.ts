import { createModules } from "../../../modules/app.js";
import { MsgSubmitEvidence } from "../../../proto/gen/cosmos/evidence/v1beta1.js";
import { factories as datanets } from "../../../modules/datanet/simulate.js";
import { factories as emissions } from "../../../modules/emission/simulate.js";
import { silentSource } from "../../attest/index.js";
import { sha256 } from "../../crypto/index.js";
import { Fault, equalBytes, sortedEntries, utf8 } from "../../primitives/index.js";
import { checkInvariants, createTestChain } from "../chain.js";
import { VOTING_PARAMS } from "../voting-chain.js";
import { disputeTraining } from "../../../modules/modelfactory/simulate.js";
import { createDisputants } from "./disputants.js";
import { ALL_FACTORIES, BLOCK_FACTORIES, STORY_FACTORIES } from "./factories.js";
import { ACTS, VOID, createGovernors, defaultsOf, governedModules, withQuickGovernance } from "./governors.js";
import { runSimulation } from "./run.js";
import type { Simulation, SimulationReport, State } from "./run.js";

/** Seeds of the whole application one after the other, of five kinds, each checked at its end, and what messages they covered. */

/** In turn: defaults, drawn parameters, governance that changes them, emission in short epochs, and training with short windows. */
export const SOAK_KINDS = ["plain", "drawn", "governed", "paid", "story"] as const;
export type SoakKind = (typeof SOAK_KINDS)[number];

export function kindOf(seed: number): SoakKind {
  return SOAK_KINDS[seed % SOAK_KINDS.length] ?? "plain";
}

/** The genesis with some parameters of a module changed. */
function withParams(state: State, name: string, change: object): State {
  const own = state[name] ?? defaultsOf(name);
  return { ...state, [name]: { ...own, params: { ...(own["params"] as object), ...change } } };
}

/** Emission is on from the first block, in short epochs, of which pay is held back for some. */
export function withEmission(state: State, holdEpochs = 1): State {
  const weights = [1, 2, 3].map((id) => ({ datanet_id: id.toString(), weight: id }));
  return withParams(state, "emission", { epoch_blocks: "12", amount: "1000003", hold_epochs: holdEpochs, max_per_mib: "1000000000", weights });
}

/** Jobs, disputes and answers that come to their ends within a run. */
function withShortWindows(state: State): State {
  const training = withParams(state, "modelfactory", { dispute_window: 15, dispute_move_period: 15, replay_sample_ppm: 200_000 });
  return withParams(training, "attribution", { dispute_window: 15 });
}

function simulationOf(seed: number, blocks: number): Simulation {
  const base = { seed, blocks, factories: ALL_FACTORIES, takesTurns: true };
  switch (kindOf(seed)) {
    case "plain":
      return base;
    case "drawn":
      return { ...base, drawsParams: true };
    case "governed": {
      const { factories, around } = createGovernors([...governedModules(), ...ACTS], 7 * seed);
      return { ...base, around, factories: [factories, factories, factories, ...BLOCK_FACTORIES], prepare: withQuickGovernance };
    }
    case "story": {
      const { factories, around } = createDisputants(disputeTraining);
      return { ...base, around, factories: [factories, ...STORY_FACTORIES], prepare: withShortWindows };
    }
    case "paid": {
      const { factories, around } = createGovernors([VOID]);
      return { ...base, around, factories: [factories, emissions, datanets, ...BLOCK_FACTORIES], prepare: (state) => withEmission(withQuickGovernance(state), 3) };
    }
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

/** Sent to see them refused, always: x/evidence takes no evidence by message, since proofs of equivocation come with blocks. */
export const REFUSED_BY_DESIGN: readonly string[] = [`/${MsgSubmitEvidence.typeName}`];

/** What messages a number of seeds covered. */
export interface Coverage {
  /** Type URL -> how many were sent, and how many of them succeeded. */
  readonly sent: ReadonlyMap<string, number>;
  readonly succeeded: ReadonlyMap<string, number>;
  add(report: Pick<SimulationReport, "sent" | "succeeded">): void;
  /** Types that should have succeeded and did not, and such as never should and did. */
  missing(): readonly string[];
}

export function createCoverage(): Coverage {
  const [sent, succeeded] = [new Map<string, number>(), new Map<string, number>()];
  const merge = (into: Map<string, number>, more: ReadonlyMap<string, number>): void => {
    for (const [key, count] of sortedEntries(more)) into.set(key, (into.get(key) ?? 0) + count);
  };
  return {
    sent,
    succeeded,
    add(report) {
      merge(sent, report.sent);
      merge(succeeded, report.succeeded);
    },
    missing: () => handledTypes().filter((t) => !sent.has(t) || succeeded.has(t) === REFUSED_BY_DESIGN.includes(t)),
  };
}

/** Type URLs of all messages of the application. */
export function handledTypes(): readonly string[] {
  return createModules(silentSource).modules.flatMap((m) => m.messages.map((r) => r.typeUrl));
}
