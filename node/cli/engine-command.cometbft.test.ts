import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { INSTALL_COMMAND, findCometBft } from "../comet/binary.js";
import { freePort } from "../testkit/free-port.js";
import { ChainNode, must } from "./testkit/chain-of-one.js";
import type { Ran } from "./testkit/daemon.js";
import { TutorialPage } from "./testkit/tutorial-page.js";

/** `hash appHash` of each height up to `top`. */
async function chainOf(node: ChainNode, top: number): Promise<string[]> {
  const blocks: string[] = [];
  for (let height = 1; height <= top; height++) blocks.push(await node.block(height));
  return blocks;
}

describe("docs/engines.md", () => {
  it("installs the very CometBFT that a node without one asks for", () => {
    expect(readFileSync(new URL("../../docs/engines.md", import.meta.url), "utf8")).to.contain(INSTALL_COMMAND);
  });
});

describe("engine move on a real node", function () {
  this.timeout(300_000);
  let binary: string | undefined;
  let node: ChainNode | undefined;

  before(function () {
    binary = findCometBft();
    if (binary !== undefined) return;
    process.stdout.write("      skipped: CometBFT 0.38 is not installed\n");
    this.skip();
  });
  after(() => node?.remove());

  const shell = async (script: string): Promise<Ran> => (node === undefined ? expect.fail("no node") : must(node.daemon.shell(script)));

  it("takes a chain that halted to CometBFT and back, by docs/engines.md; every command says what is missing when it comes too early", async () => {
    node = await ChainNode.create();
    await node.initValidator();
    await node.set("config", "cometbft.binary", binary ?? "");
    // The port 1,000 above is not known to be free, as p2p's is.
    await node.set("config", "cometbft.p2p_laddr", `tcp://127.0.0.1:${await freePort()}`);
    const [halt = "", ...moving] = new TutorialPage("docs/engines.md").takeBelow("The move");
    expect(moving.at(-1)).to.equal("openledgerd start");
    const haltAt = (height: number): Promise<Ran> => shell(halt.replace("1000", String(height)));
    const moveTo = (engine: string): Promise<Ran> => shell(moving.slice(0, -1).join("\n").replaceAll("cometbft", engine));
    await haltAt(5);
    node.start();
    await node.reach(5);
    const first = await chainOf(node, 5);
    expect((await node.daemon.run(["engine", "move", "--to", "cometbft"])).err).to.contain("stop it first");
    await node.stop();
    await haltAt(9);
    const early = await node.daemon.run(["start", "--engine", "cometbft"]);
    expect([early.code, early.err.includes("openledgerd engine move --to cometbft")], early.err).to.deep.equal([1, true]);

    const { out } = await moveTo("cometbft");
    expect(out).to.contain("blocks 1 to 5 are in the stores of the cometbft engine; 5 were written");
    const wrong = await node.daemon.run(["start", "--engine", "embedded"]);
    expect([wrong.code, wrong.err.includes("openledgerd engine move --to embedded")]).to.deep.equal([1, true]);

    await haltAt(9);
    node.start();
    await node.reach(9);
    const second = await chainOf(node, 9);
    expect(second.slice(0, 5)).to.deep.equal(first);
    await node.stop();

    const signed = join(node.daemon.home, "data", "priv_validator_state.json");
    renameSync(signed, `${signed}.away`);
    await node.set("app", "halt_height", "0");
    expect((await node.daemon.run(["start"])).err).to.contain(`${signed} is missing`);
    renameSync(`${signed}.away`, signed);

    expect((await moveTo("embedded")).out).to.contain("blocks 1 to 9 are in the stores of the embedded engine");
    expect(existsSync(join(node.daemon.home, "cometbft", "data.moved-9"))).to.equal(true);
    node.start();
    await node.reach(12);
    expect((await chainOf(node, 12)).slice(0, 9)).to.deep.equal(second);
  });
});
