import { expect } from "chai";
import { formatConsensusAddress, formatOperatorAddress } from "../../../chain/codec/index.js";
import { startLedgerDaemon } from "../testkit/ledger-daemon.js";
import type { LedgerDaemon } from "../testkit/ledger-daemon.js";

describe("query", function () {
  this.timeout(60_000);
  let ledger: LedgerDaemon;
  before(async () => {
    ledger = await startLedgerDaemon();
  });
  after(() => ledger.stop());

  it("prints YAML with sorted names, as Cosmos daemons do", async () => {
    const { code, out } = await ledger.run(["query", "bank", "balances", ledger.ada.text]);
    expect(code).to.equal(0);
    expect(out).to.equal('balances:\n- amount: "1000000000000"\n  denom: uopen\npagination:\n  next_key: null\n  total: "1"\n');
  });

  it("prints one line of JSON", async () => {
    const { out } = await ledger.run(["query", "bank", "balance", ledger.ada.text, "uopen", "--output", "json"]);
    expect(out).to.equal('{"balance":{"denom":"uopen","amount":"1000000000000"}}\n');
  });

  it("takes the name of a key for an address, and q for query", async () => {
    const { balance } = await ledger.json<{ balance: { amount: string } }>(["q", "bank", "balance", "bob", "uopen"]);
    expect(balance.amount).to.equal("1000000000000");
  });

  it("pages by page, by offset and by key", async () => {
    const page = (args: readonly string[]) =>
      ledger.json<{ accounts: readonly unknown[]; pagination: { next_key: string | null; total: string } }>(["query", "auth", "accounts", ...args]);
    const first = await page(["--limit", "2", "--count-total"]);
    expect(first.accounts).to.have.length(2);
    const second = await page(["--limit", "2", "--page-key", first.pagination.next_key ?? ""]);
    expect(await page(["--limit", "2", "--page", "2"])).to.deep.equal({ ...second, pagination: { ...second.pagination } });
    expect((await page(["--limit", "2", "--offset", "2"])).accounts).to.deep.equal(second.accounts);
    const all = await page([]);
    expect(BigInt(first.pagination.total)).to.equal(BigInt(all.accounts.length));
    expect((await page(["--reverse", "--limit", "1"])).accounts[0]).to.deep.equal(all.accounts.at(-1));
  });

  it("asks for a validator by the name of its operator's key", async () => {
    const { validator } = await ledger.json<{ validator: { operator_address: string; description: { moniker: string } } }>(["query", "staking", "validator", "ada"]);
    expect(validator).to.deep.include({ operator_address: formatOperatorAddress(ledger.ada.address) });
    expect(validator.description.moniker).to.equal("ada");
  });

  it("asks at a height", async () => {
    const { code, err } = await ledger.run(["query", "bank", "total-supply", "--height", "999"]);
    expect(code).to.equal(1);
    expect(err).to.contain("height");
  });

  for (const [args, says] of [
    [["bank", "balances", "open1qqqq"], "<address> must be an address"],
    [["bank", "balances", "nobody"], 'there is no key named "nobody"'],
    [["staking", "validator", "open1w508d6qejxtdg4y5r3zarvary0c5xw7kkz59xq"], "<validator-addr> must be the address of a validator"],
    [["bank", "balance", "ada", "uopen", "--height", "-1"], "--height"],
    [["bank", "balances", "ada", "--page", "0"], "--page counts from 1"],
    [["bank", "balances", "ada", "--page", "1", "--offset", "1"], "--page excludes"],
    [["bank", "balances", "ada", "--limit", "many"], "--limit must be a whole number"],
    [["auth", "address-by-acc-num", "one"], "<acc-num> must be a whole number"],
    [["auth", "address-bytes-to-string", "%%"], "must be hex or base64"],
    [["bank", "balnces", "ada"], "Did you mean balances"],
    [["datanet", "datanet", "99"], "not found"],
  ] as const) {
    it(`refuses "query ${args.join(" ")}" in one line`, async () => {
      const { code, err, out } = await ledger.run(["query", ...args]);
      expect(code).to.not.equal(0);
      expect(out).to.equal("");
      expect(err).to.match(/^openledgerd: [^\n]*\n$/);
      expect(err).to.contain(says);
    });
  }

  it("says when a letter of an address is wrong, and when it is an address of another kind", async () => {
    const wrong = `${ledger.ada.text.slice(0, -1)}${ledger.ada.text.endsWith("q") ? "p" : "q"}`;
    expect((await ledger.run(["query", "bank", "balances", wrong])).err).to.contain("<address> has a wrong letter");
    const consensus = formatConsensusAddress(ledger.ada.address);
    expect((await ledger.run(["query", "bank", "balances", consensus])).err).to.contain("must be the address of an account (open1...)");
    expect((await ledger.run(["query", "bank", "balances", "cosmos1w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6"])).err).to.contain("must be an address of this chain");
  });

  it("says which node does not answer", async () => {
    const { code, err } = await ledger.daemon.runHere(["query", "bank", "total", "--node", "tcp://127.0.0.1:1"]);
    expect(code).to.equal(1);
    expect(err).to.contain("no node answers at http://127.0.0.1:1; name one with --node");
  });
});
