/** Every setting of a home, described once: what `init` writes, what `config` reads and changes. */

export type OptionFile = "config" | "app" | "client";
export type OptionValue = string | number | boolean | readonly string[];

export interface ConfigOption {
  readonly file: OptionFile;
  /** Empty for the settings at the top of a file. */
  readonly section: string;
  readonly name: string;
  readonly value: OptionValue;
  /** Lines of the comment above it. */
  readonly about: readonly string[];
}

function option(file: OptionFile, place: string, value: OptionValue, ...about: readonly string[]): ConfigOption {
  const dot = place.indexOf(".");
  return { file, section: place.slice(0, Math.max(dot, 0)), name: place.slice(dot + 1), value, about };
}

export const OPTIONS: readonly ConfigOption[] = [
  option("config", "moniker", "node", "What this node calls itself towards peers and explorers."),
  option(
    "config",
    "log_level",
    "info",
    "Least urgent messages that are logged: debug, info, warn, error or silent; or by service, the first match deciding:",
    '"engine:debug,p2p:error,*:info".',
  ),
  option(
    "config",
    "engine",
    "embedded",
    "Who orders transactions: embedded (this program alone), cometbft (a CometBFT 0.38 that this program starts and watches),",
    "or external (one that you run and point at cometbft.abci_laddr). `start --engine` chooses for one run.",
  ),
  option(
    "config",
    "threads",
    true,
    "Run the application, and the check of signatures, on threads of their own, so that the execution of a block stops neither votes",
    "nor clients. Without it, everything but the index shares one thread: less memory, on a machine of one CPU.",
  ),
  option(
    "config",
    "priv_validator_laddr",
    "",
    "Where a signer dials in that holds the validator's key in another process: unix:///run/openledger/signer.sock.",
    "Empty: the key is in this home.",
  ),
  option("config", "rpc.laddr", "tcp://127.0.0.1:26657", "Where JSON-RPC listens. Loopback unless you put a proxy with limits before it."),
  option(
    "config",
    "rpc.cors_allowed_origins",
    [],
    "Web origins whose pages may call this node: wallets and explorers in a browser.",
    'Example: ["https://explorer.example"]; ["*"] lets every page in. Empty: none.',
  ),
  option("config", "rpc.max_open_connections", 900, "Most connections at a time, those of websockets included."),
  option("config", "rpc.max_body_bytes", 1_000_000, "Longest body of a request, and longest message on a websocket."),
  option("config", "rpc.max_request_batch_size", 100, "Most requests in one batch. CosmJS sends up to 20."),
  option("config", "rpc.timeout_broadcast_tx_commit_ms", 10_000, "How long broadcast_tx_commit waits for the block, milliseconds."),
  option("config", "rpc.max_subscription_clients", 100, "Most websocket clients that are subscribed at a time."),
  option("config", "rpc.max_subscriptions_per_client", 5, "Most subscriptions of one of them."),
  option("config", "p2p.laddr", "tcp://127.0.0.1:26656", "Where other nodes reach this one. A node of a public network listens on tcp://0.0.0.0:26656."),
  option(
    "config",
    "p2p.persistent_peers",
    [],
    "Nodes that this one stays connected to, as multiaddresses with their peer id:",
    '["/ip4/203.0.113.7/tcp/26656/p2p/12D3Koo..."]; `openledgerd comet show-node-id --output json` prints the peer id.',
  ),
  option("config", "p2p.seeds", [], "Nodes to ask for others when no other node is at hand, in the same form."),
  option("config", "p2p.pex", true, "Ask other nodes for nodes, and tell them of nodes. Off for a validator behind sentries: it has its persistent peers and nobody else."),
  option("config", "p2p.seed_mode", false, "Be a seed: look round for nodes, tell whoever asks, and let everybody go after some seconds."),
  option("config", "p2p.max_num_inbound_peers", 40, "Most nodes that have dialled this one, besides persistent and unconditional ones."),
  option("config", "p2p.max_num_outbound_peers", 10, "Most nodes that this one dials because others told of them, besides persistent ones."),
  option("config", "p2p.allowed_peer_ids", [], "If there are any here, only these nodes, persistent and unconditional ones may connect, in either direction."),
  option("config", "p2p.unconditional_peer_ids", [], "Nodes that always find a place, whatever the numbers above."),
  option("config", "p2p.private_peer_ids", [], "Nodes that nobody is told about, neither peers nor who asks net_info: the validator, on each of its sentries."),
  option("config", "p2p.addr_book_strict", true, "Keep and tell only addresses that mean the same host everywhere. Off in a private network."),
  option(
    "config",
    "p2p.external_address",
    "",
    "Where others reach this node, if its own interfaces do not say: tcp://203.0.113.7:26656. Empty: what the interfaces say.",
  ),
  option("config", "mempool.size", 5_000, "Most transactions that wait for a block."),
  option("config", "mempool.max_txs_bytes", 67_108_864, "Most bytes that they have together."),
  option("config", "mempool.max_tx_bytes", 1_048_576, "Longest transaction."),
  option("config", "mempool.max_txs_per_sender", 256, "Most transactions of one account that wait: nobody fills the pool alone."),
  option("config", "mempool.ttl_num_blocks", 0, "Blocks after which a transaction that none of them took is dropped; 0 keeps it."),
  option("config", "mempool.cache_size", 10_000, "Hashes of transactions seen lately that are remembered, so that none is checked twice."),
  option(
    "config",
    "mempool.recheck",
    false,
    "Check every waiting transaction again after each block. Without it, only those of senders that the block touched,",
    "and others when their sender's next one arrives.",
  ),
  option("config", "consensus.timeout_propose_ms", 3_000, "How long to wait for a proposal before voting for none, milliseconds; grows with each round."),
  option("config", "consensus.timeout_prevote_ms", 1_000, "How long to wait for more prevotes once two thirds voted, but not alike."),
  option("config", "consensus.timeout_precommit_ms", 1_000, "The same for precommits."),
  option("config", "consensus.timeout_commit_ms", 1_000, "How long to wait for late precommits after a decision: the pace of an idle chain."),
  option("config", "consensus.create_empty_blocks", true, "Make blocks without transactions too. Attestation travels in blocks, so leave it on."),
  option(
    "config",
    "cometbft.binary",
    "",
    "The CometBFT program, for engine = cometbft. Empty: what OPENLEDGER_COMETBFT names, else the one on the PATH.",
  ),
  option(
    "config",
    "cometbft.p2p_laddr",
    "",
    "Where other CometBFT nodes reach this one. Empty: the host of p2p.laddr, 1,000 ports above it (27656).",
  ),
  option(
    "config",
    "cometbft.persistent_peers",
    [],
    'Nodes that CometBFT stays connected to: ["<node id>@203.0.113.7:27656"]. Empty: those of p2p.persistent_peers, 1,000 ports above.',
  ),
  option("config", "cometbft.rpc_laddr", "", "Where CometBFT serves its own JSON-RPC, to this program. Empty: a socket in the home."),
  option(
    "config",
    "cometbft.abci_laddr",
    "",
    "Where this program serves ABCI to CometBFT. Empty: a socket in the home; for engine = external, tcp://127.0.0.1:26658.",
  ),
  option(
    "config",
    "cometbft.external_rpc",
    "",
    "JSON-RPC of the CometBFT of engine = external, such as http://127.0.0.1:36657. Empty: only ABCI is served, no queries about blocks.",
  ),
  option(
    "config",
    "statesync.enable",
    false,
    "Begin a new node from a snapshot of the state that peers have, not from the first block. Does nothing once the node has blocks.",
  ),
  option(
    "config",
    "statesync.rpc_servers",
    [],
    "At least two RPC servers that show headers, best of different operators: they must agree.",
    'Example: ["https://rpc.example.org", "https://rpc.example.net"]',
  ),
  option("config", "statesync.trust_height", 0, "A height whose header you trust, below the snapshots that peers have; what the servers show must follow from it."),
  option("config", "statesync.trust_hash", "", "Hash of that header, 64 hex digits, from somebody you trust: an explorer, or GET /block?height=... of a node of yours."),
  option("config", "statesync.trust_period", "168h0m0s", "How old that header may be: below the chain's unbonding time, about two thirds of it."),
  option("config", "statesync.discovery_time_ms", 15_000, "Between two rounds of asking peers for snapshots, milliseconds."),
  option("config", "statesync.chunk_request_timeout_ms", 30_000, "How long a peer may take for a chunk of 10 MiB."),
  option("config", "statesync.chunk_fetchers", 4, "Chunks that are fetched at once."),
  option("config", "tx_index.indexer", "kv", 'Index of transactions and blocks for searches: "kv", or "null" for none.'),
  option("config", "instrumentation.prometheus", false, "Whether metrics (GET /metrics) and the health of this node (GET /health) are served apart from the RPC."),
  option("config", "instrumentation.prometheus_listen_addr", "tcp://127.0.0.1:26660", "Where."),
  option("config", "instrumentation.namespace", "cometbft", "First part of the names of the metrics that CometBFT has too."),

  option(
    "app",
    "minimum_gas_prices",
    "0.001uopen",
    "Least price of a unit of gas at which this node takes a transaction into its mempool.",
    "Each validator sets its own; 0uopen takes all.",
  ),
  option(
    "app",
    "min_retain_blocks",
    0,
    "Blocks that this node keeps at least. Older ones go, as far as no evidence and no snapshot could still need them; 0 keeps all.",
  ),
  option(
    "app",
    "halt_height",
    0,
    "The last block that this node helps to decide. Set on all validators, the chain stands there, to be moved to another engine",
    "(docs/engines.md); 0 sets no end.",
  ),
  option("app", "keep_recent", 1_000, "Committed versions of the state that queries and proofs can ask for; 0 keeps all."),
  option(
    "app",
    "seed_blobs",
    [],
    "Files that this node keeps in its blob store from the start: config.json, tokenizer.json and model.safetensors",
    "of the base models in genesis.",
  ),
  option(
    "app",
    "state-sync.snapshot-interval",
    0,
    "Blocks from one snapshot of the state to the next, from which new nodes can begin; 0 takes none. Best the same on many nodes:",
    "they then have the same snapshots and share the load.",
  ),
  option("app", "state-sync.snapshot-keep-recent", 2, "Snapshots that are kept; 0 keeps all."),
  option("app", "grpc.enable", true, "Whether gRPC is served."),
  option("app", "grpc.address", "127.0.0.1:9090", "Where."),
  option("app", "grpc.requests_per_minute", 6_000, "Most calls of one address per minute; 0 for no limit, as behind a proxy, whose own address all calls have."),
  option("app", "api.enable", true, "Whether HTTP is served: REST queries, and the gateway of blobs."),
  option("app", "api.address", "tcp://127.0.0.1:1317", "Where."),
  option("app", "api.cors_origins", [], "Web origins whose pages may call; as rpc.cors_allowed_origins in config.toml."),
  option("app", "api.max_body_bytes", 1_000_000, "Longest body of a REST call, such as a transaction in JSON or base64."),
  option("app", "api.requests_per_minute", 6_000, "Most requests of one address per minute; 0 for no limit, as behind a proxy."),
  option("app", "api.timeout_ms", 30_000, "How long a request may take to arrive, and its answer to be taken; slower clients are disconnected."),
  option("app", "api.max_open_connections", 1_000, "Most connections at a time."),
  option("app", "api.public_rest", "", "URL by which wallets and explorers reach this server, if not by the name that they asked; shown on /wallet."),
  option("app", "api.public_rpc", "", "The same of the RPC server."),
  option("app", "api.max_blob_bytes", 5_242_880, "Longest blob that this node takes in over HTTP."),
  option(
    "app",
    "sidecar.address",
    "",
    "host:port of this node's machine-learning runtime (`openledgerd sidecar start`).",
    "Empty: the node follows and votes, and never attests what models computed.",
  ),
  option("app", "sidecar.token_file", "", "File with the token that it asks for; empty for none."),
  option(
    "app",
    "operator.key_file",
    "",
    "File with the hex secp256k1 key of an account that this node may sign with, for a trainer. Empty for none.",
  ),
  option("app", "operator.trainer", false, "Take open training jobs with that account. Needs the sidecar."),

  option("client", "chain-id", "", "Chain that commands are for."),
  option("client", "keyring-backend", "os", "Where keys are kept: os (the desktop's keyring), file (your passphrase) or test (no protection)."),
  option("client", "output", "text", "How results are printed: text or json."),
  option("client", "node", "tcp://localhost:26657", "JSON-RPC of the node that commands ask."),
  option("client", "broadcast-mode", "sync", "How transactions are sent: sync waits for the mempool's answer, async does not."),
  option("client", "gas", "auto", 'Gas limit of a transaction: "auto" estimates it by simulation, or a number like "200000".'),
  option("client", "gas-adjustment", "1.4", "What the estimate is multiplied by, since a block may find another state than the simulation."),
  option("client", "gas-prices", "0.001uopen", "Price of a unit of gas, from which fees follow. Nodes refuse less than their minimum_gas_prices."),
];

const HEADS: Readonly<Record<OptionFile, string>> = {
  config: "Settings of the engine and its doors. None of them changes what the chain computes.",
  app: "Settings of the application and its services.",
  client: "Defaults of the command line.",
};

/** TOML of a value: JSON's text, and the one control character that JSON leaves alone. */
export function formatValue(value: OptionValue): string {
  if (Array.isArray(value)) return `[${value.map(formatValue).join(", ")}]`;
  return JSON.stringify(value).replaceAll("\u007f", "\\u007f");
}

/** Name within its file: "rpc.laddr". */
export function placeOf({ section, name }: ConfigOption): string {
  return section === "" ? name : `${section}.${name}`;
}

export function optionsOf(file: OptionFile): readonly ConfigOption[] {
  return OPTIONS.filter((o) => o.file === file);
}

/** A whole documented file; `values` by place, where they differ from the defaults. */
export function formatOptions(file: OptionFile, values: Readonly<Record<string, OptionValue>> = {}): string {
  const lines = [`# ${HEADS[file]}`];
  let section = "";
  for (const described of optionsOf(file)) {
    if (described.section !== section) lines.push("", `[${described.section}]`);
    section = described.section;
    const value = values[placeOf(described)] ?? described.value;
    lines.push("", ...described.about.map((line) => `# ${line}`), `${described.name} = ${formatValue(value)}`);
  }
  return `${lines.join("\n")}\n`;
}
