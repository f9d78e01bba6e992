/** A node without blocks, brought to a snapshot of its peers before its engine is made: the composition of node/sync/state-sync.ts. */
import { decodeConsensusParams } from "../chain/block/index.js";
import { parseHex, toHeight } from "../chain/primitives/index.js";
import { PARAMS_QUERY } from "../chain/kernel/index.js";
import { createHttpDoor } from "../client/verify/index.js";
import type { AppConnection } from "./app/types.js";
import type { GenesisDoc } from "./config/genesis.js";
import type { Home } from "./config/home.js";
import type { NodeSettings } from "./config/settings.js";
import { bootstrapEngine, engineHeight } from "./engine/index.js";
import { EdgeFailure } from "./errors.js";
import { createP2p } from "./p2p/index.js";
import type { Identity } from "./p2p/index.js";
import type { StateSnapshots } from "./open-application.js";
import { p2pOptions } from "./p2p-options.js";
import { StateSync, TrustedChain } from "./sync/index.js";
import type { Logger } from "./telemetry/log.js";

export interface JoinDeps {
  readonly home: Home;
  readonly settings: NodeSettings;
  readonly genesis: Pick<GenesisDoc, "chainId" | "initialHeight">;
  readonly identity: Identity;
  readonly app: AppConnection;
  readonly snapshots: StateSnapshots;
  readonly log: Logger;
}

/** Largest answer of an RPC server that is read: a page of a hundred validators, or a commit of ten thousand. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const RPC_MS = 10_000;

function trustedChain({ stateSync }: NodeSettings, log: Logger): TrustedChain {
  const servers = stateSync.rpcServers.map((name) => {
    const rpc = name.replace(/^tcp:/, "http:");
    return { name, door: createHttpDoor({ rpc, blobs: rpc, timeoutMs: RPC_MS, maxBytes: MAX_ANSWER_BYTES }) };
  });
  const trust = { height: BigInt(stateSync.trustHeight), hash: parseHex(stateSync.trustHash) };
  return new TrustedChain({ servers, trust, trustingPeriodSeconds: stateSync.trustPeriodSeconds }, log);
}

async function paramsOf(app: AppConnection): Promise<ReturnType<typeof decodeConsensusParams>> {
  const { code, log, value } = await app.query({ ...PARAMS_QUERY, height: toHeight(0n), prove: false });
  if (code !== 0) throw new EdgeFailure("remote", log, { code });
  return decodeConsensusParams(value);
}

/**
 * Restores the state of a node that the operator wants to begin from a snapshot, and writes what its engine begins with. Does
 * nothing for a node that has blocks.
 *
 * @throws EdgeFailure "malformed" when the RPC servers cannot be trusted, "aborted".
 */
export async function joinByStateSync(deps: JoinDeps): Promise<void> {
  const { home, settings, genesis, identity, app, snapshots, log } = deps;
  if (!settings.stateSync.enabled) {
    if ((await snapshots.restoring()) !== undefined) log.warn("statesync is off: what an earlier restore brought is removed");
    return snapshots.forget();
  }
  const height = await engineHeight(home.data);
  if (height > 0n) {
    log.info("the node has blocks: no state sync", { height });
    return;
  }
  // A network of its own, which dials and does not listen: the engine's protocols are not there yet to answer anybody.
  const { chainId, initialHeight } = genesis;
  const p2p = createP2p({ ...p2pOptions({ home, settings, identity, chainId }), listen: [] }, { log: log.child("p2p") });
  const { discoveryMs, chunkRequestMs, chunkFetchers } = settings.stateSync;
  const sync = new StateSync(
    { chainId, initialHeight, discoveryMs, chunkRequestMs, chunkFetchers },
    {
      p2p,
      snapshots,
      chain: trustedChain(settings, log),
      app: { height: async () => (await app.info()).lastBlockHeight, params: () => paramsOf(app) },
      log,
      // Whoever stops the node meanwhile ends the process: every step survives that.
      signal: new AbortController().signal,
    },
  );
  await p2p.start();
  try {
    const synced = await sync.run();
    await bootstrapEngine(home.data, synced);
    log.info("state synced: the blocks from here on are fetched", { height: synced.state.lastHeight, appHash: synced.state.appHash });
  } finally {
    await p2p.stop();
  }
}
