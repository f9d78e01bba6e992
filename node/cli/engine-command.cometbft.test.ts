import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { findCometBft } from "../comet/binary.js";
import { ChainNode, must } from "./testkit/chain-of-one.js";

/** `hash appHash` of each height up to `top`. */
async function chainOf(node: ChainNode, top: number): Promise<string[]> {
  const blocks: string[] = [];
  for (let height = 1; height <= top; height++) blocks.push(await node.block(height));
  return blocks;
}

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

  it("takes a chain that halted to CometBFT and back; every command says what is missing when it comes too early", async () => {
    node = await ChainNode.create();
    await node.initValidator();
    await node.set("config", "cometbft.binary", binary ?? "");
    await node.set("app", "halt_height", "5");
    node.start();
    await node.reach(5);
    const first = await chainOf(node, 5);
    expect((await node.daemon.run(["engine", "move", "--to", "cometbft"])).err).to.contain("stop it first");
    await node.stop();
    await node.set("app", "halt_height", "9");
    const early = await node.daemon.run(["start", "--engine", "cometbft"]);
    expect([early.code, early.err.includes("openledgerd engine move --to cometbft")], early.err).to.deep.equal([1, true]);

    const { out } = await must(node.daemon.run(["engine", "move", "--to", "cometbft"]));
    expect(out).to.contain("blocks 1 to 5 are in the stores of the cometbft engine; 5 were written");
    const wrong = await node.daemon.run(["start"]);
    expect([wrong.code, wrong.err.includes("openledgerd engine move --to embedded")]).to.deep.equal([1, true]);

    await node.set("config", "engine", "cometbft");
    node.start();
    await node.reach(9);
    const second = await chainOf(node, 9);
    expect(second.slice(0, 5)).to.deep.equal(first);
    await node.stop();

    const back = await must(node.daemon.run(["engine", "move", "--to", "embedded", "--output", "json"]));
    expect(JSON.parse(back.out)).to.deep.include({ base: "1", top: "9" });
    expect(existsSync(join(node.daemon.home, "cometbft", "data.moved-9"))).to.equal(true);
    await node.set("config", "engine", "embedded");
    await node.set("app", "halt_height", "0");
    node.start();
    await node.reach(12);
    expect((await chainOf(node, 12)).slice(0, 9)).to.deep.equal(second);
  });
});
