import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secp256k1HdWallet, Secp256k1Wallet, createMultisigThresholdPubkey, makeSignDoc as makeAminoDoc, pubkeyToAddress, serializeSignDoc } from "@cosmjs/amino";
import type { SinglePubkey } from "@cosmjs/amino";
import { fromBase64, toBase64 } from "@cosmjs/encoding";
import { DirectSecp256k1Wallet, makeSignDoc } from "@cosmjs/proto-signing";
import { makeMultisignedTxBytes } from "@cosmjs/stargate";
import { expect } from "chai";
import { AuthInfo, TxBody, TxRaw } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import { startLedgerDaemon } from "../testkit/ledger-daemon.js";
import type { LedgerDaemon } from "../testkit/ledger-daemon.js";
import { parseTxJson } from "./tx-json.js";

const OFFLINE = ["--offline", "--chain-id", "c-1", "--account-number", "7", "--sequence", "9"];
const PREFIX = "open";

/** CosmJS 0.39 reads bech32 with an infinite limit, which @scure/base 2.4 refuses as no integer. */
function withoutLimitOfBech32<T>(run: () => T): T {
  const { isSafeInteger } = Number;
  Number.isSafeInteger = (n) => n === Infinity || isSafeInteger(n);
  try {
    return run();
  } finally {
    Number.isSafeInteger = isSafeInteger;
  }
}

interface Signatures {
  readonly signatures: readonly { readonly data: { readonly single: { readonly signature: string } } }[];
}

describe("tx sign, multi-sign and what follows", function () {
  this.timeout(60_000);
  let ledger: LedgerDaemon;
  let dir: string;
  beforeEach(async () => {
    ledger = await startLedgerDaemon();
    dir = mkdtempSync(join(tmpdir(), "sign-"));
  });
  afterEach(async () => {
    await ledger.stop();
    rmSync(dir, { recursive: true });
  });

  const path = (name: string): string => join(dir, name);
  const ok = async (args: readonly string[]): Promise<string> => {
    const { code, out, err } = await ledger.run(args);
    expect(code, `${args.join(" ")}: ${err}${out}`).to.equal(0);
    return out;
  };
  const refusal = async (args: readonly string[]): Promise<string> => {
    const { code, err } = await ledger.run(args);
    expect(code, args.join(" ")).to.equal(1);
    expect(err).to.match(/^openledgerd: [^\n]*\n$/);
    return err;
  };
  /** An unsigned transfer in a file. */
  const unsigned = async (name: string, args: readonly string[]): Promise<string> => {
    writeFileSync(path(name), await ok(["tx", ...args, "--generate-only", "--gas", "200000", "--fees", "500uopen"]));
    return path(name);
  };
  const wait = async (text: string): Promise<{ code: number; raw_log: string }> => {
    const { code, out, err } = await ledger.run(["query", "wait-tx", "--output", "json"], text);
    expect(code, err).to.equal(0);
    return JSON.parse(out) as { code: number; raw_log: string };
  };

  it("signs the very bytes that CosmJS signs, directly", async () => {
    const file = await unsigned("tx.json", ["bank", "send", "ada", "bob", "5uopen", "--note", "direct"]);
    const signed = parseTxJson(await ok(["tx", "sign", file, "--from", "ada", ...OFFLINE]), "it");
    const wallet = await DirectSecp256k1Wallet.fromKey(ledger.ada.privateKey, PREFIX);
    const doc = makeSignDoc(TxBody.encode(signed.body), AuthInfo.encode(signed.authInfo), "c-1", 7);
    const { signature } = await wallet.signDirect(ledger.ada.text, doc);
    expect(signed.signatures.map(toBase64)).to.deep.equal([signature.signature]);
  });

  it("signs the very document that CosmJS signs, in amino JSON", async () => {
    const file = await unsigned("tx.json", ["bank", "send", "ada", "bob", "5uopen", "--note", "<amino> & co", "--timeout-height", "70"]);
    const signed = parseTxJson(await ok(["tx", "sign", file, "--from", "ada", "--sign-mode", "amino-json", ...OFFLINE]), "it");
    const wallet = await Secp256k1Wallet.fromKey(ledger.ada.privateKey, PREFIX);
    const amount = [{ denom: "uopen", amount: "5" }];
    const message = { type: "cosmos-sdk/MsgSend", value: { from_address: ledger.ada.text, to_address: ledger.bob.text, amount } };
    const fee = { amount: [{ denom: "uopen", amount: "500" }], gas: "200000" };
    const doc = makeAminoDoc([message], fee, "c-1", "<amino> & co", 7, 9, 70n);
    const { signature } = await wallet.signAmino(ledger.ada.text, doc);
    expect(signed.signatures.map(toBase64), Buffer.from(serializeSignDoc(doc)).toString()).to.deep.equal([signature.signature]);
  });

  it("finds good what CosmJS signed, and bad what was changed afterwards", async () => {
    const file = await unsigned("tx.json", ["bank", "send", "ada", "bob", "5uopen"]);
    const text = await ok(["tx", "sign", file, "--from", "ada", ...OFFLINE]);
    const signed = parseTxJson(text, "it");
    const wallet = await DirectSecp256k1Wallet.fromKey(ledger.ada.privateKey, PREFIX);
    const { signature } = await wallet.signDirect(ledger.ada.text, makeSignDoc(TxBody.encode(signed.body), AuthInfo.encode(signed.authInfo), "c-1", 7));
    const [ours = ""] = signed.signatures.map(toBase64);
    writeFileSync(path("theirs.json"), text.replace(ours, signature.signature));
    expect(await ok(["tx", "validate-signatures", path("theirs.json"), ...OFFLINE])).to.contain(`0: ${ledger.ada.text}\t\t[OK]`);
    writeFileSync(path("changed.json"), text.replace('"amount":"5"', '"amount":"6"'));
    const { code, out, err } = await ledger.run(["tx", "validate-signatures", path("changed.json"), ...OFFLINE]);
    expect([code, out.includes("[ERROR] the signature is wrong"), err]).to.deep.equal([1, true, "openledgerd: signatures validation failed\n"]);
    expect((await ledger.run(["tx", "validate-signatures", file, ...OFFLINE])).out).to.contain("[MISSING]");
  });

  it("is sent from a file, once", async () => {
    const file = await unsigned("tx.json", ["bank", "send", "ada", "bob", "5uopen"]);
    await ok(["tx", "sign", file, "--from", "ada", "--output-document", path("signed.json")]);
    const sent = await ok(["tx", "broadcast", path("signed.json"), "--output", "json"]);
    expect(await wait(sent)).to.deep.include({ code: 0 });
    expect(await refusal(["tx", "broadcast", path("signed.json")])).to.contain("refused the transaction");
    expect(await refusal(["tx", "broadcast", file])).to.contain("is not signed");
    expect(await refusal(["tx", "sign", file, "--from", "ada", "--output-document", path("signed.json")])).to.contain("nothing was overwritten");
  });

  it("becomes bytes and JSON again", async () => {
    const file = await unsigned("tx.json", ["bank", "send", "ada", "bob", "5uopen"]);
    const text = await ok(["tx", "sign", file, "--from", "ada", ...OFFLINE]);
    writeFileSync(path("signed.json"), text);
    const base64 = (await ok(["tx", "encode", path("signed.json")])).trim();
    const hex = (await ok(["tx", "encode", path("signed.json"), "--hex"])).trim();
    expect(Buffer.from(base64, "base64").toString("hex")).to.equal(hex);
    expect(await ok(["tx", "decode", base64])).to.equal(text);
    expect(await ok(["tx", "decode", "--hex", hex])).to.equal(text);
    expect(await refusal(["tx", "decode", "AAAA"])).to.contain("these bytes are no transaction");
    expect(await refusal(["tx", "decode", "%"])).to.contain("must be base64");
  });

  it("is simulated from a file, signed or not", async () => {
    const file = await unsigned("tx.json", ["bank", "send", "ada", "bob", "5uopen"]);
    const { gas_info } = await ledger.json<{ gas_info: { gas_used: string } }>(["tx", "simulate", file, "--from", "ada"]);
    expect(Number(gas_info.gas_used)).to.be.greaterThan(20_000);
  });

  it("signs a batch with sequences that follow each other", async () => {
    const [a, b] = [await unsigned("a.json", ["bank", "send", "ada", "bob", "1uopen"]), await unsigned("b.json", ["bank", "send", "ada", "bob", "2uopen"])];
    writeFileSync(path("batch.json"), `${readFileSync(a, "utf8")}\n${readFileSync(b, "utf8")}`);
    writeFileSync(path("signed.json"), await ok(["tx", "sign-batch", path("batch.json"), "--from", "ada"]));
    expect(readFileSync(path("signed.json"), "utf8").trim().split("\n").map((line) => parseTxJson(line, "it").authInfo.signerInfos[0]?.sequence)).to.deep.equal([0n, 1n]);
    writeFileSync(path("empty.json"), "\n");
    expect(await refusal(["tx", "sign-batch", path("empty.json"), "--from", "ada"])).to.contain("no transactions");
  });

  it("joins the signatures of two accounts that a transaction is for, in whatever order they sign", async () => {
    const file = await unsigned("tx.json", ["bank", "send", "ada", "bob", "5uopen", "--fee-payer", "bob"]);
    expect(await refusal(["tx", "sign", file, "--from", "ada"])).to.contain("--sign-mode amino-json");
    await ok(["tx", "sign", file, "--from", "bob", "--sign-mode", "amino-json", "--output-document", path("one.json")]);
    expect(await refusal(["tx", "sign", path("one.json"), "--from", "bob", "--sign-mode", "amino-json"])).to.contain("--overwrite");
    await ok(["tx", "sign", path("one.json"), "--from", "ada", "--sign-mode", "amino-json", "--output-document", path("two.json")]);
    expect(await ok(["tx", "validate-signatures", path("two.json")])).to.match(/0: open.*\[OK\]\n\s*1: open.*\[OK\]/);
    expect(await wait(await ok(["tx", "broadcast", path("two.json"), "--output", "json"]))).to.deep.include({ code: 0 });
  });

  it("refuses a key that has nothing to sign", async () => {
    const file = await unsigned("tx.json", ["bank", "send", "ada", "bob", "5uopen"]);
    expect(await refusal(["tx", "sign", file, "--from", "bob"])).to.contain("has nothing to sign here");
    expect(await refusal(["tx", "sign", file])).to.contain("--from");
    writeFileSync(path("bad.json"), '{"body":{}}');
    expect(await refusal(["tx", "sign", path("bad.json"), "--from", "ada"])).to.contain("bad.json has no body or no auth_info");
  });

  describe("of a multisig", () => {
    let pubkey: ReturnType<typeof createMultisigThresholdPubkey>;
    let address: string;
    beforeEach(async () => {
      await ok2(["keys", "add", "carol"]);
      await ok2(["keys", "add", "team", "--multisig", "ada,bob,carol", "--multisig-threshold", "2"]);
      const keys: SinglePubkey[] = [];
      for (const name of ["ada", "bob", "carol"]) {
        const { key } = JSON.parse(await ok2(["keys", "show", name, "-p"])) as { key: string };
        keys.push({ type: "tendermint/PubKeySecp256k1", value: key });
      }
      pubkey = createMultisigThresholdPubkey(keys, 2);
      address = (await ok2(["keys", "show", "team", "-a"])).trim();
    });
    const ok2 = async (args: readonly string[]): Promise<string> => {
      const { code, out, err } = await ledger.daemon.runHere([...args, "--keyring-backend", "test"]);
      expect(code, `${args.join(" ")}: ${err}`).to.equal(0);
      return out;
    };
    /** A transfer of the team, and the signatures of these on their own. */
    const signatures = async (names: readonly string[], args: readonly string[] = []): Promise<readonly [string, readonly string[]]> => {
      const file = await unsigned("team.json", ["bank", "send", "team", "bob", "5uopen"]);
      for (const name of names) await ok(["tx", "sign", file, "--from", name, "--multisig", "team", "--output-document", path(`${name}.sig`), ...args]);
      return [file, names.map((name) => path(`${name}.sig`))];
    };

    it("has the address that CosmJS gives it", async () => {
      expect(address).to.equal(pubkeyToAddress(pubkey, PREFIX));
      expect(await ok2(["keys", "show", "team"])).to.contain("type: multi");
      const json = (await ok2(["keys", "show", "team", "-p"])).trim();
      await ok2(["keys", "add", "again", "--pubkey", json]);
      expect((await ok2(["keys", "show", "again", "-a"])).trim()).to.equal(address);
    });

    it("is the transaction that CosmJS makes of the same signatures", async () => {
      const [file, files] = await signatures(["bob", "carol"], OFFLINE);
      const ours = parseTxJson(await ok(["tx", "multi-sign", file, "team", ...files, ...OFFLINE]), "it");
      const parts = new Map<string, Uint8Array>();
      for (const name of ["bob", "carol"]) {
        const who = (await ok2(["keys", "show", name, "-a"])).trim();
        const [one] = (JSON.parse(readFileSync(path(`${name}.sig`), "utf8")) as Signatures).signatures;
        parts.set(who, fromBase64(one?.data.single.signature ?? ""));
      }
      const fee = { amount: [{ denom: "uopen", amount: "500" }], gas: "200000" };
      const theirs = withoutLimitOfBech32(() => makeMultisignedTxBytes(pubkey, 9, fee, TxBody.encode(ours.body), parts));
      const bytes = TxRaw.encode({ bodyBytes: TxBody.encode(ours.body), authInfoBytes: AuthInfo.encode(ours.authInfo), signatures: ours.signatures });
      expect(Buffer.from(bytes).toString("hex")).to.equal(Buffer.from(theirs).toString("hex"));
    });

    it("moves the coins of the multisig", async () => {
      await wait(await ok(["tx", "bank", "send", "ada", address, "1000000uopen", "--yes", "--output", "json"]));
      const [file, files] = await signatures(["ada", "carol"]);
      await ok(["tx", "multisign", file, "team", ...files, "--output-document", path("signed.json")]);
      expect(await ok(["tx", "validate-signatures", path("signed.json")])).to.contain("[OK]");
      expect(await wait(await ok(["tx", "broadcast", path("signed.json"), "--output", "json"]))).to.deep.include({ code: 0, raw_log: "" });
      const { balance } = await ledger.json<{ balance: { amount: string } }>(["query", "bank", "balance", address, "uopen"]);
      expect(balance.amount).to.equal(String(1_000_000 - 500 - 5));
    });

    it("needs its threshold, its own parts, and this transaction", async () => {
      const [file, [one = ""]] = await signatures(["ada"], OFFLINE);
      expect(await refusal(["tx", "multi-sign", file, "team", one, ...OFFLINE])).to.contain("needs 2 of 3 signatures, and 1 are given");
      expect(await refusal(["tx", "multi-sign", file, "team", one, "--offline", "--chain-id", "c-2", "-a", "7", "-s", "9"])).to.contain("not of this transaction for chain c-2");
      await ok2(["keys", "add", "dave"]);
      await ok(["tx", "sign", file, "--from", "dave", "--multisig", "team", "--output-document", path("dave.sig"), ...OFFLINE]);
      expect(await refusal(["tx", "multi-sign", file, "team", one, path("dave.sig"), ...OFFLINE])).to.contain("no part of this multisig");
      expect(await refusal(["tx", "multi-sign", file, "ada", one, ...OFFLINE])).to.contain("is no multisig");
      expect(await refusal(["tx", "multi-sign", file, "team", file, ...OFFLINE])).to.contain("is no file of signatures");
      expect(await refusal(["tx", "bank", "send", "team", "bob", "1uopen", "--yes", "--gas", "1"])).to.contain("team is a multisig");
    });
  });

  it("recovers the keys of other wallets, with account and index", async () => {
    const wallet = await Secp256k1HdWallet.generate(24, { prefix: PREFIX });
    const [{ address } = { address: "" }] = await wallet.getAccounts();
    const { code, out } = await ledger.daemon.runHere(["keys", "add", "old", "--recover", "--keyring-backend", "test", "--output", "json"], `${wallet.mnemonic}\n`);
    expect([code, (JSON.parse(out) as { address: string }).address]).to.deep.equal([0, address]);
    const second = await ledger.daemon.runHere(["keys", "add", "second", "--recover", "--index", "1", "--keyring-backend", "test", "--output", "json"], `${wallet.mnemonic}\n`);
    expect((JSON.parse(second.out) as { address: string }).address).to.not.equal(address);
  });

  for (const [args, says] of [
    [["--multisig", "ada,nobody", "--multisig-threshold", "1"], 'no key named "nobody"'],
    [["--multisig", "ada,bob", "--multisig-threshold", "3"], "the threshold must be from 1 to 2"],
    [["--multisig", "ada,bob", "--multisig-threshold", "0"], "the threshold must be from 1 to 2"],
    [["--multisig", "ada,bob", "--recover"], "cannot be combined"],
    [["--pubkey", "{}"], "--pubkey looks like"],
    [["--pubkey", '{"@type":"/cosmos.crypto.secp256k1.PubKey","key":"AAAA"}'], "no public key of an account"],
  ] as const) {
    it(`refuses "keys add team ${args.join(" ").slice(0, 60)}" and keeps nothing`, async () => {
      const { code, err } = await ledger.daemon.runHere(["keys", "add", "team", ...args, "--keyring-backend", "test"]);
      expect(code).to.equal(1);
      expect(err).to.contain(says).and.match(/^openledgerd: [^\n]*\n$/);
      expect((await ledger.daemon.runHere(["keys", "show", "team", "--keyring-backend", "test"])).code).to.equal(1);
    });
  }
});
