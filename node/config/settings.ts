/** config.toml and app.toml: what an operator may set. None of it changes a state transition. */
import { EdgeFailure } from "../errors.js";
import type { LogLevel } from "../telemetry/log.js";
import { Section, parseListen, parseToml } from "./table.js";
import type { HostPort } from "./table.js";

export interface NodeSettings {
  readonly moniker: string;
  readonly logLevel: LogLevel;
  readonly rpc: HostPort & { readonly corsOrigins: readonly string[] };
  readonly p2p: HostPort & { readonly persistentPeers: readonly string[] };
  readonly consensus: {
    /** Milliseconds; see node/config/engine.ts for what each waits for. */
    readonly proposeMs: number;
    readonly prevoteMs: number;
    readonly precommitMs: number;
    readonly commitMs: number;
    readonly createEmptyBlocks: boolean;
  };
  readonly mempool: { readonly maxTxs: number; readonly maxBytes: number };
  /** What this node asks for in CheckTx: millionths of a uopen per unit of gas. */
  readonly minGasPriceMicro: bigint;
  /** Committed versions kept for queries and proofs; 0 keeps all. */
  readonly keepRecent: number;
  readonly indexer: "kv" | "null";
  readonly grpc: HostPort & { readonly enabled: boolean };
  /** The blob gateway. */
  readonly api: HostPort & { readonly enabled: boolean; readonly maxBlobBytes: number };
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

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];

function parseLevel(text: string): LogLevel {
  const level = LEVELS.find((l) => l === text);
  if (level === undefined) throw new EdgeFailure("config", `log_level must be one of ${LEVELS.join(", ")}`);
  return level;
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
  "moniker" | "logLevel" | "rpc" | "p2p" | "consensus" | "mempool" | "indexer"
>;
type AppPart = Omit<NodeSettings, keyof ConfigPart>;

const MINUTE = 60_000;

function readConfig(root: Section): ConfigPart {
  const rpc = root.section("rpc");
  const p2p = root.section("p2p");
  const consensus = root.section("consensus");
  const mempool = root.section("mempool");
  const index = root.section("tx_index");
  const indexer = index.text("indexer", "kv");
  if (indexer !== "kv" && indexer !== "null")
    throw new EdgeFailure("config", 'tx_index.indexer must be "kv" or "null"');
  const part: ConfigPart = {
    moniker: root.text("moniker", "node"),
    logLevel: parseLevel(root.text("log_level", "info")),
    rpc: {
      ...parseListen(rpc.text("laddr", "tcp://127.0.0.1:26657"), "rpc.laddr"),
      corsOrigins: rpc.texts("cors_allowed_origins", []),
    },
    p2p: {
      ...parseListen(p2p.text("laddr", "tcp://127.0.0.1:26656"), "p2p.laddr"),
      persistentPeers: p2p.texts("persistent_peers", []),
    },
    consensus: {
      proposeMs: consensus.whole("timeout_propose_ms", 3_000, [1, 10 * MINUTE]),
      prevoteMs: consensus.whole("timeout_prevote_ms", 1_000, [1, 10 * MINUTE]),
      precommitMs: consensus.whole("timeout_precommit_ms", 1_000, [1, 10 * MINUTE]),
      commitMs: consensus.whole("timeout_commit_ms", 1_000, [0, 10 * MINUTE]),
      createEmptyBlocks: consensus.flag("create_empty_blocks", true),
    },
    mempool: {
      maxTxs: mempool.whole("size", 5_000, [1, 1_000_000]),
      maxBytes: mempool.whole("max_txs_bytes", 67_108_864, [1_024, 4_294_967_296]),
    },
    indexer,
  };
  for (const section of [rpc, p2p, consensus, mempool, index, root]) section.done();
  return part;
}

function readApp(root: Section): AppPart {
  const grpc = root.section("grpc");
  const api = root.section("api");
  const sidecar = root.section("sidecar");
  const operator = root.section("operator");
  const part: AppPart = {
    minGasPriceMicro: parseGasPrice(root.text("minimum_gas_prices", "0uopen")),
    keepRecent: root.whole("keep_recent", 1_000, [0, 1_000_000_000]),
    grpc: {
      ...parseListen(grpc.text("address", "127.0.0.1:9090"), "grpc.address"),
      enabled: grpc.flag("enable", true),
    },
    api: {
      ...parseListen(api.text("address", "tcp://127.0.0.1:1317"), "api.address"),
      enabled: api.flag("enable", true),
      maxBlobBytes: api.whole("max_blob_bytes", 5 * 1024 * 1024, [1_024, 1_073_741_824]),
    },
    seedBlobs: root.texts("seed_blobs", []),
    sidecar: { address: sidecar.text("address", ""), tokenFile: sidecar.text("token_file", "") },
    operator: { keyFile: operator.text("key_file", ""), trainer: operator.flag("trainer", false) },
  };
  for (const section of [grpc, api, sidecar, operator, root]) section.done();
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
