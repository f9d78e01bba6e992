/** The CometBFT that this node runs itself: its files, its start, its end. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Height } from "../../chain/primitives/index.js";
import type { EngineConfig } from "../config/engine.js";
import { FRESH_SIGNER_STATE } from "../config/create-home.js";
import { writeSecret } from "../config/home.js";
import type { Home } from "../config/home.js";
import type { NodeSettings } from "../config/settings.js";
import { lostSignState } from "../engine/index.js";
import { EdgeFailure } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { requireCometBft } from "./binary.js";
import { formatCometConfig } from "./config-toml.js";
import type { CometPeers } from "./config-toml.js";
import { chooseEndpoint, formatEndpoint, parseEndpoint } from "./endpoint.js";
import type { Endpoint } from "./endpoint.js";
import { cometHomeOf } from "./paths.js";
import { cometIdOf, cometPeerOf, portAbove } from "./peers.js";
import { createSupervisor } from "./supervisor.js";
import type { CometSupervisor } from "./supervisor.js";

export interface ManagedOptions {
  readonly home: Home;
  readonly settings: NodeSettings;
  readonly timers: EngineConfig;
}

export interface ManagedDeps {
  readonly log: Logger;
  /** It died again and again. */
  readonly onGivenUp: (failure: EdgeFailure) => void;
}

/** A CometBFT about to be run: where it will be, and how to start it. */
export interface ManagedComet {
  readonly rpc: Endpoint;
  /** Where we are to serve ABCI: a port of 0 is one that the system chooses. */
  readonly abci: string;
  /** @param abci where we serve it; @param appHeight height of the application. @throws EdgeFailure "config". */
  start(abci: string, appHeight: Height): void;
  readonly supervisor: CometSupervisor;
}

/** Where CometBFT's peers reach it. */
function p2pEndpoint({ cometbft, p2p }: NodeSettings): Endpoint {
  if (cometbft.p2pAddress !== "") return parseEndpoint(cometbft.p2pAddress, "cometbft.p2p_laddr");
  return { kind: "tcp", host: p2p.host, port: p2p.port === 0 ? 0 : portAbove(p2p.port) };
}

/** @throws EdgeFailure "config" for what CometBFT cannot do. */
function peersOf({ cometbft, p2p }: NodeSettings): CometPeers {
  if (p2p.allowedPeerIds.length > 0) {
    throw new EdgeFailure("config", "CometBFT has no p2p.allowed_peer_ids: with engine = cometbft, turn p2p.pex off and set p2p.max_num_inbound_peers to 0");
  }
  const { externalAddress: outside } = p2p;
  return {
    persistent: cometbft.persistentPeers.length > 0 ? cometbft.persistentPeers : p2p.persistentPeers.map(cometPeerOf),
    seeds: p2p.seeds.map(cometPeerOf),
    unconditionalIds: p2p.unconditionalPeerIds.map(cometIdOf),
    privateIds: p2p.privatePeerIds.map(cometIdOf),
    externalAddress: outside === undefined ? "" : `${outside.host.includes(":") ? `[${outside.host}]` : outside.host}:${portAbove(outside.port)}`,
    settings: p2p,
  };
}

/**
 * Checks the program and chooses where it will be reached.
 * @throws EdgeFailure "not-found" or "config" when the program or a setting cannot be used.
 */
export async function prepareComet({ home, settings, timers }: ManagedOptions, deps: ManagedDeps): Promise<ManagedComet> {
  const { path: binary, version } = await requireCometBft(settings.cometbft.binary);
  const comet = cometHomeOf({ dir: resolve(home.dir) });
  mkdirSync(comet.data, { recursive: true, mode: 0o700 });
  mkdirSync(dirname(comet.config), { recursive: true, mode: 0o700 });
  const rpc = await chooseEndpoint(settings.cometbft.rpcAddress, "cometbft.rpc_laddr", comet.rpcSocket);
  const own = await chooseEndpoint(settings.cometbft.abciAddress, "cometbft.abci_laddr", comet.abciSocket);
  const files = {
    genesis: resolve(home.genesis),
    nodeKey: resolve(home.nodeKey),
    validatorKey: resolve(home.validatorKey),
    validatorState: resolve(home.validatorState),
  };
  const p2p = p2pEndpoint(settings);
  const peers = peersOf(settings);
  deps.log.info("CometBFT found", { binary, version });
  const supervisor = createSupervisor({ binary, home: comet, rpc }, deps);
  return {
    rpc,
    abci: formatEndpoint(own),
    supervisor,
    start(abci, appHeight) {
      if (appHeight > 0n && !existsSync(comet.blockStore)) throw notMoved(appHeight);
      if (!existsSync(files.validatorState)) {
        if (appHeight > 0n) throw lostSignState(files.validatorState);
        // CometBFT refuses to start without the file.
        writeSecret(files.validatorState, FRESH_SIGNER_STATE);
      }
      writeFileSync(comet.config, formatCometConfig({ settings, timers, files, abci: parseEndpoint(abci, "abci"), rpc, p2p, peers }));
      supervisor.start();
    },
  };
}

function notMoved(height: Height): EdgeFailure {
  const what = `the application has blocks up to height ${height}, and CometBFT has none of them: the embedded engine made them`;
  return new EdgeFailure("config", `${what}. Go on with --engine embedded, or run 'openledgerd engine move --to cometbft' (docs/engines.md)`, { height });
}
