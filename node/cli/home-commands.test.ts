import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { parseGenesis } from "../config/genesis.js";
import { homeAt } from "../config/home.js";
import { OPTIONS } from "../config/options.js";
import { parseSettings } from "../config/settings.js";
import { openKv } from "../storage/index.js";
import { createTestDaemon } from "./testkit/daemon.js";
import type { Ran, TestDaemon } from "./testkit/daemon.js";

const TREZOR = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const ADA = "open19rl4cm2hmr8afy4kldpxz3fka4jguq0attl9rz";
const TEST = ["--keyring-backend", "test"] as const;

function checkRefused(ran: Ran, says: string): void {
  expect(ran.code).to.be.oneOf([1, 64]);
  expect(ran.out).to.equal("");
  expect(ran.err).to.contain(says).and.match(/^openledgerd: [^\n]*\n$/);
}

describe("openledgerd on a home", function () {
  this.timeout(120_000);
  let daemon: TestDaemon;
  const file = (name: string): string => readFileSync(join(daemon.home, name), "utf8");

  beforeEach(async () => void (daemon = await createTestDaemon()));
  afterEach(() => daemon.remove());

  describe("init", () => {
    it("writes a home as simd does, and says so on standard error", async () => {
      const { code, out, err } = await daemon.run(["init", "ada", "--chain-id", "test-1"]);
      expect([code, out]).to.deep.equal([0, ""]);
      const said = JSON.parse(err) as Record<string, unknown>;
      expect(Object.keys(said)).to.deep.equal(["moniker", "chain_id", "node_id", "gentxs_dir", "app_message"]);
      expect(said).to.deep.include({ moniker: "ada", chain_id: "test-1", gentxs_dir: "" });
      const doc = parseGenesis(file("config/genesis.json"));
      expect([doc.chainId, doc.validators, doc.initialHeight]).to.deep.equal(["test-1", [], 1n]);
      expect(doc.appState).to.deep.equal(said["app_message"]);
      expect(parseSettings({ config: file("config/config.toml"), app: file("config/app.toml") }).moniker).to.equal("ada");
      expect(JSON.parse(file("data/priv_validator_state.json"))).to.deep.equal({ height: "0", round: 0, step: 0 });
      for (const secret of ["config/node_key.json", "config/priv_validator_key.json", "config/attest_secret.hex", "data/priv_validator_state.json"])
        expect(statSync(join(daemon.home, secret)).mode & 0o777, secret).to.equal(0o600);
    });

    it("documents every setting in its file", async () => {
      await daemon.run(["init", "ada"]);
      for (const { file: name, name: setting, about } of OPTIONS)
        expect(file(`config/${name}.toml`)).to.contain(`# ${about.at(-1) ?? ""}\n${setting} = `);
    });

    it("replaces a genesis document only with --overwrite, and a key never", async () => {
      await daemon.run(["init", "ada", "--chain-id", "test-1"]);
      const key = file("config/priv_validator_key.json");
      checkRefused(await daemon.run(["init", "eve"]), "already exists; --overwrite replaces it");
      expect((await daemon.run(["init", "eve", "--overwrite"])).code).to.equal(0);
      expect(parseGenesis(file("config/genesis.json")).chainId).to.match(/^test-chain-[0-9a-f]{6}$/);
      expect(file("config/priv_validator_key.json")).to.equal(key);
    });

    it("recovers the validator's key from a mnemonic, and the same one each time", async () => {
      await daemon.run(["init", "ada", "--recover"], `${TREZOR}\n`);
      expect((await daemon.run(["comet", "show-address"])).out).to.match(/^openvalcons1/);
      const key = file("config/priv_validator_key.json");
      checkRefused(await daemon.run(["init", "ada", "--recover", "--overwrite"], `${TREZOR}\n`), "move it away before recovering another");
      const other = await createTestDaemon();
      await other.run(["init", "ada", "--recover"], `${TREZOR}\n`);
      expect(readFileSync(homeAt(other.home).validatorKey, "utf8")).to.equal(key);
      other.remove();
    });

    for (const [args, says] of [
      [["init"], "missing required argument 'moniker'"],
      [["init", " "], "printable characters"],
      [["init", "ada", "--chain-id", "a b"], "--chain-id"],
      [["init", "ada", "--chain-id", "x".repeat(51)], "--chain-id"],
      [["init", "ada", "--default-denom", "stake"], "this chain has one coin, uopen"],
      [["init", "ada", "--initial-height", "x"], "--initial-height"],
      [["init", "ada", "--homee", "x"], "Did you mean --home?"],
    ] as const) {
      it(`refuses "${args.join(" ").slice(0, 40)}"`, async () => {
        checkRefused(await daemon.runHere(args), says);
        expect(existsSync(daemon.home)).to.equal(false);
      });
    }
  });

  describe("genesis", () => {
    beforeEach(async () => {
      await daemon.runHere(["init", "ada", "--chain-id", "test-1"]);
      await daemon.runHere(["keys", "add", "ada", "--recover", ...TEST], `${TREZOR}\n`);
    });

    const balances = (): Readonly<Record<string, string>> => {
      const { bank } = parseGenesis(file("config/genesis.json")).appState as {
        bank: { balances: { address: string; coins: { amount: string }[] }[]; supply: { amount: string }[] };
      };
      const total = bank.balances.reduce((sum, { coins }) => sum + BigInt(coins[0]?.amount ?? "0"), 0n);
      expect([total, bank.supply[0]?.amount]).to.deep.equal([10n ** 15n, String(10n ** 15n)]);
      return Object.fromEntries(bank.balances.map(({ address, coins }) => [address, coins[0]?.amount ?? "0"]));
    };

    it("funds accounts from a bucket, by address or key name, and keeps the supply", async () => {
      expect(await daemon.run(["genesis", "add-account", "ada", "5000000uopen", ...TEST])).to.deep.equal({ code: 0, out: "", err: "" });
      expect(balances()[ADA]).to.equal("5000000");
      checkRefused(await daemon.run(["genesis", "add-account", ADA, "1uopen"]), `existing address ${ADA}; --append`);
      await daemon.run(["genesis", "add-account", ADA, "1uopen", "--append", "--from-bucket", "liquidity"]);
      expect(balances()[ADA]).to.equal("5000001");
      expect((await daemon.run(["genesis", "validate"])).out).to.contain("is a valid genesis file");
    });

    it("locks what vests", async () => {
      const times = ["--vesting-start-time", "1900000000", "--vesting-end-time", "2000000000"];
      expect((await daemon.run(["genesis", "add-account", ADA, "10uopen", "--vesting-amount", "4uopen", ...times])).err).to.equal("");
      expect(file("config/genesis.json")).to.contain('"@type": "/cosmos.vesting.v1beta1.ContinuousVestingAccount"').and.contain('"start_time": "1900000000"');
    });

    for (const start of [[], ["--vesting-start-time", "0"]]) {
      it(`releases what vests at once at the end where ${start.length === 0 ? "no start is given" : "the start is zero, as simd does"}`, async () => {
        const times = [...start, "--vesting-end-time", "2000000000"];
        expect((await daemon.runHere(["genesis", "add-account", ADA, "10uopen", "--vesting-amount", "4uopen", ...times])).err).to.equal("");
        type Auth = { readonly auth: { readonly accounts: readonly Readonly<Record<string, unknown>>[] } };
        const { auth } = parseGenesis(file("config/genesis.json")).appState as Auth;
        const delayed = auth.accounts.find((account) => account["@type"] === "/cosmos.vesting.v1beta1.DelayedVestingAccount");
        expect(delayed?.["base_vesting_account"]).to.deep.include({ original_vesting: [{ denom: "uopen", amount: "4" }], end_time: "2000000000" });
        expect(delayed?.["base_vesting_account"]).to.have.nested.property("base_account.address", ADA);
        expect((await daemon.runHere(["genesis", "validate"])).code).to.equal(0);
      });
    }

    for (const [args, says] of [
      [["add-account", ADA, "5"], 'coins must look like 1000000uopen, got "5"'],
      [["add-account", ADA, "0uopen"], "must be positive"],
      [["add-account", ADA, "5stake"], 'no coin "stake"'],
      [["add-account", ADA, "5uopen,5stake"], "one coin"],
      [["add-account", ADA, "5OPEN"], "1 OPEN is 1000000uopen"],
      [["add-account", "open1xyz", "5uopen"], "invalid address"],
      [["add-account", "nobody", "5uopen", ...TEST], 'no key named "nobody"'],
      [["add-account", ADA, "20000001000000uopen"], "the ecosystem bucket (--from-bucket community or liquidity names another) has 20000000000000uopen"],
      [["add-account", ADA, "5uopen", "--from-bucket", "team"], "--from-bucket"],
      [["add-account", ADA, "5uopen", "--vesting-amount", "6uopen", "--vesting-end-time", "9"], "cannot be greater"],
      [["add-account", ADA, "5uopen", "--vesting-amount", "5uopen"], "needs --vesting-end-time"],
      [["add-account", ADA, "5uopen", "--vesting-amount", "5uopen", "--vesting-start-time", "9", "--vesting-end-time", "9"], "must be after"],
      [["add-account", ADA, "5uopen", "--vesting-end-time", "9"], "need --vesting-amount"],
      [["add-account", ADA, "5uopen", "--vesting-end-time", "soon"], "--vesting-end-time"],
      [["validate", "/nowhere"], "/nowhere cannot be read"],
    ] as const) {
      it(`refuses "genesis ${args.join(" ")}" and leaves the document alone`, async () => {
        const before = file("config/genesis.json");
        checkRefused(await daemon.runHere(["genesis", ...args]), says);
        expect(file("config/genesis.json")).to.equal(before);
      });
    }

    describe("bulk-add-genesis-account", () => {
      const coins = (amount: string, denom = "uopen") => [{ denom, amount }];
      const bulk = (content: unknown, args: readonly string[] = []): Promise<Ran> => {
        const path = join(daemon.home, "accounts.json");
        writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
        return daemon.runHere(["genesis", "bulk-add-genesis-account", path, ...args, ...TEST]);
      };

      it("adds what simd's file lists, by address or key name, with each kind of vesting", async () => {
        const more = ["open1qyqszqgpqyqszqgpqyqszqgpqyqszqgp9cnx3t", "open1q5zs2pg9q5zs2pg9q5zs2pg9q5zs2pg95vjxap"];
        const ran = await bulk([
          { address: "ada", coins: coins("7") },
          { address: more[0], coins: coins("8"), vesting_amt: coins("8"), vesting_end: 2_000_000_000 },
          { address: more[1], coins: coins("9"), vesting_amt: coins("4"), vesting_start: 1_900_000_000, vesting_end: 2_000_000_000 },
        ], ["--from-bucket", "liquidity"]);
        expect(ran).to.deep.equal({ code: 0, out: "", err: "" });
        expect([ADA, ...more].map((address) => balances()[address])).to.deep.equal(["7", "8", "9"]);
        expect(file("config/genesis.json")).to.contain("DelayedVestingAccount").and.contain("ContinuousVestingAccount");
        expect((await daemon.runHere(["genesis", "validate"])).code).to.equal(0);
        checkRefused(await bulk([{ address: "ada", coins: coins("7") }]), "--append");
        expect((await bulk([{ address: "ada", coins: coins("7") }], ["--append"])).code).to.equal(0);
        expect(balances()[ADA]).to.equal("14");
      });

      for (const [content, says] of [
        ["{", "is no JSON"],
        [{}, "must hold a list of accounts"],
        [[{ coins: coins("1") }], 'account 1: an account needs its "address"'],
        [[{ address: ADA, coins: coins("1") }, { address: ADA, coins: coins("1") }], "existing address"],
        [[{ address: "open1nobody", coins: coins("1") }], "open1nobody: decoding bech32 failed"],
        [[{ address: "nobody", coins: coins("1") }], 'no key named "nobody"'],
        [[{ address: ADA }], "has no coins"],
        [[{ address: ADA, coins: coins("1", "stake") }], 'no coin "stake"'],
        [[{ address: ADA, coins: [...coins("1"), ...coins("2")] }], "must look like"],
        [[{ address: ADA, coins: coins("1"), module_name: "gov" }], 'a field "module_name" means nothing here'],
        [[{ address: ADA, coins: coins("1"), vesting_amt: coins("2"), vesting_end: 9 }], "vesting_amt cannot be greater"],
        [[{ address: ADA, coins: coins("1"), vesting_amt: coins("1") }], "vesting_amt needs vesting_end"],
        [[{ address: ADA, coins: coins("1"), vesting_end: 9 }], 'need "vesting_amt"'],
        [[{ address: ADA, coins: coins("1"), vesting_amt: coins("1"), vesting_end: -1 }], "must be a Unix time"],
        [Array.from({ length: 10_001 }, () => 0), "at most 10000"],
      ] as const) {
        it(`refuses a file: ${says.replaceAll('"', "")}, and leaves the document alone`, async () => {
          const before = file("config/genesis.json");
          checkRefused(await bulk(content), says);
          expect(file("config/genesis.json")).to.equal(before);
        });
      }
    });

    it("validate names what is wrong with a document, down to a module's own rule", async () => {
      const path = join(daemon.home, "config", "genesis.json");
      const text = file("config/genesis.json");
      for (const [change, says] of [
        [text.replace('"chain_id"', '"chain"'), "genesis"],
        [text.replace('"supply": [', '"supplies": ['), "the application refuses this genesis document"],
        [text.replace('"amount": "100000000000000"', '"amount": "100000000000001"'), "supply differs from the sum of the balances"],
        ["{", "malformed"],
      ] as const) {
        writeFileSync(path, change);
        checkRefused(await daemon.runHere(["genesis", "validate"]), says);
      }
    });
  });

  describe("config", () => {
    beforeEach(async () => {
      await daemon.runHere(["init", "ada", "--chain-id", "test-1"]);
    });

    it("reads and changes one setting, and keeps every comment", async () => {
      const before = file("config/config.toml");
      expect((await daemon.run(["config", "get", "config", "rpc.laddr"])).out).to.equal("tcp://127.0.0.1:26657\n");
      expect((await daemon.run(["config", "set", "config", "rpc.laddr", "tcp://127.0.0.1:7"])).code).to.equal(0);
      expect(file("config/config.toml")).to.equal(before.replace("127.0.0.1:26657", "127.0.0.1:7"));
      await daemon.run(["config", "set", "client", "keyring-backend", "test"]);
      expect((await daemon.run(["keys", "list"])).err).to.equal("No records were found in keyring\n");
      await daemon.run(["config", "set", "app", "api.cors_origins", '["https://a.example", "*"]']);
      expect(file("config/app.toml")).to.contain('\ncors_origins = ["https://a.example", "*"]\n');
      await daemon.run(["config", "set", "app", "seed_blobs", "a, b"]);
      expect((await daemon.run(["config", "get", "app", "seed_blobs", "-o", "json"])).out).to.equal('["a","b"]\n');
      expect((await daemon.run(["config", "validate"])).code).to.equal(0);
      expect((await daemon.run(["config", "view", "app"])).out).to.equal(file("config/app.toml"));
      expect(JSON.parse((await daemon.run(["config", "view", "client", "-o", "json"])).out)).to.include({ "chain-id": "test-1", "keyring-backend": "test" });
      expect((await daemon.run(["config", "home"])).out).to.equal(`${daemon.home}\n`);
    });

    for (const [args, says] of [
      [["get", "config", "rpc.ladr"], 'no setting "rpc.ladr"; did you mean rpc.laddr?'],
      [["get", "cfg", "moniker"], "config, app, client"],
      [["set", "config", "rpc.laddr", "here"], "must be host:port"],
      [["set", "config", "consensus.create_empty_blocks", "maybe"], "must be true or false"],
      [["set", "config", "mempool.size", "many"], "must be a whole number"],
      [["set", "config", "mempool.size", "0"], "config.mempool.size must be a whole number from 1"],
      [["set", "config", "p2p.seeds", "friend"], 'p2p.seeds: "friend" must look like'],
      [["set", "config", "priv_validator_laddr", "tcp://127.0.0.1:1"], "signers over tcp are not supported"],
      [["set", "app", "minimum_gas_prices", "1stake"], "minimum_gas_prices must look like 0.025uopen"],
      [["set", "app", "operator.trainer", "true"], "operator.trainer needs operator.key_file"],
      [["set", "app", "api.cors_origins", "[1]"], "must be a list of texts"],
      [["set", "client", "output", "xml"], "client.output must be one of text, json"],
      [["set", "client", "node", "here"], "client.node must look like"],
    ] as const) {
      it(`refuses "config ${args.join(" ")}" and changes no file`, async () => {
        const before = ["config", "app", "client"].map((name) => file(`config/${name}.toml`));
        checkRefused(await daemon.runHere(["config", ...args]), says);
        expect(["config", "app", "client"].map((name) => file(`config/${name}.toml`))).to.deep.equal(before);
      });
    }

    it("lets a file with two wrong settings be mended, one after the other", async () => {
      const path = join(daemon.home, "config", "config.toml");
      const wrong = file("config/config.toml").replace("persistent_peers = []", 'persistent_peers = ["friend"]').replace("size = 5000", "size = 0");
      writeFileSync(path, wrong);
      checkRefused(await daemon.runHere(["config", "set", "config", "mempool.cache_size", "0"]), "");
      const first = await daemon.runHere(["config", "set", "config", "p2p.persistent_peers", ""]);
      expect([first.code, first.err]).to.deep.equal([0, "p2p.persistent_peers is set; another setting is still wrong: config.mempool.size must be a whole number from 1 to 1000000\n"]);
      const second = await daemon.runHere(["config", "set", "config", "mempool.size", "5000"]);
      expect([second.code, second.err]).to.deep.equal([0, ""]);
      expect(file("config/config.toml")).to.contain("persistent_peers = []").and.contain("size = 5000");
    });

    it("diff says what differs, and migrate writes every setting and keeps the file before", async () => {
      expect((await daemon.runHere(["config", "diff", "app"])).out).to.equal("");
      const old = '[api]\naddress = "tcp://127.0.0.1:7"\n[rosetta]\nenable = false\n';
      writeFileSync(join(daemon.home, "config", "app.toml"), old);
      const { out } = await daemon.runHere(["config", "diff", "app"]);
      expect(out).to.contain('~ api.address: "tcp://127.0.0.1:7" (default "tcp://127.0.0.1:1317")\n');
      expect(out).to.contain("- grpc.enable: left out").and.contain("+ rosetta.enable: no setting of this version\n");
      const { code, err } = await daemon.runHere(["config", "migrate", "app"]);
      expect(code, err).to.equal(0);
      expect(err).to.contain("dropped rosetta.enable");
      expect(parseSettings({ config: "", app: file("config/app.toml") }).api.port).to.equal(7);
      const [backup = ""] = readdirSync(join(daemon.home, "config")).filter((name) => name.endsWith(".old"));
      expect(file(`config/${backup}`)).to.equal(old);
      expect((await daemon.runHere(["config", "migrate", "app"])).err).to.contain("is as this version writes it");
    });

    it("validate names the setting that is wrong", async () => {
      writeFileSync(join(daemon.home, "config", "app.toml"), "[grpc]\nenabel = true\n");
      checkRefused(await daemon.run(["config", "validate"]), "app.grpc.enabel is not a setting; did you mean app.grpc.enable?");
    });
  });

  describe("comet", () => {
    it("shows the keys of the node, also as tendermint", async () => {
      const { err } = await daemon.run(["init", "ada"]);
      const nodeId = (JSON.parse(err) as { node_id: string }).node_id;
      const key = JSON.parse(file("config/priv_validator_key.json")) as { pub_key: { value: string } };
      expect((await daemon.run(["comet", "show-node-id"])).out).to.equal(`${nodeId}\n`);
      expect(JSON.parse((await daemon.run(["tendermint", "show-node-id", "-o", "json"])).out)).to.have.keys(["node_id", "peer_id"]);
      expect((await daemon.run(["tendermint", "show-validator"])).out).to.equal(
        `${JSON.stringify({ "@type": "/cosmos.crypto.ed25519.PubKey", key: key.pub_key.value })}\n`,
      );
      expect((await daemon.run(["comet", "version"])).out).to.match(/^cometbft: "0\.38\.\d+"\nabci: "2\.0\.0"\nblock_protocol: 11\np2p_protocol: 8\n$/);
    });

    it("removes all data, keys excepted, when asked and told yes", async () => {
      await daemon.run(["init", "ada"]);
      const block = join(daemon.home, "data", "blockstore.db");
      mkdirSync(block);
      writeFileSync(join(daemon.home, "data", "priv_validator_state.json"), '{"height":"9","round":0,"step":3}');
      checkRefused(await daemon.run(["comet", "unsafe-reset-all"], "no\n"), "nothing was removed");
      expect(existsSync(block)).to.equal(true);
      expect((await daemon.run(["comet", "unsafe-reset-all"], "y\n")).code).to.equal(0);
      expect(existsSync(block)).to.equal(false);
      expect(JSON.parse(file("data/priv_validator_state.json"))).to.deep.equal({ height: "0", round: 0, step: 0 });
      expect(existsSync(join(daemon.home, "config", "priv_validator_key.json"))).to.equal(true);
    });

    it("removes CometBFT's data too, and neither while a node runs", async () => {
      await daemon.runHere(["init", "ada"]);
      const comet = join(daemon.home, "cometbft");
      for (const name of ["data", "data.moved-7", "config"]) mkdirSync(join(comet, name), { recursive: true });
      const kv = await openKv({ dir: join(daemon.home, "data", "application.db"), onFatal: () => undefined });
      checkRefused(await daemon.run(["comet", "unsafe-reset-all", "--yes"]), "application.db is in use; stop the node first");
      await kv.close();
      expect(readdirSync(comet)).to.have.members(["data", "data.moved-7", "config"]);
      const { code, err } = await daemon.runHere(["comet", "unsafe-reset-all", "--yes"]);
      expect(code, err).to.equal(0);
      expect(readdirSync(comet)).to.deep.equal(["config"]);
      expect(readdirSync(join(daemon.home, "data"))).to.deep.equal(["priv_validator_state.json"]);
    });

    it("says what is missing where there is no home", async () => {
      checkRefused(await daemon.run(["comet", "show-validator"]), "the validator key cannot be used");
      checkRefused(await daemon.run(["comet", "show-node-id"]), "there is no node key file");
      checkRefused(await daemon.run(["start"]), "make a home with `openledgerd init`");
      checkRefused(await daemon.run(["genesis", "validate"]), "make a home with `openledgerd init`");
    });
  });

  it("status prints what a node says, and who did not answer", async () => {
    const server = createServer((_, response) => response.end('{"jsonrpc":"2.0","id":1,"result":{"node_info":{"network":"x"},"sync_info":{"catching_up":false}}}'));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const node = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await daemon.run(["status", "--node", node])).out).to.equal('{"node_info":{"network":"x"},"sync_info":{"catching_up":false}}\n');
    expect((await daemon.run(["status", "--node", node, "-o", "text"])).out).to.equal("node_info:\n  network: x\nsync_info:\n  catching_up: false\n");
    server.close();
    checkRefused(await daemon.run(["status", "--node", "tcp://127.0.0.1:1"]), "no node answers at http://127.0.0.1:1; name one with --node");
    checkRefused(await daemon.run(["status", "--node", "here"]), "it looks like tcp://localhost:26657");
  });

  it("version is short, long, and JSON", async () => {
    expect((await daemon.run(["version"])).out).to.match(/^\d+\.\d+\.\d+\n$/);
    const long = JSON.parse((await daemon.run(["version", "--long", "-o", "json"])).out) as Record<string, unknown>;
    expect(long).to.include({ name: "openledger", server_name: "openledgerd" });
    expect((await daemon.run(["version", "--long"])).out).to.contain("server_name: openledgerd\n");
  });

  it("completion offers what the program has, and bash accepts it", async () => {
    const { out } = await daemon.run(["completion", "bash"]);
    const script = join(daemon.home, "..", "completion.bash");
    writeFileSync(script, out);
    const complete = (...words: string[]): string[] => {
      const line = `source '${script}'; COMP_WORDS=(openledgerd ${words.map((w) => `'${w}'`).join(" ")}); COMP_CWORD=${words.length}; _openledgerd; echo "\${COMPREPLY[@]}"`;
      return spawnSync("bash", ["-c", line], { encoding: "utf8" }).stdout.trim().split(" ");
    };
    expect(complete("key")).to.deep.equal(["keys"]);
    expect(complete("keys", "re")).to.deep.equal(["rename"]);
    expect(complete("keys", "add", "--keyring")).to.deep.equal(["--keyring-backend", "--keyring-dir"]);
    expect(complete("tendermint", "show-v")).to.deep.equal(["show-validator"]);
    expect(complete("tx", "staking", "dele")).to.deep.equal(["delegate"]);
    expect(complete("q", "gov", "propos")).to.deep.equal(["proposals", "proposal", "proposer"]);
    expect(complete("tx", "bank", "send", "--fee-")).to.deep.equal(["--fee-payer", "--fee-granter"]);
    expect(complete("query", "wait")).to.deep.equal(["wait-tx"]);
    for (const shell of ["zsh", "fish"]) expect((await daemon.run(["completion", shell])).out).to.contain("unsafe-reset-all");
    checkRefused(await daemon.run(["completion", "tcsh"]), "bash, zsh, fish");
  });

  it("explains each command with --help", async () => {
    for (const command of [[], ["init"], ["keys"], ["keys", "add"], ["genesis", "add-account"], ["config", "set"], ["comet", "unsafe-reset-all"]]) {
      const { code, out } = await daemon.run([...command, "--help"]);
      expect(code).to.equal(0);
      expect(out).to.match(new RegExp(`^Usage: ${["openledgerd", ...command].join(" ")}`));
    }
  });
});
