import type { InitChainRequest, InitChainResponse } from "../abci/index.js";
import { parseJsonBytes } from "../codec/index.js";
import { sha256 } from "../crypto/index.js";
import { EMPTY_BYTES, Fault, toHeight } from "../primitives/index.js";
import { createMultiBranch } from "../store/index.js";
import type { Stores } from "../store/index.js";
import { initConsensusState } from "./consensus-state.js";
import { blockContext } from "./context-factory.js";
import type { BlockInfo, ReadContext } from "./context.js";
import type { Module } from "./module.js";
import { mergeValidatorUpdates, sameValidators } from "./validator-updates.js";

/** A genesis document may be large, but not without bound. */
const MAX_GENESIS_BYTES = 256 * 1024 * 1024;

function parseAppState(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.length === 0) return {};
  const json = parseJsonBytes(bytes, MAX_GENESIS_BYTES);
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new Fault("app_state is not an object");
  return json as Readonly<Record<string, unknown>>;
}

function checkNames(appState: Readonly<Record<string, unknown>>, modules: readonly Module[]): void {
  const known = new Set(modules.map((m) => m.name));
  // eslint-disable-next-line determinism/core -- refuses unknown names; order decides nothing
  for (const name of Object.keys(appState)) {
    if (!known.has(name))
      throw new Fault("app_state names a module that this program does not have", { name });
  }
}

/**
 * Genesis by module, in order, into the working version. A module that app_state leaves out starts from its defaults.
 * The app hash is SHA-256 of nothing, since nothing is committed yet (the SDK's rule, cosmos-formats.md §3.3).
 *
 * @throws Fault when the document is not of this chain; Reject when it breaks a module's rules. Either halts the node.
 */
export function runGenesis(
  request: InitChainRequest,
  modules: readonly Module[],
  stores: Stores,
): InitChainResponse {
  const appState = parseAppState(request.appState);
  checkNames(appState, modules);
  const height = toHeight(request.initialHeight > 0n ? request.initialHeight - 1n : 0n);
  const branch = createMultiBranch(stores);
  const { chainId, time } = request;
  initConsensusState(branch, { chainId, params: request.consensusParams, time, height });
  const block: BlockInfo = { chainId, height: toHeight(0n), time, proposer: EMPTY_BYTES, hash: EMPTY_BYTES };
  const ctx = blockContext(branch, block, []);
  const lists = modules.map((m) => m.genesis.init(ctx, appState[m.name] ?? m.genesis.defaults()));
  const validators = mergeValidatorUpdates(lists);
  if (
    request.validators.length > 0 &&
    validators.length > 0 &&
    !sameValidators(request.validators, validators)
  ) {
    throw new Fault("validators of the genesis document differ from those of app_state");
  }
  branch.flush();
  return { consensusParams: null, validators, appHash: sha256(EMPTY_BYTES) };
}

/** app_state of a committed version: importing it gives the same state. */
export function exportGenesis(
  ctx: ReadContext,
  modules: readonly Module[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(modules.map((m) => [m.name, m.genesis.export(ctx)]));
}
