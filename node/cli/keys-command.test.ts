import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { createTestDaemon } from "./testkit/daemon.js";
import type { TestDaemon } from "./testkit/daemon.js";

const TREZOR = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const ADA = "open19rl4cm2hmr8afy4kldpxz3fka4jguq0attl9rz";
const ADA_KEY = '{"@type":"/cosmos.crypto.secp256k1.PubKey","key":"Ak9OKtmcNNYLm6YoPJQxqEGK+GcyEpYfl6d7Y3f80Fti"}';
const TEST = ["--keyring-backend", "test"] as const;
const FILE = ["--keyring-backend", "file"] as const;

describe("openledgerd keys", function () {
  this.timeout(120_000);
  let daemon: TestDaemon;
  const keys = (args: readonly string[], input = ""): ReturnType<TestDaemon["run"]> => daemon.run(["keys", ...args], input);

  beforeEach(async () => void (daemon = await createTestDaemon()));
  afterEach(() => daemon.remove());

  it("recovers a key from its mnemonic and prints it as simd does", async () => {
    const added = await keys(["add", "ada", "--recover", ...TEST], `${TREZOR}\n`);
    expect(added).to.deep.equal({ code: 0, out: `- address: ${ADA}\n  name: ada\n  pubkey: '${ADA_KEY}'\n  type: local\n`, err: "" });
    const shown = await keys(["show", "ada", ...TEST, "--output", "json"]);
    expect(JSON.parse(shown.out)).to.deep.equal({ address: ADA, name: "ada", pubkey: ADA_KEY, type: "local" });
    expect((await keys(["show", ADA, "-a", ...TEST])).out).to.equal(`${ADA}\n`);
    expect((await keys(["show", "ada", "-p", ...TEST])).out).to.equal(`${ADA_KEY}\n`);
    expect((await keys(["show", "ada", "-a", "--bech", "val", ...TEST])).out).to.equal("openvaloper19rl4cm2hmr8afy4kldpxz3fka4jguq0afjrrhd\n");
    expect((await keys(["list", ...TEST])).out).to.equal(added.out);
    expect((await keys(["list", "-n", ...TEST])).out).to.equal("ada\n");
  });

  it("says its mnemonic once on standard error, and never with --no-backup", async () => {
    const loud = await keys(["add", "ada", ...TEST]);
    const words = loud.err.trim().split("\n").at(-1) ?? "";
    expect(loud.err).to.contain("**Important** write this mnemonic phrase in a safe place.");
    expect(words.split(" ")).to.have.lengthOf(24);
    const again = await keys(["add", "eve", "--recover", ...TEST, "--output", "json"], `${words}\n`);
    expect((JSON.parse(again.out) as { address: string }).address).to.equal(/open1\w+/.exec(loud.out)?.[0]);
    const silent = await keys(["add", "bob", "--no-backup", ...TEST, "--output", "json"]);
    expect(JSON.parse(silent.out)).to.not.have.property("mnemonic");
    expect(silent.err).to.equal("");
    expect(JSON.parse((await keys(["add", "x", "--dry-run", ...TEST, "--output", "json"])).out)).to.have.property("mnemonic");
    expect((await keys(["list", "-n", ...TEST])).out).to.equal("ada\nbob\neve\n");
  });

  it("keeps keys behind a passphrase that scripts give line by line", async () => {
    const added = await keys(["add", "ada", "--recover", ...FILE], `${TREZOR}\ncorrect horse\ncorrect horse\n`);
    expect(added.code, added.err).to.equal(0);
    expect((await keys(["show", "ada", "-a", ...FILE], "correct horse\n")).out).to.equal(`${ADA}\n`);
    const wrong = await keys(["show", "ada", "-a", ...FILE], "battery staple\n");
    expect(wrong).to.deep.equal({ code: 1, out: "", err: `openledgerd: wrong passphrase for the keyring in ${join(daemon.home, "keyring-file")}\n` });
    expect((await keys(["list", ...FILE])).err).to.contain("the input ended before all questions were answered");
  });

  it("makes no keyring from a passphrase that is short or mistyped", async () => {
    expect((await keys(["add", "ada", ...FILE], "short\nshort\n")).err).to.contain("at least 8 characters");
    expect((await keys(["add", "ada", ...FILE], "long enough\nlong enouhg\n")).err).to.contain("the two passphrases differ");
    expect((await keys(["list", ...FILE])).err).to.equal("No records were found in keyring\n");
  });

  it("gives one of many concurrent adds the name", async () => {
    const all = await Promise.all([0, 1, 2, 3].map(() => keys(["add", "ada", "--no-backup", ...TEST])));
    expect(all.map((ran) => ran.code).toSorted()).to.deep.equal([0, 1, 1, 1]);
    expect((await keys(["list", "-n", ...TEST])).out).to.equal("ada\n");
  });

  it("replaces a key only when asked twice", async () => {
    await keys(["add", "ada", ...TEST]);
    expect((await keys(["add", "ada", "--recover", ...TEST], `n\n${TREZOR}\n`)).err).to.equal("openledgerd: aborted\n");
    expect((await keys(["add", "ada", "--recover", ...TEST], `y\n${TREZOR}\n`)).out).to.contain(ADA);
    expect((await keys(["delete", "ada", ...TEST], "\n")).err).to.contain("ada was kept");
    expect((await keys(["rename", "ada", "eve", "-y", ...TEST])).err).to.equal("Key was successfully renamed from ada to eve\n");
    expect((await keys(["delete", "eve", "-y", ...TEST])).err).to.equal("Key deleted forever (uh oh!)\n");
    expect((await keys(["show", "eve", ...TEST])).code).to.equal(1);
  });

  it("moves a key out and in, in armor and in hex", async () => {
    await keys(["add", "ada", "--recover", ...TEST], `${TREZOR}\n`);
    const armored = await keys(["export", "ada", ...TEST], "export pass\n");
    expect(armored.out).to.match(/^-----BEGIN TENDERMINT PRIVATE KEY-----\nkdf: argon2\nsalt: [0-9A-F]{32}\ntype: secp256k1\n\n/);
    const file = join(daemon.home, "ada.asc");
    writeFileSync(file, armored.out);
    expect((await keys(["import", "bob", file, ...TEST], "another pass\n")).err).to.equal("openledgerd: wrong passphrase for this armored key\n");
    expect((await keys(["import", "bob", file, ...TEST], "export pass\n")).code).to.equal(0);
    expect((await keys(["import", "bob", file, ...TEST], "export pass\n")).err).to.contain("cannot overwrite key");
    const hex = (await keys(["export", "bob", "--unarmored-hex", "--unsafe", "-y", ...TEST])).out;
    expect(hex).to.equal("c4a48e2fce1481cd3294b4490f6678090ea98d3d0e5cd984558ab0968741b104\n");
    expect((await keys(["import-hex", "carl", ...TEST], hex)).code).to.equal(0);
    expect((await keys(["show", "carl", "-a", ...TEST])).out).to.equal(`${ADA}\n`);
  });

  it("keeps a public key alone, which cannot be exported", async () => {
    expect((await keys(["add", "cold", "--pubkey", ADA_KEY, ...TEST])).out).to.contain("type: offline");
    expect((await keys(["show", "cold", "-a", ...TEST])).out).to.equal(`${ADA}\n`);
    expect((await keys(["export", "cold", ...TEST])).err).to.contain("only the public half of cold is here");
  });

  it("derives along the path that the flags say", async () => {
    const at = async (...flags: string[]): Promise<string> => {
      const { out } = await keys(["add", "x", "--recover", "--dry-run", "--output", "json", ...flags], `${TREZOR}\n`);
      return (JSON.parse(out) as { address: string }).address;
    };
    expect(await at("--index", "1")).to.equal(await at("--hd-path", "m/44'/118'/0'/0/1"));
    expect(await at("--account", "1")).to.not.equal(ADA);
    expect(await at("--coin-type", "118")).to.equal(ADA);
  });

  it("keeps keys where --keyring-dir says", async () => {
    const dir = join(daemon.home, "elsewhere");
    await keys(["add", "ada", ...TEST, "--keyring-dir", dir]);
    expect((await keys(["list", "-n", ...TEST, "--keyring-dir", dir])).out).to.equal("ada\n");
    expect((await keys(["list", "-n", ...TEST])).out).to.equal("");
  });

  it("says why the desktop's keyring cannot be used, and what can", async () => {
    const { code, err } = await keys(["list", "--keyring-backend", "os"]);
    expect(code).to.equal(1);
    expect(err).to.match(/^openledgerd: no keyring of the operating system can be used: .*; use --keyring-backend file/);
  });

  it("reads addresses in both directions", async () => {
    expect((await keys(["parse", ADA])).out).to.equal("human: open\nbytes: 28FF5C6D57D8CFD492B6FB42614536ED648E01FD\n");
    expect((await keys(["parse", "28FF5C6D57D8CFD492B6FB42614536ED648E01FD"])).out).to.contain(`formats:\n- ${ADA}\n- openpub1`);
    expect((await keys(["mnemonic"])).out.trim().split(" ")).to.have.lengthOf(24);
  });

  for (const [args, says, input] of [
    [["add"], "missing required argument 'name'"],
    [["add", "a b"], "no name for a key"],
    [["add", "x", "--recover"], "has 12, 15, 18, 21 or 24 words, not 2", "two words\n"],
    [["add", "x", "--index", "-1"], "--index"],
    [["add", "x", "--hd-path", "here"], "no HD path"],
    [["add", "x", "--pubkey", "AA"], "--pubkey looks like"],
    [["list", "--keyring-backend", "kwallet"], "--keyring-backend"],
    [["list", "--output", "xml"], "--output"],
    [["list", "--ouput", "json"], "Did you mean --output?"],
    [["show", "nobody"], 'there is no key named "nobody"'],
    [["show", "nobody", "--bech", "pub"], "--bech"],
    [["show", "nobody", "-a", "-p"], "cannot use both --address and --pubkey"],
    [["export", "x", "--unarmored-hex"], "--unarmored-hex and --unsafe must be used together"],
    [["import", "x", "/nowhere"], "/nowhere cannot be read"],
    [["import-hex", "x", "zz"], "64 hex digits"],
    [["parse", "open1nonsense"], "neither hex nor bech32"],
  ] as const) {
    it(`answers "keys ${args.join(" ")}" with one line that names what is wrong`, async () => {
      const { code, out, err } = await daemon.runHere(["keys", ...args, ...(args.includes("--keyring-backend" as never) || args[0] === "parse" ? [] : TEST)], input);
      expect(code).to.be.oneOf([1, 64]);
      expect(out).to.equal("");
      expect(err).to.contain(says).and.match(/^openledgerd: [^\n]*\n$/);
    });
  }
});
