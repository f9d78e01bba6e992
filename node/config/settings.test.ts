import { expect } from "chai";
import { EdgeFailure } from "../errors.js";
import { parseGasPrice, parseSeconds, parseSettings } from "./settings.js";
import { parseListen } from "./table.js";

function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof EdgeFailure && error.code === "config") return error.message;
    throw error;
  }
  return "";
}

describe("a node's settings", () => {
  it("have a default each: empty files are enough", () => {
    const settings = parseSettings({ config: "", app: "" });
    expect(settings.rpc).to.include({ host: "127.0.0.1", port: 26657, maxSubscriptionsPerClient: 5 });
    expect(settings.rpc.corsOrigins).to.deep.equal([]);
    expect(settings.instrumentation).to.deep.equal({ host: "127.0.0.1", port: 26660, enabled: false, namespace: "cometbft" });
    expect(settings.logLevels).to.deep.equal({ fallback: "info", services: [] });
    expect(settings.consensus.commitMs).to.equal(1_000);
    expect(settings.sidecar.address).to.equal("");
    expect(settings.engine).to.equal("embedded");
    expect(settings.cometbft).to.deep.equal({ binary: "", abciAddress: "", rpcAddress: "", p2pAddress: "", persistentPeers: [], externalRpc: "" });
  });

  it("are read from both files", () => {
    const config =
      'moniker = "ada"\n[rpc]\nladdr = "tcp://127.0.0.1:7"\n[consensus]\ntimeout_commit_ms = 5\n';
    const app =
      'minimum_gas_prices = "0.025uopen"\n[operator]\nkey_file = "k"\ntrainer = true\n[sidecar]\naddress = "127.0.0.1:9"\n';
    const settings = parseSettings({ config, app });
    expect(settings.moniker).to.equal("ada");
    expect(settings.rpc.port).to.equal(7);
    expect(settings.minGasPriceMicro).to.equal(25_000n);
    expect(settings.operator.trainer).to.equal(true);
  });

  const wrong: readonly (readonly [what: string, config: string, app: string, says: string])[] = [
    ["an unknown key", "monicker = 'x'", "", "config.monicker is not a setting"],
    ["an unknown key in a table", "[rpc]\nladr = 'x'", "", "config.rpc.ladr is not a setting"],
    ["a wrong type", "moniker = 3", "", "config.moniker must be a string"],
    [
      "a number out of bounds",
      "[consensus]\ntimeout_commit_ms = -1",
      "",
      "timeout_commit_ms must be a whole number",
    ],
    ["a bad address", "[p2p]\nladdr = 'here'", "", "p2p.laddr must be host:port"],
    ["text that is no TOML", "moniker =", "", "config.toml is not TOML"],
    ["an engine that there is not", "engine = 'comet'", "", "engine must be one of embedded, cometbft, external"],
    ["a peer id of another kind", "[p2p]\nprivate_peer_ids = ['0123456789012345678901234567890123456789']", "", "p2p.private_peer_ids"],
    ["an external address by name", "[p2p]\nexternal_address = 'tcp://node.example:26656'", "", "p2p.external_address"],
    ["a seed that keeps to itself", "[p2p]\npex = false\nseed_mode = true", "", "need p2p.pex"],
    ["a peer that is none", "[p2p]\npersistent_peers = ['friend']", "", 'p2p.persistent_peers: "friend" must look like /ip4/'],
    ["a peer as CometBFT writes it", `[p2p]\npersistent_peers = ['${"ab".repeat(20)}@1.2.3.4:26656']`, "", "p2p.persistent_peers"],
    ["a seed without its id", "[p2p]\nseeds = ['/ip4/1.2.3.4/tcp/26656']", "", "p2p.seeds"],
    ["a name to listen at", "[p2p]\nladdr = 'tcp://localhost:26656'", "", "p2p.laddr must be an IP and a port"],
    ["a signer over tcp", "priv_validator_laddr = 'tcp://127.0.0.1:1234'", "", "signers over tcp are not supported"],
    ["seeds for a node that asks nobody", "[p2p]\npex = false\nseeds = ['/ip4/1.2.3.4/tcp/1/p2p/x']", "", "need p2p.pex"],
    ["a CometBFT peer that is a multiaddress", "[cometbft]\npersistent_peers = ['/ip4/1.2.3.4/tcp/1']", "", "cometbft.persistent_peers"],
    ["an RPC that is no URL", "[cometbft]\nexternal_rpc = '127.0.0.1:1'", "", "cometbft.external_rpc must look like"],
    ["a trainer without a key", "", "[operator]\ntrainer = true", "operator.trainer needs"],
    ["a level that is none", "log_level = 'p2p:loud,*:info'", "", "log_level"],
    ["a namespace that no metric may have", "[instrumentation]\nnamespace = 'a-b'", "", "instrumentation.namespace"],
    ["state sync without a header to trust", "[statesync]\nenable = true", "", "statesync.trust_height"],
    [
      "state sync with one server, which nobody could contradict",
      `[statesync]\nenable = true\ntrust_height = 5\ntrust_hash = "${"ab".repeat(32)}"\nrpc_servers = ["http://a:1", "http://a:1"]`,
      "",
      "at least two servers",
    ],
    ["a server that is no URL", "[statesync]\nrpc_servers = ['a,b']", "", "statesync.rpc_servers must be URLs"],
    ["a period that is none", "[statesync]\ntrust_period = '7 days'", "", "statesync.trust_period must look like"],
    ["a price in another coin", "", "minimum_gas_prices = '1atom'", "minimum_gas_prices must look like"],
  ];
  for (const [what, config, app, says] of wrong) {
    it(`complain about ${what}, naming its place`, () => {
      expect(complaint(() => parseSettings({ config, app }))).to.contain(says);
    });
  }

  it("read addresses with and without a scheme, and in IPv6", () => {
    expect(parseListen("tcp://0.0.0.0:1", "x")).to.deep.equal({ host: "0.0.0.0", port: 1 });
    expect(parseListen("[::1]:2", "x")).to.deep.equal({ host: "::1", port: 2 });
    expect(complaint(() => parseListen("a:70000", "x"))).to.contain("host:port");
  });

  it("read what state sync needs, and durations as Go writes them", () => {
    const config = `[statesync]\nenable = true\ntrust_height = 5\ntrust_hash = "${"AB".repeat(32)}"\nrpc_servers = ["http://a:1", "tcp://b:2"]`;
    const { stateSync, snapshots } = parseSettings({ config, app: "[state-sync]\nsnapshot-interval = 100" });
    expect(stateSync).to.include({ enabled: true, trustHeight: 5, trustHash: "ab".repeat(32), trustPeriodSeconds: 604_800 });
    expect(snapshots).to.deep.equal({ interval: 100, keepRecent: 2 });
    expect(["1h30m", "90m", "5400s", "1h29m60s"].map((text) => parseSeconds("x", text))).to.deep.equal([5_400, 5_400, 5_400, 5_400]);
    for (const text of ["", "0s", "1d", "h", "-5s", "1.5h"]) expect(complaint(() => parseSeconds("x", text)), text).to.contain("x must look like");
  });

  it("read gas prices exactly", () => {
    expect(parseGasPrice("0uopen")).to.equal(0n);
    expect(parseGasPrice("1.000001uopen")).to.equal(1_000_001n);
  });
});
