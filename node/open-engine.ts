/** Opens the engine that the settings choose. Part of the composition root. */
import { existsSync } from "node:fs";
import { Fault } from "../chain/primitives/index.js";
import type { AppConnection, SignaturesAhead } from "./app/index.js";
import { createCometEngine } from "./comet/index.js";
import { cometHomeOf } from "./comet/paths.js";
import { DEFAULT_ENGINE_CONFIG, DEFAULT_MEMPOOL_CONFIG } from "./config/engine.js";
import type { EngineConfig } from "./config/engine.js";
import type { Home } from "./config/home.js";
import type { EngineChoice, NodeSettings } from "./config/settings.js";
import { createEngine } from "./engine/index.js";
import type { Engine, Signer, ValidatorKey } from "./engine/index.js";
import { EdgeFailure } from "./errors.js";
import type { P2p } from "./p2p/index.js";
import type { Snapshots } from "./snapshots/types.js";
import type { Logger } from "./telemetry/log.js";

export interface EngineDeps {
  readonly home: Home;
  readonly settings: NodeSettings;
  readonly genesis: string;
  /** null where a remote signer holds it. */
  readonly key: ValidatorKey | null;
  readonly signer?: Signer;
  readonly app: AppConnection;
  readonly snapshots?: Snapshots;
  readonly signatures?: SignaturesAhead | undefined;
  readonly p2p: P2p;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** An engine, and when the application has moved on under it. */
export interface OpenedEngine {
  readonly engine: Engine;
  /** After each commit of the application. The returned function ends it. */
  readonly onCommit: (handler: () => void) => () => void;
  /** Whether blocks can be shown: not by a node that only answers an external CometBFT. */
  readonly hasBlocks: boolean;
}

/** What one run of a node wants otherwise than its settings. */
export interface EngineOverrides {
  readonly engine?: EngineChoice;
  /** Where ABCI is served. */
  readonly abciAddress?: string;
  readonly externalRpc?: string;
}

/** Asked for together of an application on a thread of its own: a block that is due waits for twice as many at most, some 10 ms. */
const CHECKS_OF_A_THREAD = 64;

export function withOverrides(settings: NodeSettings, { engine, abciAddress, externalRpc }: EngineOverrides): NodeSettings {
  const { cometbft } = settings;
  return {
    ...settings,
    engine: engine ?? settings.engine,
    cometbft: { ...cometbft, abciAddress: abciAddress ?? cometbft.abciAddress, externalRpc: externalRpc ?? cometbft.externalRpc },
  };
}

function timersOf({ consensus, haltHeight }: NodeSettings): EngineConfig {
  const { propose, prevote, precommit } = DEFAULT_ENGINE_CONFIG;
  return {
    ...DEFAULT_ENGINE_CONFIG,
    propose: { ...propose, baseMs: consensus.proposeMs },
    prevote: { ...prevote, baseMs: consensus.prevoteMs },
    precommit: { ...precommit, baseMs: consensus.precommitMs },
    commitMs: consensus.commitMs,
    createEmptyBlocks: consensus.createEmptyBlocks,
    haltHeight: BigInt(haltHeight),
  };
}

async function openEmbedded({ home, settings, genesis, key, signer, ...deps }: EngineDeps): Promise<OpenedEngine> {
  if (existsSync(cometHomeOf(home).blockStore)) {
    throw new EdgeFailure("config", `CometBFT runs the chain of ${home.dir}; start it with --engine cometbft, or stop it and run 'openledgerd engine move --to embedded' (docs/engines.md)`);
  }
  const checksAtOnce = settings.threads ? CHECKS_OF_A_THREAD : DEFAULT_MEMPOOL_CONFIG.checksAtOnce;
  const mempool = { ...DEFAULT_MEMPOOL_CONFIG, ...settings.mempool, checksAtOnce };
  const engine = await createEngine({ dataDir: home.data, genesis, key, ...(signer === undefined ? {} : { signer }), config: timersOf(settings), mempool }, deps);
  const onCommit = (handler: () => void): (() => void) =>
    engine.subscribe((event) => {
      if (event.kind === "block") handler();
    });
  return { engine, onCommit, hasBlocks: true };
}

async function openComet({ home, settings, genesis, key, ...deps }: EngineDeps): Promise<OpenedEngine> {
  if (key === null) throw new Fault("CometBFT is to run without the key of its home"); // openValidator refuses it
  const { lastBlockHeight: height } = await deps.app.info();
  if (settings.haltHeight > 0 && height >= BigInt(settings.haltHeight))
    throw new EdgeFailure("config", "the chain has reached halt_height; set another in app.toml, or 0 to go on", { height });
  const engine = await createCometEngine({ home, settings, genesis, key, timers: timersOf(settings) }, deps);
  return { engine, onCommit: (handler) => engine.onCommitted(handler), hasBlocks: engine.hasBlocks };
}

/**
 * Opens it; `start` of the engine begins.
 * @throws EdgeFailure "config" or "not-found" when the settings, the home or the program CometBFT cannot be used.
 */
export function openEngine(deps: EngineDeps): Promise<OpenedEngine> {
  return deps.settings.engine === "embedded" ? openEmbedded(deps) : openComet(deps);
}
