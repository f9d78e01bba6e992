/** CometBFT's config.toml out of our settings. It is written at each start: what stands in our config.toml decides. */
import { levelOf } from "../telemetry/log-levels.js";
import type { LogLevels } from "../telemetry/log-levels.js";
import type { EngineConfig } from "../config/engine.js";
import type { NodeSettings } from "../config/settings.js";
import { formatEndpoint } from "./endpoint.js";
import type { Endpoint } from "./endpoint.js";

/** Our files that CometBFT works on: absolute paths. */
export interface SharedFiles {
  readonly genesis: string;
  readonly nodeKey: string;
  readonly validatorKey: string;
  readonly validatorState: string;
}

export interface CometConfig {
  readonly settings: Pick<NodeSettings, "moniker" | "logLevels" | "mempool" | "stateSync">;
  readonly timers: EngineConfig;
  readonly files: SharedFiles;
  readonly abci: Endpoint;
  readonly rpc: Endpoint;
  readonly p2p: Endpoint;
  readonly peers: CometPeers;
}

/** Who CometBFT is to know, and who is to know of it. */
export interface CometPeers {
  /** "id@host:port". */
  readonly persistent: readonly string[];
  readonly seeds: readonly string[];
  /** CometBFT ids. */
  readonly unconditionalIds: readonly string[];
  readonly privateIds: readonly string[];
  /** "host:port", or empty. */
  readonly externalAddress: string;
  readonly settings: Pick<NodeSettings["p2p"], "pex" | "seedMode" | "maxInboundPeers" | "maxOutboundPeers" | "addrBookStrict">;
}

type Value = string | number | boolean;
type Entries = Readonly<Record<string, Value>>;

/** Sizes of the JSON-RPC between CometBFT and us: a transaction travels in base64 with a little around it. */
const BODY_OVERHEAD = 4_096;
/** Requests that we put into one batch, with room. */
export const RPC_BATCH = 16;
/** CometBFT's log in our words: two lines per block at info, everything at debug. */
const LOG_LEVELS: Readonly<Record<string, string>> = {
  debug: "info",
  info: "main:info,state:info,statesync:info,blocksync:info,*:error",
  warn: "error",
  error: "error",
  silent: "none",
};

/** Our name of CometBFT's lines, for log_level. */
export const LOG_NAME = "cometbft";

function logLevel(levels: LogLevels): string {
  return LOG_LEVELS[levelOf(levels, LOG_NAME)] ?? "error";
}

function ms(value: number): string {
  return `${value}ms`;
}

function rootEntries({ settings, files, abci }: CometConfig): Entries {
  return {
    proxy_app: formatEndpoint(abci),
    moniker: settings.moniker,
    db_backend: "goleveldb",
    db_dir: "data",
    log_level: logLevel(settings.logLevels),
    log_format: "json",
    genesis_file: files.genesis,
    priv_validator_key_file: files.validatorKey,
    priv_validator_state_file: files.validatorState,
    node_key_file: files.nodeKey,
    abci: "socket",
  };
}

function isLoopback(endpoint: Endpoint): boolean {
  return endpoint.kind === "tcp" && (endpoint.host.startsWith("127.") || endpoint.host === "::1");
}

function p2pEntries({ p2p, peers }: CometConfig): Entries {
  const isLocal = isLoopback(p2p);
  return {
    laddr: formatEndpoint(p2p),
    external_address: peers.externalAddress,
    persistent_peers: peers.persistent.join(","),
    seeds: peers.seeds.join(","),
    unconditional_peer_ids: peers.unconditionalIds.join(","),
    private_peer_ids: peers.privateIds.join(","),
    pex: peers.settings.pex,
    seed_mode: peers.settings.seedMode,
    max_num_inbound_peers: peers.settings.maxInboundPeers,
    max_num_outbound_peers: peers.settings.maxOutboundPeers,
    // A network on one machine has one address, and it is not a routable one.
    addr_book_strict: peers.settings.addrBookStrict && !isLocal,
    allow_duplicate_ip: isLocal,
  };
}

function mempoolEntries({ maxTxs, maxBytes, maxTxBytes, cacheSize }: NodeSettings["mempool"]): Entries {
  return {
    type: "flood",
    // The application forgets at each commit what waiting transactions had done to its check state: without a recheck the next
    // one of the same sender would be refused.
    recheck: true,
    size: maxTxs,
    max_txs_bytes: maxBytes,
    max_tx_bytes: maxTxBytes,
    cache_size: cacheSize,
  };
}

function consensusEntries(timers: EngineConfig): Entries {
  const { propose, prevote, precommit, commitMs, createEmptyBlocks, emptyBlocksIntervalMs, blockTimeToleranceMs } = timers;
  return {
    timeout_propose: ms(propose.baseMs),
    timeout_propose_delta: ms(propose.growthMs),
    timeout_prevote: ms(prevote.baseMs),
    timeout_prevote_delta: ms(prevote.growthMs),
    timeout_precommit: ms(precommit.baseMs),
    timeout_precommit_delta: ms(precommit.growthMs),
    timeout_commit: ms(commitMs),
    create_empty_blocks: createEmptyBlocks,
    create_empty_blocks_interval: createEmptyBlocks ? "0s" : ms(emptyBlocksIntervalMs),
    block_time_tolerance: ms(blockTimeToleranceMs),
  };
}

/** CometBFT refuses shorter ones. */
const LEAST_WAIT_MS = 5_000;

function stateSyncEntries({ enabled, rpcServers, trustHeight, trustHash, ...rest }: NodeSettings["stateSync"]): Entries {
  if (!enabled) return { enable: false };
  return {
    enable: true,
    rpc_servers: rpcServers.join(","),
    trust_height: trustHeight,
    trust_hash: trustHash.toUpperCase(),
    trust_period: `${rest.trustPeriodSeconds}s`,
    discovery_time: ms(Math.max(rest.discoveryMs, LEAST_WAIT_MS)),
    chunk_request_timeout: ms(Math.max(rest.chunkRequestMs, LEAST_WAIT_MS)),
    chunk_fetchers: rest.chunkFetchers.toString(),
  };
}

/** A TOML basic string is JSON's, but for the one control character that JSON leaves alone. */
function line([key, value]: readonly [string, Value]): string {
  return `${key} = ${JSON.stringify(value).replaceAll("\u007f", "\\u007f")}`;
}

/** The whole file. What is not in it has CometBFT's default. */
export function formatCometConfig(config: CometConfig): string {
  const maxBody = Math.ceil((config.settings.mempool.maxTxBytes * 4) / 3) + BODY_OVERHEAD;
  const sections: readonly (readonly [string, Entries])[] = [
    ["rpc", { laddr: formatEndpoint(config.rpc), max_request_batch_size: RPC_BATCH, max_body_bytes: Math.max(maxBody, 1_000_000) }],
    ["p2p", p2pEntries(config)],
    ["mempool", mempoolEntries(config.settings.mempool)],
    ["consensus", consensusEntries(config.timers)],
    ["statesync", stateSyncEntries(config.settings.stateSync)],
    // We read the results of each block after it, at the latest when we are started again; and we index ourselves.
    ["storage", { discard_abci_responses: false }],
    ["tx_index", { indexer: "null" }],
    ["instrumentation", { prometheus: false }],
  ];
  const head = "# Written by openledgerd at each start out of config.toml beside it: changes here are lost.";
  const body = sections.flatMap(([name, entries]) => ["", `[${name}]`, ...Object.entries(entries).map(line)]);
  return [head, ...Object.entries(rootEntries(config)).map(line), ...body, ""].join("\n");
}
