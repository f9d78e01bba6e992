import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { formatOperatorAddress } from "../../../../chain/codec/index.js";
import { startLedgerDaemon } from "../../testkit/ledger-daemon.js";
import type { LedgerDaemon } from "../../testkit/ledger-daemon.js";

type Message = Readonly<Record<string, unknown>>;
const KEY = { "@type": "/cosmos.crypto.ed25519.PubKey", key: "tnBrpVQ9iA1Eow6BMH9NMoNXTAA9ZXPpCZ1DLCHzdB0=" };
const VALIDATOR = {
  pubkey: KEY,
  amount: "5000000uopen",
  moniker: "bob",
  security: "bob@example.org",
  "commission-rate": "0.1",
  "commission-max-rate": "0.2",
  "commission-max-change-rate": "0.01",
  "min-self-delegation": "1",
};

describe("transactions of their own shape", function () {
  this.timeout(60_000);
  let ledger: LedgerDaemon;
  let dir: string;
  before(async () => {
    ledger = await startLedgerDaemon();
    dir = mkdtempSync(join(tmpdir(), "custom-"));
  });
  after(async () => {
    await ledger.stop();
    rmSync(dir, { recursive: true });
  });

  const file = (name: string, json: unknown): string => {
    const path = join(dir, name);
    writeFileSync(path, typeof json === "string" ? json : JSON.stringify(json));
    return path;
  };
  const messages = async (args: readonly string[]): Promise<readonly Message[]> => {
    const { body } = await ledger.json<{ body: { messages: readonly Message[] } }>(["tx", ...args, "--generate-only", "--gas", "1"]);
    return body.messages;
  };
  const refusal = async (args: readonly string[]): Promise<string> => {
    const { code, err } = await ledger.run(["tx", ...args, "--generate-only", "--gas", "1"]);
    expect(code, err).to.equal(1);
    expect(err).to.match(/^openledgerd: [^\n]*\n$/);
    return err;
  };
  const coins = (amount: string) => [{ denom: "uopen", amount }];

  it("multi-send pays each, or splits", async () => {
    const [each] = await messages(["bank", "multi-send", "ada", "bob", "ada", "7uopen"]);
    expect(each).to.deep.include({ inputs: [{ address: ledger.ada.text, coins: coins("14") }] });
    const [split] = await messages(["bank", "multi-send", "ada", "bob", "ada", "7uopen", "--split"]);
    expect(split?.["outputs"]).to.deep.equal([ledger.bob.text, ledger.ada.text].map((address) => ({ address, coins: coins("3") })));
    expect(await refusal(["bank", "multi-send", "ada", "bob", "7uopen"])).to.contain("two or more addresses");
  });

  it("create-validator reads the file that simd reads", async () => {
    const [message] = await messages(["staking", "create-validator", file("v.json", VALIDATOR), "--from", "bob"]);
    expect(message).to.deep.equal({
      "@type": "/cosmos.staking.v1beta1.MsgCreateValidator",
      description: { moniker: "bob", identity: "", website: "", security_contact: "bob@example.org", details: "" },
      commission: { rate: "0.100000000000000000", max_rate: "0.200000000000000000", max_change_rate: "0.010000000000000000" },
      min_self_delegation: "1",
      delegator_address: "",
      validator_address: formatOperatorAddress(ledger.bob.address),
      pubkey: KEY,
      value: { denom: "uopen", amount: "5000000" },
    });
    for (const [change, says] of [
      [{ amount: "5stake" }, 'no coin "stake"'],
      [{ pubkey: { key: "x" } }, "no type without @type"],
      [{ pubkey: undefined }, "pubkey"],
      [{ moniker: undefined }, '"moniker" is missing'],
      [{ "commission-rate": "ten" }, "commission-rate must look like 0.1"],
      [{ monicker: "bob" }, '"monicker" that means nothing'],
    ] as const) {
      expect(await refusal(["staking", "create-validator", file("bad.json", { ...VALIDATOR, ...change }), "--from", "bob"])).to.contain(says);
    }
    expect(await refusal(["staking", "create-validator", file("no.json", "{"), "--from", "bob"])).to.contain("is no JSON");
  });

  it("edit-validator changes what is named and nothing else", async () => {
    const [message] = await messages(["staking", "edit-validator", "--new-moniker", "eve", "--commission-rate", "0.15", "--from", "ada"]);
    const keep = "[do-not-modify]";
    expect(message?.["description"]).to.deep.equal({ moniker: "eve", identity: keep, website: keep, security_contact: keep, details: keep });
    expect(message).to.deep.include({ commission_rate: "0.150000000000000000" });
  });

  it("withdraw-rewards takes the commission along", async () => {
    const operator = formatOperatorAddress(ledger.ada.address);
    const both = await messages(["distribution", "withdraw-rewards", operator, "--commission", "--from", "ada"]);
    expect(both.map((m) => m["@type"])).to.deep.equal([
      "/cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward",
      "/cosmos.distribution.v1beta1.MsgWithdrawValidatorCommission",
    ]);
    expect(await refusal(["distribution", "withdraw-rewards", operator, "--commission", "--from", "bob"])).to.contain("own operator");
    expect(await messages(["distribution", "withdraw-validator-commission", "--from", "ada"])).to.have.nested.property("[0].validator_address", operator);
    expect(await refusal(["distribution", "withdraw-validator-commission", operator, "--from", "bob"])).to.contain("for openvaloper");
  });

  it("submit-proposal reads the file that simd reads", async () => {
    const send = { "@type": "/cosmos.bank.v1beta1.MsgSend", from_address: ledger.ada.text, to_address: ledger.bob.text, amount: coins("1") };
    const proposal = { messages: [send], deposit: "10uopen", title: "T", summary: "S", metadata: "m", expedited: true };
    const [message] = await messages(["gov", "submit-proposal", file("p.json", proposal), "--from", "ada"]);
    expect(message).to.deep.include({ messages: [send], initial_deposit: coins("10"), title: "T", summary: "S", metadata: "m", expedited: true, proposer: ledger.ada.text });
    const wrong = { ...proposal, messages: [{ ...send, to_adress: "" }] };
    expect(await refusal(["gov", "submit-proposal", file("w.json", wrong), "--from", "ada"])).to.contain("message 1").and.contain("unknown field");
    const unknown = { ...proposal, messages: [{ "@type": "/x.Y" }] };
    expect(await refusal(["gov", "submit-proposal", file("u.json", unknown), "--from", "ada"])).to.contain("no type /x.Y");
  });

  it("weighted-vote splits a vote", async () => {
    const [message] = await messages(["gov", "weighted-vote", "7", "yes=0.6,no-with-veto=0.4", "--from", "ada"]);
    expect(message).to.deep.include({ proposal_id: "7", options: [{ option: "VOTE_OPTION_YES", weight: "0.6" }, { option: "VOTE_OPTION_NO_WITH_VETO", weight: "0.4" }] });
  });

  it("votes in words", async () => {
    for (const [word, name] of [["yes", "YES"], ["No", "NO"], ["no_with_veto", "NO_WITH_VETO"], ["VOTE_OPTION_ABSTAIN", "ABSTAIN"]] as const) {
      expect(await messages(["gov", "vote", "1", word, "--from", "ada"])).to.have.nested.property("[0].option", `VOTE_OPTION_${name}`);
    }
  });

  it("authz grant makes each kind of authorization, and exec takes a generated transaction", async () => {
    const operator = formatOperatorAddress(ledger.ada.address);
    const grant = async (args: readonly string[]): Promise<unknown> =>
      ((await messages(["authz", "grant", "bob", ...args, "--from", "ada"]))[0]?.["grant"] as { authorization: unknown }).authorization;
    expect(await grant(["send", "--spend-limit", "5uopen", "--allow-list", "bob"])).to.deep.equal({ "@type": "/cosmos.bank.v1beta1.SendAuthorization", spend_limit: coins("5"), allow_list: [ledger.bob.text] });
    expect(await grant(["generic", "--msg-type", "/cosmos.gov.v1.MsgVote"])).to.deep.equal({ "@type": "/cosmos.authz.v1beta1.GenericAuthorization", msg: "/cosmos.gov.v1.MsgVote" });
    expect(await grant(["delegate", "--allowed-validators", operator])).to.deep.include({ allow_list: { address: [operator] }, authorization_type: "AUTHORIZATION_TYPE_DELEGATE" });
    expect(await refusal(["authz", "grant", "bob", "send", "--from", "ada"])).to.contain("needs --spend-limit");
    const { out } = await ledger.run(["tx", "bank", "send", "ada", "bob", "1uopen", "--generate-only", "--gas", "1"]);
    const [exec] = await messages(["authz", "exec", file("send.json", out), "--from", "bob"]);
    expect(exec).to.deep.include({ grantee: ledger.bob.text }).and.to.have.nested.property("msgs[0].@type", "/cosmos.bank.v1beta1.MsgSend");
  });

  it("feegrant grant makes basic, periodic and filtered allowances", async () => {
    const allowance = async (args: readonly string[]): Promise<Message> => (await messages(["feegrant", "grant", "ada", "bob", ...args]))[0]?.["allowance"] as Message;
    expect(await allowance(["--spend-limit", "5uopen", "--expiration", "2030-01-01T00:00:00Z"])).to.deep.equal({
      "@type": "/cosmos.feegrant.v1beta1.BasicAllowance", spend_limit: coins("5"), expiration: "2030-01-01T00:00:00Z",
    });
    expect(await allowance(["--period", "3600", "--period-limit", "2uopen"])).to.deep.include({ "@type": "/cosmos.feegrant.v1beta1.PeriodicAllowance", period: "3600s", period_spend_limit: coins("2") });
    expect(await allowance(["--allowed-messages", "/a.B,/c.D"])).to.deep.include({ allowed_messages: ["/a.B", "/c.D"] });
    expect(await refusal(["feegrant", "grant", "ada", "bob", "--period", "1h"])).to.contain("must be given together");
  });

  it("software-upgrade proposes a plan", async () => {
    const [message] = await messages(["upgrade", "software-upgrade", "v2", "--upgrade-height", "50", "--title", "T", "--summary", "S", "--from", "ada"]);
    expect(message).to.have.nested.property("messages[0].plan").that.deep.includes({ name: "v2", height: "50" });
  });

  it("create-periodic-vesting-account reads the file that simd reads", async () => {
    const periods = { start_time: 1_830_000_000, periods: [{ coins: "5uopen", length_seconds: 60 }] };
    const [message] = await messages(["vesting", "create-periodic-vesting-account", "bob", file("periods.json", periods), "--from", "ada"]);
    expect(message).to.deep.include({ start_time: "1830000000", vesting_periods: [{ length: "60", amount: coins("5") }] });
  });
});
