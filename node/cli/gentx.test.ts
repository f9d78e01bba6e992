import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DirectSecp256k1HdWallet, makeAuthInfoBytes, makeSignDoc } from "@cosmjs/proto-signing";
import { MsgCreateValidator } from "cosmjs-types/cosmos/staking/v1beta1/tx";
import { TxBody } from "cosmjs-types/cosmos/tx/v1beta1/tx";
import { expect } from "chai";
import { parseGenesis } from "../config/genesis.js";
import { parseGentx } from "../config/gentx.js";
import { parseSettings } from "../config/settings.js";
import { createTestDaemon } from "./testkit/daemon.js";
import type { Ran, TestDaemon } from "./testkit/daemon.js";
import { freePort } from "../testkit/free-port.js";

const TREZOR = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const TEST = ["--keyring-backend", "test"] as const;
const STAKE = "5000000uopen";

function file(daemon: TestDaemon, name: string): string {
  return readFileSync(join(daemon.home, name), "utf8");
}

async function must(ran: Promise<Ran>): Promise<Ran> {
  const done = await ran;
  expect(done.code, done.err).to.equal(0);
  return done;
}

/** init, a key and its account, of the chain "gentx-1". */
async function prepared(mnemonic?: string): Promise<TestDaemon> {
  const daemon = await createTestDaemon();
  await must(daemon.runHere(["init", "ada", "--chain-id", "gentx-1"]));
  await must(daemon.runHere(["keys", "add", "ada", ...TEST, ...(mnemonic === undefined ? [] : ["--recover"])], `${mnemonic ?? ""}\n`));
  await must(daemon.runHere(["genesis", "add-account", "ada", "9000000uopen", ...TEST]));
  return daemon;
}

function gentxFile(daemon: TestDaemon, ran: Ran): string {
  return /written to "(.+)"/.exec(ran.err)?.[1] ?? expect.fail(`${daemon.home}: ${ran.err}`);
}

describe("genesis transactions", function () {
  this.timeout(120_000);
  let daemon: TestDaemon;

  beforeEach(async () => {
    daemon = await prepared(TREZOR);
  });
  afterEach(() => daemon.remove());

  it("are what CosmJS signs for the same message", async () => {
    const ran = await must(daemon.runHere(["genesis", "gentx", "ada", STAKE, "--ip", "10.0.0.1", "--details", "hello", ...TEST]));
    const tx = JSON.parse(readFileSync(gentxFile(daemon, ran), "utf8")) as { body: { memo: string; messages: Record<string, unknown>[] }; signatures: string[] };
    const [message] = tx.body.messages;
    expect(message).to.deep.include({
      "@type": "/cosmos.staking.v1beta1.MsgCreateValidator",
      commission: { rate: "0.100000000000000000", max_rate: "0.200000000000000000", max_change_rate: "0.010000000000000000" },
      min_self_delegation: "1",
      value: { denom: "uopen", amount: "5000000" },
      pubkey: JSON.parse((await daemon.runHere(["comet", "show-validator"])).out),
    });
    expect(tx.body.memo).to.match(/^\/ip4\/10\.0\.0\.1\/tcp\/26656\/p2p\/12D3\w+$/);

    const wallet = await DirectSecp256k1HdWallet.fromMnemonic(TREZOR, { prefix: "open" });
    const [{ address, pubkey } = expect.fail("no account")] = await wallet.getAccounts();
    const parsed = parseGentx(JSON.stringify(tx), "gentx-1");
    const value = MsgCreateValidator.encode(
      MsgCreateValidator.fromPartial({
        description: { ...parsed.description },
        commission: { ...parsed.commission },
        minSelfDelegation: "1",
        delegatorAddress: address,
        validatorAddress: message?.["validator_address"] as string,
        pubkey: { typeUrl: "/cosmos.crypto.ed25519.PubKey", value: new Uint8Array([10, 32, ...parsed.consensusKey]) },
        value: { denom: "uopen", amount: "5000000" },
      }),
    ).finish();
    const body = TxBody.encode(TxBody.fromPartial({ messages: [{ typeUrl: "/cosmos.staking.v1beta1.MsgCreateValidator", value }], memo: tx.body.memo })).finish();
    const key = { typeUrl: "/cosmos.crypto.secp256k1.PubKey", value: new Uint8Array([10, 33, ...pubkey]) };
    const doc = makeSignDoc(body, makeAuthInfoBytes([{ pubkey: key, sequence: 0 }], [], 200_000, undefined, undefined), "gentx-1", 0);
    const { signature } = await wallet.signDirect(address, doc);
    expect(tx.signatures).to.deep.equal([signature.signature]);
  });

  it("make a chain of two validators, the same whoever collects, and collecting twice is no harm", async () => {
    const other = await prepared();
    try {
      const address = (await other.runHere(["keys", "show", "ada", "-a", ...TEST])).out.trim();
      await must(daemon.runHere(["genesis", "add-account", address, "9000000uopen"]));
      copyFileSync(join(daemon.home, "config/genesis.json"), join(other.home, "config/genesis.json"));
      const mine = gentxFile(daemon, await must(daemon.runHere(["genesis", "gentx", "ada", STAKE, "--ip", "10.0.0.1", ...TEST])));
      const theirs = gentxFile(other, await must(other.runHere(["genesis", "gentx", "ada", "6000000uopen", "--ip", "10.0.0.2", "--moniker", "bob", ...TEST])));
      copyFileSync(theirs, join(daemon.home, "config/gentx/b.json"));
      copyFileSync(mine, join(other.home, "config/gentx/a.json"));
      const said = JSON.parse((await must(daemon.runHere(["genesis", "collect-gentxs"]))).err) as Record<string, unknown>;
      expect(said).to.include({ moniker: "ada", chain_id: "gentx-1" });
      await must(other.runHere(["genesis", "collect-gentxs"]));
      const { staking } = parseGenesis(file(daemon, "config/genesis.json")).appState as { staking: { validators: { tokens: string }[] } };
      expect(staking.validators.map((v) => v.tokens)).to.have.members(["5000000", "6000000"]);
      const once = file(daemon, "config/genesis.json");
      expect(file(other, "config/genesis.json")).to.equal(once);
      await must(daemon.runHere(["genesis", "collect-gentxs"]));
      expect(file(daemon, "config/genesis.json")).to.equal(once);
      expect((await daemon.runHere(["genesis", "validate"])).out).to.match(/is a valid genesis file\n$/);
      const { p2p } = parseSettings({ config: file(daemon, "config/config.toml"), app: "" });
      expect(p2p.persistentPeers).to.have.lengthOf(1);
      expect(p2p.persistentPeers[0]).to.match(/^\/ip4\/10\.0\.0\.2\/tcp\/26656\/p2p\//);
    } finally {
      other.remove();
    }
  });

  for (const [args, says] of [
    [["gentx", "nobody", STAKE, ...TEST], 'no key named "nobody"'],
    [["gentx", "ada", "9000001uopen", ...TEST], "has 9000000uopen to stake at genesis, less than 9000001uopen"],
    [["gentx", "ada", "999999uopen", ...TEST], "at least 1000000uopen"],
    [["gentx", "ada", "5stake", ...TEST], 'no coin "stake"'],
    [["gentx", "ada", STAKE, "--chain-id", "other-1", ...TEST], "--chain-id other-1 is not that of the genesis document"],
    [["gentx", "ada", STAKE, "--commission-rate", "lots", ...TEST], "--commission-rate must look like 0.1"],
    [["gentx", "ada", STAKE, "--commission-rate", "0.3", ...TEST], "commission-rate cannot be more than commission-max-rate"],
    [["gentx", "ada", STAKE, "--commission-max-rate", "1.1", ...TEST], "from 0 to 1"],
    [["gentx", "ada", STAKE, "--commission-max-change-rate", "0.5", ...TEST], "commission-max-change-rate cannot"],
    [["gentx", "ada", STAKE, "--min-self-delegation", "0", ...TEST], "must be a positive integer"],
    [["gentx", "ada", STAKE, "--min-self-delegation", "5000001", ...TEST], "cannot be more than the amount"],
    [["gentx", "ada", STAKE, "--moniker", "x".repeat(71), ...TEST], "moniker has more than 70 bytes"],
    [["gentx", "ada", STAKE, "--pubkey", "{}", ...TEST], "--pubkey must be an ed25519 key"],
    [["gentx", "ada", STAKE, "--p2p-port", "x", ...TEST], "--p2p-port must be a port"],
    [["collect-gentxs"], "make one with `openledgerd genesis gentx`"],
  ] as const) {
    it(`refuses "genesis ${args.slice(0, -2).join(" ").slice(0, 70)}"`, async () => {
      mkdirSync(join(daemon.home, "config/gentx"), { recursive: true });
      const { code, err } = await daemon.runHere(["genesis", ...args]);
      expect(code).to.equal(1);
      expect(err).to.contain(says).and.match(/^openledgerd: [^\n]*\n$/);
    });
  }

  it("are refused when anything in them was changed, and the document stays as it was", async () => {
    const path = gentxFile(daemon, await must(daemon.runHere(["genesis", "gentx", "ada", STAKE, ...TEST])));
    const text = readFileSync(path, "utf8");
    const before = file(daemon, "config/genesis.json");
    for (const [from, to, says] of [
      ['"amount":"5000000"', '"amount":"6000000"', "its signature is wrong"],
      ['"moniker":"ada"', '"moniker":"eve"', "its signature is wrong"],
      ["MsgCreateValidator", "MsgDelegate", "is no genesis transaction of this chain"],
      ['"signatures":["', '"signatures":["A', "is no genesis transaction of this chain"],
      ['"signatures":[', '"signatures":["AA==",', "not one signature"],
      ['"sequence":"0"', '"sequence":"1"', "sequence 0"],
      ["{", "", "is no genesis transaction of this chain"],
    ] as const) {
      writeFileSync(path, text.replace(from, to));
      const { code, err } = await daemon.runHere(["genesis", "collect-gentxs"]);
      expect(code, from).to.equal(1);
      expect(err, from).to.contain(says).and.contain(path);
    }
    expect(() => parseGentx(text, "another-1")).to.throw("was it made for another chain than another-1");
    expect(file(daemon, "config/genesis.json")).to.equal(before);
  });
});

describe("a home that init, add-account, gentx and collect-gentxs wrote", function () {
  this.timeout(180_000);

  it("starts as a chain of one validator", async () => {
    const daemon = await prepared();
    const [rpc, p2p] = [await freePort(), await freePort()];
    await must(daemon.runHere(["genesis", "gentx", "ada", STAKE, ...TEST]));
    await must(daemon.runHere(["genesis", "collect-gentxs"]));
    for (const [name, key, value] of [
      ["config", "rpc.laddr", `tcp://127.0.0.1:${rpc}`],
      ["config", "p2p.laddr", `tcp://127.0.0.1:${p2p}`],
      ["config", "consensus.timeout_commit_ms", "100"],
      ["config", "log_level", "error"],
      ["app", "grpc.enable", "false"],
      ["app", "api.enable", "false"],
    ] as const)
      await must(daemon.runHere(["config", "set", name, key, value]));
    const node = daemon.spawn(["start"]);
    let log = "";
    node.stderr?.on("data", (bytes: Buffer) => (log += bytes.toString()));
    node.stdout?.on("data", (bytes: Buffer) => (log += bytes.toString()));
    const exited = new Promise<number | null>((resolve) => node.once("exit", (code) => resolve(code)));
    try {
      const height = async (): Promise<bigint> => {
        const { code, out } = await daemon.runHere(["status", "--node", `tcp://127.0.0.1:${rpc}`]);
        return code === 0 ? BigInt((JSON.parse(out) as { sync_info: { latest_block_height: string } }).sync_info.latest_block_height) : 0n;
      };
      while ((await height()) < 3n) {
        expect(node.exitCode, log).to.equal(null);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    } finally {
      node.kill("SIGTERM");
      expect(await exited, log).to.equal(0);
      daemon.remove();
    }
  });
});
