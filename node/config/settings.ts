/** config.toml and app.toml: what an operator may set. None of it changes a state transition. */
import { isIP } from "node:net";
import { EdgeFailure } from "../errors.js";
import { isPeerId } from "../p2p/peer-address.js";
import { parseSignerAddress } from "../privval/address.js";
import { parseLogLevels } from "../telemetry/log-levels.js";
import type { LogLevels } from "../telemetry/log-levels.js";
import { DEFAULT_MEMPOOL_CONFIG } from "./engine.js";
import { Section, parseListen, parseToml } from "./table.js";
import type { HostPort } from "./table.js";

/** Who orders transactions: this program, a CometBFT that it starts, or one that connects to it. */
export type EngineChoice = "embedded" | "cometbft" | "external";

export const ENGINE_CHOICES: readonly EngineChoice[] = ["embedded", "cometbft", "external"];

export interface NodeSettings {
  readonly moniker: string;
  readonly logLevels: LogLevels;
  /** The application has a thread of its own. */
  readonly threads: boolean;
  readonly engine: EngineChoice;
  /** See node/comet/README.md; empty texts leave the choice to the node. */
  readonly cometbft: {
    readonly binary: string;
    readonly abciAddress: string;
    readonly rpcAddress: string;
    readonly p2pAddress: string;
    /** "id@host:port". */
    readonly persistentPeers: readonly string[];
    /** JSON-RPC of an external CometBFT: http(s)://host:port. */
    readonly externalRpc: string;
  };
  /** Where a remote signer dials in: "unix:///path"; empty when this node holds the key. */
  readonly privValidatorAddress: string;
  readonly rpc: HostPort & {
    readonly corsOrigins: readonly string[];
    readonly maxConnections: number;
    readonly maxBodyBytes: number;
    readonly maxBatch: number;
    readonly commitTimeoutMs: number;
    readonly maxSubscriptionClients: number;
    readonly maxSubscriptionsPerClient: number;
  };
  readonly p2p: HostPort & {
    readonly persistentPeers: readonly string[];
    readonly seeds: readonly string[];
    /** Ask peers for others and tell them of others. */
    readonly pex: boolean;
    readonly seedMode: boolean;
    readonly maxInboundPeers: number;
    readonly maxOutboundPeers: number;
    /** Empty: everybody. */
    readonly allowedPeerIds: readonly string[];
    readonly unconditionalPeerIds: readonly string[];
    readonly privatePeerIds: readonly string[];
    readonly addrBookStrict: boolean;
    /** Where others reach this node, if it cannot know. */
    readonly externalAddress: HostPort | undefined;
  };
  readonly consensus: {
    /** Milliseconds; see node/config/engine.ts for what each waits for. */
    readonly proposeMs: number;
    readonly prevoteMs: number;
    readonly precommitMs: number;
    readonly commitMs: number;
    readonly createEmptyBlocks: boolean;
  };
  /** See node/config/engine.ts. */
  readonly mempool: {
    readonly maxTxs: number;
    readonly maxBytes: number;
    readonly maxTxBytes: number;
    readonly maxPerSender: number;
    readonly ttlBlocks: number;
    readonly cacheSize: number;
    readonly recheckUpTo: number;
  };
  /** How a node without blocks begins; see node/sync/state-sync.ts. */
  readonly stateSync: {
    readonly enabled: boolean;
    readonly rpcServers: readonly string[];
    readonly trustHeight: number;
    /** 64 hex digits, or empty where state sync is off. */
    readonly trustHash: string;
    readonly trustPeriodSeconds: number;
    readonly discoveryMs: number;
    readonly chunkRequestMs: number;
    readonly chunkFetchers: number;
  };
  /** See node/snapshots/options.ts. */
  readonly snapshots: { readonly interval: number; readonly keepRecent: number };
  /** What this node asks for in CheckTx: millionths of a uopen per unit of gas. */
  readonly minGasPriceMicro: bigint;
  /** Committed versions kept for queries and proofs; 0 keeps all. */
  readonly keepRecent: number;
  /** Blocks kept at least, as long as evidence and snapshots reach; 0 keeps all. */
  readonly minRetainBlocks: number;
  /** The last block that this node helps to decide; 0 sets no end. */
  readonly haltHeight: number;
  readonly indexer: "kv" | "null";
  /** Where metrics and health are served, if they are. */
  readonly instrumentation: HostPort & { readonly enabled: boolean; readonly namespace: string };
  /** 0 requests per minute set no limit. */
  readonly grpc: HostPort & { readonly enabled: boolean; readonly requestsPerMinute: number };
  /** REST and the blob gateway; see node/rest/options.ts. */
  readonly api: HostPort & {
    readonly enabled: boolean;
    readonly corsOrigins: readonly string[];
    readonly maxBodyBytes: number;
    readonly requestsPerMinute: number;
    readonly timeoutMs: number;
    readonly maxConnections: number;
    readonly maxBlobBytes: number;
    /** URLs for wallets and explorers; empty for the name that was asked. */
    readonly publicRest: string;
    readonly publicRpc: string;
  };
  /** Files that this node keeps in its blob store from the start: the base models of its genesis. */
  readonly seedBlobs: readonly string[];
  readonly sidecar: {
    /** Empty for a node without one: it follows and never attests. */
    readonly address: string;
    /** File with the bearer token, or empty. */
    readonly tokenFile: string;
  };
  readonly operator: {
    /** File with the hex secp256k1 key of the operator's account, or empty. */
    readonly keyFile: string;
    /** Take open training jobs with that account. */
    readonly trainer: boolean;
  };
}

/** "0.025uopen" to millionths of a uopen. */
export function parseGasPrice(text: string): bigint {
  const match = /^(\d{1,12})(?:\.(\d{1,6}))?uopen$/.exec(text);
  if (match?.[1] === undefined) {
    throw new EdgeFailure("config", `minimum_gas_prices must look like 0.025uopen, got "${text}"`);
  }
  return BigInt(match[1]) * 1_000_000n + BigInt((match[2] ?? "").padEnd(6, "0"));
}

type ConfigPart = Pick<
  NodeSettings,
  | "moniker"
  | "logLevels"
  | "threads"
  | "engine"
  | "privValidatorAddress"
  | "cometbft"
  | "rpc"
  | "p2p"
  | "consensus"
  | "mempool"
  | "indexer"
  | "instrumentation"
  | "stateSync"
>;
type AppPart = Omit<NodeSettings, keyof ConfigPart>;

const MINUTE = 60_000;

function readRpc(rpc: Section): NodeSettings["rpc"] {
  return {
    ...parseListen(rpc.text("laddr", "tcp://127.0.0.1:26657"), "rpc.laddr"),
    corsOrigins: rpc.texts("cors_allowed_origins", []),
    maxConnections: rpc.whole("max_open_connections", 900, [1, 100_000]),
    maxBodyBytes: rpc.whole("max_body_bytes", 1_000_000, [1_024, 104_857_600]),
    maxBatch: rpc.whole("max_request_batch_size", 100, [1, 10_000]),
    commitTimeoutMs: rpc.whole("timeout_broadcast_tx_commit_ms", 10_000, [1, 10 * MINUTE]),
    maxSubscriptionClients: rpc.whole("max_subscription_clients", 100, [0, 100_000]),
    maxSubscriptionsPerClient: rpc.whole("max_subscriptions_per_client", 5, [0, 1_000]),
  };
}

function readMempool(mempool: Section): NodeSettings["mempool"] {
  return {
    maxTxs: mempool.whole("size", 5_000, [1, 1_000_000]),
    maxBytes: mempool.whole("max_txs_bytes", 67_108_864, [1_024, 4_294_967_296]),
    maxTxBytes: mempool.whole("max_tx_bytes", 1_048_576, [1_024, 104_857_600]),
    maxPerSender: mempool.whole("max_txs_per_sender", 256, [1, 1_000_000]),
    ttlBlocks: mempool.whole("ttl_num_blocks", 0, [0, 1_000_000]),
    cacheSize: mempool.whole("cache_size", 10_000, [1, 10_000_000]),
    recheckUpTo: mempool.flag("recheck", false) ? Number.MAX_SAFE_INTEGER : DEFAULT_MEMPOOL_CONFIG.recheckUpTo,
  };
}

const HOUR_SECONDS = 3_600;

/** "168h0m0s", as Go writes durations, in seconds. @throws EdgeFailure "config". */
export function parseSeconds(place: string, text: string): number {
  const match = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$/.exec(text);
  const [hours = 0, minutes = 0, seconds = 0] = (match ?? []).slice(1).map((part: string | undefined) => Number(part ?? 0));
  const total = hours * HOUR_SECONDS + minutes * 60 + seconds;
  if (match === null || total === 0) throw new EdgeFailure("config", `${place} must look like 168h0m0s, got "${text}"`);
  return total;
}

function readStateSync(section: Section): NodeSettings["stateSync"] {
  const read: NodeSettings["stateSync"] = {
    enabled: section.flag("enable", false),
    rpcServers: section.texts("rpc_servers", []),
    trustHeight: section.whole("trust_height", 0, [0, Number.MAX_SAFE_INTEGER]),
    trustHash: section.text("trust_hash", "").toLowerCase(),
    trustPeriodSeconds: parseSeconds("statesync.trust_period", section.text("trust_period", "168h0m0s")),
    discoveryMs: section.whole("discovery_time_ms", 15_000, [100, 10 * MINUTE]),
    chunkRequestMs: section.whole("chunk_request_timeout_ms", 30_000, [1_000, 10 * MINUTE]),
    chunkFetchers: section.whole("chunk_fetchers", 4, [1, 64]),
  };
  if (read.enabled && (read.trustHeight === 0 || !/^[0-9a-f]{64}$/.test(read.trustHash)))
    throw new EdgeFailure("config", "statesync.enable needs statesync.trust_height and statesync.trust_hash, 64 hex digits");
  const wrong = read.rpcServers.find((url) => !/^(https?|tcp):\/\/[^\s]+$/.test(url));
  if (wrong !== undefined) throw new EdgeFailure("config", `statesync.rpc_servers must be URLs, got "${wrong}"`);
  if (read.enabled && new Set(read.rpcServers).size < 2)
    throw new EdgeFailure("config", "statesync.rpc_servers must name at least two servers");
  return read;
}

function readInstrumentation(section: Section): NodeSettings["instrumentation"] {
  const namespace = section.text("namespace", "cometbft");
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(namespace)) {
    throw new EdgeFailure("config", "instrumentation.namespace must be a name of letters, digits and _");
  }
  return {
    ...parseListen(section.text("prometheus_listen_addr", "tcp://127.0.0.1:26660"), "instrumentation.prometheus_listen_addr"),
    enabled: section.flag("prometheus", false),
    namespace,
  };
}

/** An origin without a path, or nothing. */
function publicUrl(key: string, text: string): string {
  const isOrigin = text === "" || (URL.canParse(text) && /^https?:\/\/[^/?#]+$/.test(text));
  if (!isOrigin) throw new EdgeFailure("config", `api.${key} must look like https://rest.example.org, got "${text}"`);
  return text;
}

function readApi(api: Section): NodeSettings["api"] {
  return {
    ...parseListen(api.text("address", "tcp://127.0.0.1:1317"), "api.address"),
    enabled: api.flag("enable", true),
    corsOrigins: api.texts("cors_origins", []),
    maxBodyBytes: api.whole("max_body_bytes", 1_000_000, [1_024, 104_857_600]),
    requestsPerMinute: api.whole("requests_per_minute", 6_000, [0, 100_000_000]),
    timeoutMs: api.whole("timeout_ms", 30_000, [100, 10 * MINUTE]),
    maxConnections: api.whole("max_open_connections", 1_000, [1, 100_000]),
    maxBlobBytes: api.whole("max_blob_bytes", 5 * 1024 * 1024, [1_024, 1_073_741_824]),
    publicRest: publicUrl("public_rest", api.text("public_rest", "")),
    publicRpc: publicUrl("public_rpc", api.text("public_rpc", "")),
  };
}

/** @throws EdgeFailure "config" naming what may be chosen. */
export function parseEngine(text: string): EngineChoice {
  const choice = ENGINE_CHOICES.find((known) => known === text);
  if (choice !== undefined) return choice;
  throw new EdgeFailure("config", `engine must be one of ${ENGINE_CHOICES.join(", ")}, got "${text}"`);
}

function readCometBft(section: Section): NodeSettings["cometbft"] {
  const externalRpc = section.text("external_rpc", "");
  if (externalRpc !== "" && !/^https?:\/\/[^\s/]+\/?$/.test(externalRpc)) {
    throw new EdgeFailure("config", `cometbft.external_rpc must look like http://127.0.0.1:26657, got "${externalRpc}"`);
  }
  const persistentPeers = section.texts("persistent_peers", []);
  const bad = persistentPeers.find((peer) => !/^[0-9a-f]{40}@[^\s@,]+:\d{1,5}$/.test(peer));
  if (bad !== undefined) throw new EdgeFailure("config", `cometbft.persistent_peers: "${bad}" must look like <node id>@host:port`);
  return {
    binary: section.text("binary", ""),
    abciAddress: section.text("abci_laddr", ""),
    rpcAddress: section.text("rpc_laddr", ""),
    p2pAddress: section.text("p2p_laddr", ""),
    persistentPeers,
    externalRpc,
  };
}

function parsePeerIds(key: string, ids: readonly string[]): readonly string[] {
  const bad = ids.find((id) => !isPeerId(id));
  if (bad === undefined) return ids;
  throw new EdgeFailure("config", `p2p.${key}: "${bad}" must look like 12D3KooW...; \`openledgerd comet show-node-id --output json\` prints it`);
}

const PEER = /^\/(?:ip4|ip6|dns|dns4|dns6)\/[^/\s]+\/tcp\/\d{1,5}\/p2p\/(\w+)$/;

/** Whether it is a multiaddress that a node can be told to dial, with the id of who is there. */
export function isPeer(address: string): boolean {
  return isPeerId(PEER.exec(address)?.[1] ?? "");
}

function parsePeers(key: string, addresses: readonly string[]): readonly string[] {
  const bad = addresses.find((address) => !isPeer(address));
  if (bad === undefined) return addresses;
  const shape = "must look like /ip4/203.0.113.7/tcp/26656/p2p/12D3Koo...; `openledgerd comet show-node-id --output json` prints the last part";
  const comets = bad.includes("@") ? "; peers of CometBFT stand in cometbft.persistent_peers" : "";
  throw new EdgeFailure("config", `p2p.${key}: "${bad}" ${shape}${comets}`);
}

/** libp2p listens at addresses, not at names. */
function parseListenIp(text: string, place: string): HostPort {
  const at = parseListen(text, place);
  if (isIP(at.host) === 0) throw new EdgeFailure("config", `${place} must be an IP and a port, such as tcp://0.0.0.0:26656, got "${text}"`);
  return at;
}

function readP2p(section: Section): NodeSettings["p2p"] {
  const external = section.text("external_address", "");
  const externalAddress = external === "" ? undefined : parseListenIp(external, "p2p.external_address");
  const [pex, seedMode, seeds] = [section.flag("pex", true), section.flag("seed_mode", false), section.texts("seeds", [])];
  if (!pex && (seedMode || seeds.length > 0)) throw new EdgeFailure("config", "p2p.seeds and p2p.seed_mode need p2p.pex = true");
  return {
    ...parseListenIp(section.text("laddr", "tcp://127.0.0.1:26656"), "p2p.laddr"),
    persistentPeers: parsePeers("persistent_peers", section.texts("persistent_peers", [])),
    seeds: parsePeers("seeds", seeds),
    pex,
    seedMode,
    maxInboundPeers: section.whole("max_num_inbound_peers", 40, [0, 10_000]),
    maxOutboundPeers: section.whole("max_num_outbound_peers", 10, [0, 1_000]),
    allowedPeerIds: parsePeerIds("allowed_peer_ids", section.texts("allowed_peer_ids", [])),
    unconditionalPeerIds: parsePeerIds("unconditional_peer_ids", section.texts("unconditional_peer_ids", [])),
    privatePeerIds: parsePeerIds("private_peer_ids", section.texts("private_peer_ids", [])),
    addrBookStrict: section.flag("addr_book_strict", true),
    externalAddress,
  };
}

/** Empty, or an address that a signer can dial. */
function signerAddress(text: string): string {
  if (text !== "") parseSignerAddress(text);
  return text;
}

function readConfig(root: Section): ConfigPart {
  const cometbft = root.section("cometbft");
  const rpc = root.section("rpc");
  const p2p = root.section("p2p");
  const consensus = root.section("consensus");
  const mempool = root.section("mempool");
  const index = root.section("tx_index");
  const instrumentation = root.section("instrumentation");
  const stateSync = root.section("statesync");
  const indexer = index.text("indexer", "kv");
  if (indexer !== "kv" && indexer !== "null")
    throw new EdgeFailure("config", 'tx_index.indexer must be "kv" or "null"');
  const part: ConfigPart = {
    moniker: root.text("moniker", "node"),
    logLevels: parseLogLevels(root.text("log_level", "info")),
    threads: root.flag("threads", true),
    engine: parseEngine(root.text("engine", "embedded")),
    privValidatorAddress: signerAddress(root.text("priv_validator_laddr", "")),
    cometbft: readCometBft(cometbft),
    rpc: readRpc(rpc),
    p2p: readP2p(p2p),
    consensus: {
      proposeMs: consensus.whole("timeout_propose_ms", 3_000, [1, 10 * MINUTE]),
      prevoteMs: consensus.whole("timeout_prevote_ms", 1_000, [1, 10 * MINUTE]),
      precommitMs: consensus.whole("timeout_precommit_ms", 1_000, [1, 10 * MINUTE]),
      commitMs: consensus.whole("timeout_commit_ms", 1_000, [0, 10 * MINUTE]),
      createEmptyBlocks: consensus.flag("create_empty_blocks", true),
    },
    mempool: readMempool(mempool),
    indexer,
    instrumentation: readInstrumentation(instrumentation),
    stateSync: readStateSync(stateSync),
  };
  for (const section of [cometbft, rpc, p2p, consensus, mempool, index, instrumentation, stateSync, root]) section.done();
  return part;
}

function readApp(root: Section): AppPart {
  const grpc = root.section("grpc");
  const api = root.section("api");
  const sidecar = root.section("sidecar");
  const operator = root.section("operator");
  const snapshots = root.section("state-sync");
  const part: AppPart = {
    minGasPriceMicro: parseGasPrice(root.text("minimum_gas_prices", "0.001uopen")),
    keepRecent: root.whole("keep_recent", 1_000, [0, 1_000_000_000]),
    snapshots: {
      interval: snapshots.whole("snapshot-interval", 0, [0, 1_000_000_000]),
      keepRecent: snapshots.whole("snapshot-keep-recent", 2, [0, 1_000_000]),
    },
    minRetainBlocks: root.whole("min_retain_blocks", 0, [0, 1_000_000_000_000]),
    haltHeight: root.whole("halt_height", 0, [0, Number.MAX_SAFE_INTEGER]),
    grpc: {
      ...parseListen(grpc.text("address", "127.0.0.1:9090"), "grpc.address"),
      enabled: grpc.flag("enable", true),
      requestsPerMinute: grpc.whole("requests_per_minute", 6_000, [0, 100_000_000]),
    },
    api: readApi(api),
    seedBlobs: root.texts("seed_blobs", []),
    sidecar: { address: sidecar.text("address", ""), tokenFile: sidecar.text("token_file", "") },
    operator: { keyFile: operator.text("key_file", ""), trainer: operator.flag("trainer", false) },
  };
  for (const section of [grpc, api, sidecar, operator, snapshots, root]) section.done();
  if (part.operator.trainer && (part.operator.keyFile === "" || part.sidecar.address === "")) {
    throw new EdgeFailure("config", "operator.trainer needs operator.key_file and sidecar.address");
  }
  return part;
}

/** Both files of a home. @throws EdgeFailure "config" naming the setting that is wrong. */
export function parseSettings(files: { readonly config: string; readonly app: string }): NodeSettings {
  return {
    ...readConfig(new Section("config", parseToml(files.config, "config.toml"))),
    ...readApp(new Section("app", parseToml(files.app, "app.toml"))),
  };
}
