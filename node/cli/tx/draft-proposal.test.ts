import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { formatAddress } from "../../../chain/codec/index.js";
import { moduleAddress } from "../../../chain/crypto/index.js";
import { startLedgerDaemon } from "../testkit/ledger-daemon.js";
import type { LedgerDaemon } from "../testkit/ledger-daemon.js";
import type { Ran } from "../testkit/daemon.js";

const GOVERNANCE = formatAddress(moduleAddress("gov"));
const ABOUT = ["--title", "T", "--summary", "S"];

describe("tx gov draft-proposal", function () {
  this.timeout(120_000);
  let ledger: LedgerDaemon;
  beforeEach(async () => void (ledger = await startLedgerDaemon()));
  afterEach(() => ledger.stop());

  const path = (name: string): string => join(dirname(ledger.daemon.home), name);
  const json = (name: string): unknown => JSON.parse(readFileSync(path(name), "utf8"));
  const draft = (args: readonly string[], input = ""): Promise<Ran> => ledger.daemon.run(["tx", "gov", "draft-proposal", ...args], input);
  const refused = async (args: readonly string[], says: string, input = ""): Promise<void> => {
    const { code, out, err } = await draft(args, input);
    expect(code, err).to.be.oneOf([1, 64]);
    expect([out, existsSync(path("draft_proposal.json"))]).to.deep.equal(["", false]);
    expect(err).to.contain(says).and.match(/^openledgerd: [^\n]*\n$/);
  };

  it("asks what simd asks, and writes the two files in simd's layout", async () => {
    const answers = ["software-upgrade", "To v2", "ada, bob", "Faster.", "All of it.", "https://forum.example.org/1", "Yes: upgrade.", "1000000uopen", "v2", "1200", ""];
    const { code, out, err } = await draft([], `${answers.join("\n")}\n`);
    expect([code, out], err).to.deep.equal([0, ""]);
    const message = { "@type": "/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade", authority: GOVERNANCE, plan: { name: "v2", height: "1200" } };
    expect(json("draft_proposal.json")).to.deep.equal({
      messages: [message], metadata: "ipfs://CID", deposit: "1000000uopen", title: "To v2", summary: "Faster.", expedited: false,
    });
    expect(json("draft_metadata.json")).to.deep.equal({
      title: "To v2", authors: ["ada", "bob"], summary: "Faster.", details: "All of it.",
      proposal_forum_url: "https://forum.example.org/1", vote_option_context: "Yes: upgrade.",
    });
    expect(readFileSync(path("draft_proposal.json"), "utf8")).to.match(/^\{\n "messages": \[\n {2}\{\n {3}"@type"/);
    expect(err).to.contain("tx gov submit-proposal draft_proposal.json");
  });

  it("asks a person again, with the choices on the screen", async () => {
    const { code, out } = await ledger.daemon.runAtTerminal(
      ["tx", "gov", "draft-proposal", "--skip-metadata", "--title", "T"],
      [["Select proposal type: ", "5"], ["Select proposal message type: ", "/cosmos.bank.v1beta1.MsgSnd"], ["Select proposal message type: ", "/cosmos.bank.v1beta1.MsgSend"],
        ["Enter proposal summary: ", ""], ["Enter proposal summary: ", "S"], ["Enter proposal deposit: ", "1"], ["Enter proposal deposit: ", ""],
        ["Enter msg to address <address>: ", "open1nobody"], ["Enter msg to address <address>: ", "bob"], ["Enter msg amount <coins>: ", "5uopen"]],
    );
    expect(code, out).to.equal(0);
    expect(out).to.contain("   2  community-pool-spend").and.contain("did you mean /cosmos.bank.v1beta1.MsgSend?").and.contain("a proposal needs a summary").and.contain("to_address must be an address of this chain");
    const message = { "@type": "/cosmos.bank.v1beta1.MsgSend", from_address: GOVERNANCE, to_address: ledger.bob.text, amount: [{ denom: "uopen", amount: "5" }] };
    expect(json("draft_proposal.json")).to.deep.include({ messages: [message], deposit: "" });
    expect(existsSync(path("draft_metadata.json"))).to.equal(false);
  });

  it("takes everything from flags, and what it writes is a proposal that the chain takes", async () => {
    const spend = ["--type", "community-pool-spend", "--set", "recipient=ada", "--set", "amount=5uopen", "--deposit", "1000000uopen", "--expedited"];
    const { code, err } = await draft([...ABOUT, ...spend, "--authors", "ada"]);
    expect(code, err).to.equal(0);
    const sent = await ledger.json<{ code: number; raw_log: string }>(["tx", "gov", "submit-proposal", path("draft_proposal.json"), "--from", "ada", "--yes"]);
    expect(sent.code, sent.raw_log).to.equal(0);
    const { proposal } = await ledger.json<{ proposal: { title: string; expedited: boolean; messages: readonly unknown[] } }>(["query", "gov", "proposal", "1"]);
    expect(proposal).to.include({ title: "T", expedited: true });
    expect(JSON.stringify(proposal.messages)).to.contain(ledger.ada.text);
  });

  it("writes a text without a message", async () => {
    expect((await draft(["--type", "text", ...ABOUT])).code).to.equal(0);
    expect(json("draft_proposal.json")).to.deep.equal({ metadata: "ipfs://CID", deposit: "", title: "T", summary: "S", expedited: false });
  });

  it("takes a message within the message field by field, or whole as JSON", async () => {
    const change = ["--type", "other", "--message", "/cosmos.slashing.v1beta1.MsgUpdateParams", ...ABOUT, "--skip-metadata"];
    expect((await draft([...change, "--set", "params.signed_blocks_window=100", "--set", "params.downtime_jail_duration=10m"])).code).to.equal(0);
    type Draft = { readonly messages: readonly { readonly params: unknown }[] };
    expect((json("draft_proposal.json") as Draft).messages[0]?.params).to.deep.equal({ signed_blocks_window: "100", downtime_jail_duration: "600s" });
    writeFileSync(path("draft_proposal.json"), "mine");
    const again = await draft([...change, "--set", 'params={"signed_blocks_window":"7"}']);
    expect([again.code, readFileSync(path("draft_proposal.json"), "utf8")]).to.deep.equal([1, "mine"]);
    expect(again.err).to.contain("draft_proposal.json is there already");
  });

  for (const [args, says, input] of [
    [["--type", "text", "--title", "T"], "a proposal needs a summary"],
    [["--type", "tax", ...ABOUT], "there are text, community-pool-spend"],
    [["--type", "other", ...ABOUT], "--type other needs --message"],
    [["--type", "other", "--message", "/cosmos.bank.v1beta1.MsgSnd", ...ABOUT], "did you mean /cosmos.bank.v1beta1.MsgSend?"],
    [["--type", "text", "--message", "/cosmos.bank.v1beta1.MsgSend", ...ABOUT], "--message is for --type other"],
    [["--type", "text", "--set", "amount=1uopen", ...ABOUT], "a text has no message"],
    [["--type", "software-upgrade", "--set", "plan.hight=1", ...ABOUT], "has no field plan.hight; did you mean plan.height?"],
    [["--type", "software-upgrade", "--set", "plan.height=soon", ...ABOUT], "plan.height must be a whole number"],
    [["--type", "software-upgrade", "--set", "plan", ...ABOUT], "--set must look like"],
    [["--type", "text", "--deposit", "1stake", ...ABOUT], 'no coin "stake"'],
    [[], 'there is no proposal type "tax"', "tax\n"],
    [[], "the input ended", "text\nT\n"],
  ] as const) {
    it(`refuses "${args.join(" ")}"${input === undefined ? "" : ` with ${JSON.stringify(input)} typed`}, and writes nothing`, () => refused(args, says, input ?? ""));
  }
});
