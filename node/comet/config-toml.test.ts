import { expect } from "chai";
import { parse } from "smol-toml";
import { DEFAULT_ENGINE_CONFIG } from "../config/engine.js";
import { parseSettings } from "../config/settings.js";
import { formatCometConfig } from "./config-toml.js";
import type { CometConfig } from "./config-toml.js";

function configOf(config: string, changes: Partial<CometConfig> = {}): Record<string, Record<string, unknown>> {
  const settings = parseSettings({ config, app: "" });
  const text = formatCometConfig({
    settings,
    timers: DEFAULT_ENGINE_CONFIG,
    files: { genesis: "/h/g.json", nodeKey: "/h/n.json", validatorKey: "/h/k.json", validatorState: "/h/s.json" },
    abci: { kind: "unix", path: "/h/abci.sock" },
    rpc: { kind: "unix", path: "/h/rpc.sock" },
    p2p: { kind: "tcp", host: "0.0.0.0", port: 27_656 },
    peers: { persistent: ["a@b:1", "c@d:2"], seeds: ["e@f:3"], unconditionalIds: ["aa"], privateIds: ["bb", "cc"], externalAddress: "h:4", settings: settings.p2p },
    ...changes,
  });
  return parse(text) as Record<string, Record<string, unknown>>;
}

describe("CometBFT's config.toml", () => {
  it("points at our genesis and keys instead of copies: one signer state for both engines", () => {
    expect(configOf("")).to.include({
      genesis_file: "/h/g.json",
      node_key_file: "/h/n.json",
      priv_validator_key_file: "/h/k.json",
      priv_validator_state_file: "/h/s.json",
      proxy_app: "unix:///h/abci.sock",
      abci: "socket",
    });
  });

  it("takes our timeouts, with the same growth per round", () => {
    const timers = { ...DEFAULT_ENGINE_CONFIG, propose: { baseMs: 7, growthMs: 8 }, commitMs: 9 };
    const { consensus } = configOf("", { timers });
    expect(consensus).to.include({ timeout_propose: "7ms", timeout_propose_delta: "8ms", timeout_commit: "9ms", create_empty_blocks: true });
    const lazy = configOf("", { timers: { ...DEFAULT_ENGINE_CONFIG, createEmptyBlocks: false } });
    expect(lazy["consensus"]).to.include({ create_empty_blocks: false, create_empty_blocks_interval: "1000ms" });
  });

  it("takes our bounds of the mempool, and always rechecks", () => {
    const { mempool, rpc } = configOf("[mempool]\nsize = 3\nmax_txs_bytes = 2000\nmax_tx_bytes = 9000000\ncache_size = 5\nrecheck = false\n");
    expect(mempool).to.deep.equal({ type: "flood", recheck: true, size: 3, max_txs_bytes: 2_000, max_tx_bytes: 9_000_000, cache_size: 5 });
    expect(rpc?.["max_body_bytes"]).to.be.greaterThan(12_000_000);
  });

  it("lets one address hold several nodes on loopback only", () => {
    expect(configOf("")["p2p"]).to.include({ persistent_peers: "a@b:1,c@d:2", addr_book_strict: true, allow_duplicate_ip: false });
    const local = configOf("", { p2p: { kind: "tcp", host: "127.0.0.1", port: 1 } });
    expect(local["p2p"]).to.include({ laddr: "tcp://127.0.0.1:1", addr_book_strict: false, allow_duplicate_ip: true });
  });

  it("keeps a validator behind its sentries: what is private, and nobody else's addresses", () => {
    const { p2p } = configOf("[p2p]\npex = false\nmax_num_inbound_peers = 3\nmax_num_outbound_peers = 2\naddr_book_strict = false\n");
    expect(p2p).to.include({
      pex: false,
      seed_mode: false,
      seeds: "e@f:3",
      unconditional_peer_ids: "aa",
      private_peer_ids: "bb,cc",
      external_address: "h:4",
      max_num_inbound_peers: 3,
      max_num_outbound_peers: 2,
      addr_book_strict: false,
    });
    expect(configOf("")["p2p"]).to.include({ pex: true });
  });

  it("says as much as our log_level of cometbft wants", () => {
    expect(configOf("")["log_level"]).to.contain("state:info");
    expect(configOf('log_level = "cometbft:debug,*:error"')["log_level"]).to.equal("info");
    expect(configOf('log_level = "silent"')["log_level"]).to.equal("none");
  });

  it("begins from a snapshot where ours says so, with CometBFT's least waits", () => {
    expect(configOf("")["statesync"]).to.deep.equal({ enable: false });
    const hash = "ab".repeat(32);
    const { statesync } = configOf(`[statesync]\nenable = true\nrpc_servers = ["http://a:1", "http://b:2"]\ntrust_height = 7\ntrust_hash = "${hash}"\ndiscovery_time_ms = 100\n`);
    expect(statesync).to.deep.equal({
      enable: true,
      rpc_servers: "http://a:1,http://b:2",
      trust_height: 7,
      trust_hash: hash.toUpperCase(),
      trust_period: "604800s",
      discovery_time: "5000ms",
      chunk_request_timeout: "30000ms",
      chunk_fetchers: "4",
    });
  });

  it("keeps what the mirror reads, and indexes nothing twice", () => {
    expect(configOf("")).to.deep.include({ storage: { discard_abci_responses: false }, tx_index: { indexer: "null" } });
  });

  it("survives any name", () => {
    const moniker = 'a"b\\c\u007f\u2028é';
    expect(configOf(`moniker = ${JSON.stringify(moniker).replaceAll("\u007f", "\\u007f")}`)["moniker"]).to.equal(moniker);
  });
});
