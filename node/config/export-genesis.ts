/** A stopped node's state as the genesis document of a chain that goes on from it. */
import { existsSync } from "node:fs";
import { silentSource } from "../../chain/attest/index.js";
import { currentParams, lastBlock, storeNames } from "../../chain/kernel/index.js";
import type { ReadContext } from "../../chain/kernel/index.js";
import { Reject, toHeight } from "../../chain/primitives/index.js";
import { createMemoryKv, openMultiStore, storedNames } from "../../chain/store/index.js";
import type { MultiStore, ReadStores } from "../../chain/store/index.js";
import { UPGRADES, createModules, createOpenLedger } from "../../modules/app.js";
import { storeChanges } from "../../modules/upgrades.js";
import { initChainRequest } from "../engine/requests.js";
import { EdgeFailure } from "../errors.js";
import { openKv } from "../storage/index.js";
import { APP_VERSION } from "../version.js";
import { parseGenesis } from "./genesis.js";
import type { GenesisDoc } from "./genesis.js";
import { readText } from "./home.js";
import type { Home } from "./home.js";

export interface ExportOptions {
  /** 0: the last committed block. */
  readonly height: bigint;
  /** All when empty; the others then start from their defaults. */
  readonly modules: readonly string[];
}

function committed(state: MultiStore, height: bigint): ReadStores {
  const { last, earliest } = state;
  try {
    return state.at(height === 0n ? last.version : toHeight(height));
  } catch (cause) {
    if (!(cause instanceof Reject)) throw cause;
    throw new EdgeFailure("not-found", `the state after block ${height} is not kept here; there are ${earliest} to ${last.version} (keep_recent in app.toml)`, {}, cause);
  }
}

/** Who validates is what the application answers when it starts on the document: this is its proof as well. */
function withValidators(doc: GenesisDoc): GenesisDoc {
  const app = createOpenLedger({ kv: createMemoryKv(), source: silentSource, minGasPrice: { numerator: 0n, denominator: 1n }, version: APP_VERSION });
  const { validators } = app.initChain(initChainRequest(doc));
  return { ...doc, validators: validators.map(({ publicKey, power }) => ({ publicKey, power, name: "" })) };
}

function documentOf(stores: ReadStores, { modules: wanted }: ExportOptions): GenesisDoc {
  const { modules } = createModules(silentSource);
  const unknown = wanted.find((name) => !modules.some((m) => m.name === name));
  if (unknown !== undefined) throw new EdgeFailure("config", `there is no module "${unknown}"; there are ${modules.map((m) => m.name).join(", ")}`);
  const block = lastBlock(stores);
  const ctx: ReadContext = { store: (name) => stores.store(name), block };
  const chosen = modules.filter((m) => wanted.length === 0 || wanted.includes(m.name));
  const initialHeight = toHeight(block.height + 1n);
  return {
    genesisTime: block.time,
    chainId: block.chainId,
    initialHeight,
    // Extensions of the block before would be in the first block, and a genesis document carries none.
    consensusParams: { ...currentParams(stores), abci: { voteExtensionsEnableHeight: initialHeight } },
    validators: [],
    appHash: new Uint8Array(0),
    appState: Object.fromEntries(chosen.map((m) => [m.name, m.genesis.export(ctx)])),
  };
}

/** Of a home that has no block: what the application makes of its genesis document. An exported document comes out as it went in. */
function documentOfGenesis(home: Home, options: ExportOptions): GenesisDoc {
  if (!existsSync(home.genesis)) throw new EdgeFailure("not-found", `${home.dir} holds no state: no node has run there`);
  if (options.height !== 0n) throw new EdgeFailure("not-found", `the state after block ${options.height} is not kept here; no block was made in this home yet`);
  const app = createOpenLedger({ kv: createMemoryKv(), source: silentSource, minGasPrice: { numerator: 0n, denominator: 1n }, version: APP_VERSION });
  app.initChain(initChainRequest(parseGenesis(readText(home.genesis))));
  const context = app.readContext();
  return documentOf({ store: (name) => context.store(name) }, options);
}

/**
 * The document after a block. Its chain has the same id and goes on at the next height, since deadlines in the state are heights. Before the
 * first block it is that of genesis.
 *
 * @throws EdgeFailure "not-found" without state or at a height that was pruned, "storage" while a node runs on the home, "config" on
 * an unknown module.
 */
export async function exportGenesisDoc(home: Home, options: ExportOptions): Promise<GenesisDoc> {
  const doc = existsSync(home.stateDb) ? await documentOfState(home, options) : undefined;
  const found = doc ?? documentOfGenesis(home, options);
  return options.modules.length === 0 ? withValidators(found) : found;
}

/** Undefined when nothing was committed. */
async function documentOfState(home: Home, options: ExportOptions): Promise<GenesisDoc | undefined> {
  const kv = await openKv({
    dir: home.stateDb,
    onFatal: (failure) => {
      throw failure;
    },
  });
  try {
    const stores = storeNames(createModules(silentSource).modules);
    const state = openMultiStore({ kv, stores, upgrade: storeChanges(UPGRADES, storedNames(kv), stores) });
    return state.last.version === 0n ? undefined : documentOf(committed(state, options.height), options);
  } finally {
    await kv.close();
  }
}
