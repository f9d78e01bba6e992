import { expect } from "chai";
import { formatOperatorAddress } from "../../../chain/codec/index.js";
import { toHex } from "../../../chain/primitives/index.js";
import { startLedgerDaemon } from "../testkit/ledger-daemon.js";
import type { LedgerDaemon } from "../testkit/ledger-daemon.js";

interface TxResponse {
  readonly code: number;
  readonly txhash: string;
  readonly raw_log: string;
}
interface TxJson {
  readonly body: { readonly messages: readonly Record<string, unknown>[]; readonly memo: string; readonly timeout_height: string };
  readonly auth_info: { readonly fee: { readonly amount: readonly { readonly amount: string }[]; readonly gas_limit: string; readonly payer: string; readonly granter: string } };
  readonly signatures: readonly string[];
}

const YES = ["--yes"];

describe("tx", function () {
  this.timeout(60_000);
  let ledger: LedgerDaemon;
  beforeEach(async () => {
    ledger = await startLedgerDaemon();
  });
  afterEach(() => ledger.stop());

  const balance = async (who: string): Promise<bigint> =>
    BigInt((await ledger.json<{ balance: { amount: string } }>(["query", "bank", "balance", who, "uopen"])).balance.amount);
  const generated = (args: readonly string[]): Promise<TxJson> => ledger.json<TxJson>(["tx", ...args, "--generate-only"]);
  /** Runs what was broadcast: the mempool makes its block at once. */
  const mined = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it("send moves coins, paying for the gas that a simulation finds", async () => {
    const before = await balance("bob");
    const sent = await ledger.json<TxResponse>(["tx", "bank", "send", "ada", ledger.bob.text, "1234uopen", ...YES]);
    expect(sent).to.deep.include({ code: 0, raw_log: "" });
    await mined();
    expect(await balance("bob")).to.equal(before + 1234n);
    const paid = 1_000_000_000_000n - 1234n - (await balance("ada"));
    expect(paid > 50n && paid < 500n, String(paid)).to.equal(true);
  });

  it("is shown before it is signed, and sent only when a person agrees", async () => {
    const args = ["tx", "bank", "send", "ada", ledger.bob.text, "1uopen"];
    const no = await ledger.run(args, "n\n");
    expect(no.code).to.equal(1);
    expect(no.err).to.contain("MsgSend").and.contain("canceled transaction; nothing was sent");
    const yes = await ledger.run(args, "y\n");
    expect(yes.out).to.contain("code: 0\n").and.contain("txhash: ");
  });

  it("asks for the passphrase of a keyring once", async () => {
    const FILE = ["--keyring-backend", "file"];
    const { code, err } = await ledger.daemon.runHere(["keys", "import-hex", "eve", toHex(ledger.ada.privateKey), ...FILE], "correct horse\ncorrect horse\n");
    expect(code, err).to.equal(0);
    const args = ["tx", "bank", "send", "eve", "eve", "1uopen", "--node", ledger.url, ...FILE, ...YES];
    const sent = await ledger.daemon.runHere(args, "correct horse\n");
    expect(sent.code, sent.err).to.equal(0);
    const wrong = await ledger.daemon.runHere(args, "wrong\n");
    expect([wrong.code, wrong.err.includes("wrong passphrase")]).to.deep.equal([1, true]);
  });

  it("is not sent half signed: who pays the fees in another's place signs too", async () => {
    const { code, err } = await ledger.run(["tx", "bank", "send", "ada", "bob", "5uopen", "--fee-payer", "bob", "--gas", "200000", ...YES]);
    expect(code).to.equal(1);
    expect(err).to.contain("signs too").and.contain("--generate-only");
  });

  it("is signed in amino JSON too", async () => {
    const sent = await ledger.json<TxResponse>(["tx", "bank", "send", "ada", ledger.bob.text, "1uopen", "--sign-mode", "amino-json", "--note", "<ledger> & co", ...YES]);
    expect(sent.code, sent.raw_log).to.equal(0);
  });

  it("is written and not signed with --generate-only, with every flag in its place", async () => {
    const tx = await generated([
      "bank", "send", "ada", "bob", "5uopen", "--gas", "123456", "--fees", "789uopen", "--note", "hi", "--timeout-height", "77", "--fee-payer", "bob",
    ]);
    expect(tx.signatures).to.deep.equal([]);
    expect(tx.body).to.deep.include({ memo: "hi", timeout_height: "77" });
    expect(tx.body.messages[0]).to.deep.equal({
      "@type": "/cosmos.bank.v1beta1.MsgSend",
      from_address: ledger.ada.text,
      to_address: ledger.bob.text,
      amount: [{ denom: "uopen", amount: "5" }],
    });
    expect(tx.auth_info.fee).to.deep.equal({ amount: [{ denom: "uopen", amount: "789" }], gas_limit: "123456", payer: ledger.bob.text, granter: "" });
  });

  it("costs the price of its gas, rounded up", async () => {
    const { auth_info } = await generated(["bank", "send", "ada", "bob", "5uopen", "--gas", "100001", "--gas-prices", "0.025uopen"]);
    expect(auth_info.fee.amount[0]?.amount).to.equal("2501");
  });

  it("is only simulated with --dry-run", async () => {
    const before = ledger.chain.height();
    const { code, err, out } = await ledger.run(["tx", "bank", "send", "ada", "bob", "5uopen", "--dry-run"]);
    expect(code).to.equal(0);
    expect(out).to.equal("");
    expect(err).to.match(/^gas estimate: \d{5,6}\n$/);
    expect(ledger.chain.height()).to.equal(before);
  });

  it("is signed offline, and printed", async () => {
    const { code, out } = await ledger.daemon.runHere([
      "tx", "bank", "send", "ada", ledger.bob.text, "5uopen", "--offline", "--chain-id", "c-1", "-a", "3", "-s", "4", "--keyring-backend", "test", ...YES,
    ]);
    expect(code).to.equal(0);
    expect((JSON.parse(out) as TxJson).signatures).to.have.length(1);
  });

  it("makes a validator's message from the operator of --from", async () => {
    const { body } = await generated(["slashing", "unjail", "--from", "ada", "--gas", "1"]);
    expect(body.messages).to.deep.equal([{ "@type": "/cosmos.slashing.v1beta1.MsgUnjail", validator_addr: formatOperatorAddress(ledger.ada.address) }]);
  });

  it("wraps what only governance may send into a proposal", async () => {
    const { body } = await generated([
      "distribution", "community-pool-spend-proposal", "bob", "7uopen", "--from", "ada", "--title", "Pay bob", "--summary", "He works", "--deposit", "10uopen", "--gas", "1",
    ]);
    const [proposal] = body.messages;
    expect(proposal).to.deep.include({ "@type": "/cosmos.gov.v1.MsgSubmitProposal", proposer: ledger.ada.text, title: "Pay bob", summary: "He works" });
    expect((proposal?.["messages"] as readonly { authority: string }[])[0]).to.deep.include({ recipient: ledger.bob.text }).and.to.have.property("authority").that.matches(/^open1/);
  });

  it("takes enums, lists and JSON as flags", async () => {
    const { body } = await generated([
      "datanet", "create", "Rust questions", "--tags", "rust", "--tags", "code", "--modality", "text", "--access", "open", "--license", '{"spdx":"CC-BY-4.0"}', "--from", "ada", "--gas", "1",
    ]);
    expect(body.messages[0]).to.deep.include({ owner: ledger.ada.text, name: "Rust questions", tags: ["rust", "code"] });
  });

  for (const [args, says] of [
    [["bank", "send", "ada", "open1xyz", "1uopen"], "<to_address> must be an address"],
    [["bank", "send", "ada", "bob", "1open"], "1 OPEN is 1000000uopen"],
    [["bank", "send", "ada", "bob", "-1uopen"], "unknown option"],
    [["bank", "send", "ada", "bob", "1uopen", "--from", "bob"], "leave --from out"],
    [["bank", "send", "ada", "bob", "1uopen", "--fees", "1uopen", "--gas-prices", "1uopen"], "cannot provide both"],
    [["bank", "send", "ada", "bob", "1uopen", "--gas", "lots"], '"auto", or a whole number'],
    [["bank", "send", "ada", "bob", "1uopen", "--chain-id", "other-1"], "the node is of chain open-test-1, not other-1"],
    [["bank", "send", "ada", "bob", "1uopen", "--unordered"], "--unordered needs --timeout-duration"],
    [["bank", "send", "ada", "bob", "1uopen", "--offline"], "offline mode needs"],
    [["bank", "send", "ada", "bob", "9000000000000uopen"], "insufficient funds"],
    [["bank", "send", "ada", "bob", "1uopen", "--gas", "100000", "--fees", "1uopen"], "pay more with --gas-prices or --fees"],
    [["bank", "send", "ada", "bob", "1uopen", "--sequence", "9", "--gas", "100000"], "wait for it with"],
    [["bank", "send", "carol", "bob", "1uopen"], 'no key named "carol"'],
    [["slashing", "unjail"], "name a key with --from"],
    [["gov", "vote", "1", "maybe", "--from", "ada"], "did you mean"],
    [["gov", "weighted-vote", "1", "yes=2", "--from", "ada"], "must look like 0.6"],
    [["authz", "grant", "bob", "sned", "--from", "ada"], "did you mean send?"],
    [["staking", "create-validator", "/nowhere.json", "--from", "ada"], "cannot be read"],
  ] as const) {
    it(`refuses "tx ${args.join(" ")}" in one line`, async () => {
      const { code, err } = await ledger.run(["tx", ...args, ...YES]);
      expect(code, err).to.not.equal(0);
      expect(err).to.contain(says).and.match(/^openledgerd: [^\n]*\n$/);
    });
  }

  it("says where a transaction must be signed whose key is elsewhere", async () => {
    const { out } = await ledger.daemon.runHere(["keys", "show", "ada", "-p", "--keyring-backend", "test"]);
    await ledger.daemon.runHere(["keys", "delete", "ada", "-y", "--keyring-backend", "test"]);
    const { code: added, err: why } = await ledger.daemon.runHere(["keys", "add", "ada", "--pubkey", out.trim(), "--keyring-backend", "test"]);
    expect(added, why).to.equal(0);
    const { code, err } = await ledger.run(["tx", "bank", "send", "ada", "bob", "1uopen", ...YES]);
    expect(code).to.equal(1);
    expect(err).to.contain("only the public half of ada is here").and.contain("--generate-only");
  });
});
