import { cpSync, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { formatAddress } from "../../chain/codec/index.js";
import { toAddress } from "../../chain/primitives/index.js";
import { ChainNode, must } from "./testkit/chain-of-one.js";

const STRANGER = formatAddress(toAddress(new Uint8Array(20).fill(9)));

describe("export and import on real nodes", function () {
  this.timeout(300_000);
  let chain: ChainNode;
  let next: ChainNode;
  let file = "";

  before(async () => {
    chain = await ChainNode.create();
    await chain.initValidator();
    chain.start();
    await chain.reach(2);
    await must(chain.daemon.runHere(["tx", "bank", "send", "ada", STRANGER, "5uopen", "--yes", "--keyring-backend", "test"]));
    await chain.reach((await chain.height()) + 3);
    await chain.stop();
    file = `${chain.daemon.home}-exported.json`;
    await must(chain.daemon.run(["export", "--output-document", file]));
    next = await ChainNode.create();
    await must(next.daemon.runHere(["init", "next", "--chain-id", "other-1"]));
    await next.settle();
  });
  after(async () => {
    rmSync(file, { force: true });
    await next.remove();
    await chain.remove();
  });

  const genesisOf = (node: ChainNode): string => readFileSync(join(node.daemon.home, "config/genesis.json"), "utf8");

  it("an export, imported into a new home, is exported again as the same file", async () => {
    const { err } = await must(next.daemon.run(["import", file]));
    expect(err).to.match(/^Imported one-1 with 1 validators into [^\n]*genesis.json\n$/);
    expect(genesisOf(next)).to.equal(readFileSync(file, "utf8"));
    const { out } = await must(next.daemon.run(["export"]));
    expect(out).to.equal(readFileSync(file, "utf8"));
    expect((await must(next.daemon.run(["import", file]))).code, "once more").to.equal(0);
  });

  it("killed with -9 anywhere leaves the old document or the new one, whole", async () => {
    const other = await ChainNode.create();
    await must(other.daemon.runHere(["init", "other", "--chain-id", "other-2"]));
    const before = genesisOf(other);
    const wanted = readFileSync(file, "utf8");
    const began = performance.now();
    await must(other.daemon.run(["import", file]));
    const took = performance.now() - began;
    const path = join(other.daemon.home, "config/genesis.json");
    let killed = 0;
    for (const share of [0.5, 0.7, 0.8, 0.9, 0.95, 1]) {
      await must(other.daemon.runHere(["init", "other", "--chain-id", "other-2", "--overwrite"]));
      const old = genesisOf(other);
      const child = other.daemon.spawn(["import", file]);
      const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
      const timer = setTimeout(() => child.kill("SIGKILL"), took * share);
      if ((await ended) === "SIGKILL") killed++;
      clearTimeout(timer);
      expect([old, wanted].includes(readFileSync(path, "utf8")), `killed after ${share} of the time`).to.equal(true);
    }
    expect([killed > 0, before.length > 0]).to.deep.equal([true, true]);
    await must(other.daemon.run(["import", file]));
    expect([genesisOf(other) === wanted, statSync(path).mode & 0o777]).to.deep.equal([true, 0o644]);
    await other.remove();
  });

  it("goes on where the chain was: same coins, next height", async () => {
    cpSync(join(chain.daemon.home, "config/priv_validator_key.json"), join(next.daemon.home, "config/priv_validator_key.json"));
    const first = Number((JSON.parse(readFileSync(file, "utf8")) as { initial_height: string }).initial_height);
    next.start();
    await next.reach(first + 2);
    const { out } = await must(next.daemon.runHere(["query", "bank", "balances", STRANGER, "--output", "json"]));
    expect((JSON.parse(out) as { balances: readonly { amount: string }[] }).balances.map((b) => b.amount)).to.deep.equal(["5"]);
    await next.stop();
    expect(existsSync(join(next.daemon.home, "data/blocks"))).to.equal(true);
  });

  it("is refused into a home with blocks, of a file that is none, and into a folder that is no home, in one line each", async () => {
    const nowhere = await ChainNode.create();
    for (const [node, args, says] of [
      [next, [file], "holds the blocks or the state of a chain; nothing was changed"],
      [next, [join(next.daemon.home, "config/config.toml")], "the genesis document is malformed"],
      [next, ["/nowhere.json"], "the file /nowhere.json cannot be read"],
      [nowhere, [file], "make a home with `openledgerd init`"],
    ] as const) {
      const before = existsSync(join(node.daemon.home, "config/genesis.json")) ? genesisOf(node) : "";
      const { code, out, err } = await node.daemon.runHere(["import", ...args]);
      expect([code, out], says).to.deep.equal([1, ""]);
      expect(err).to.contain(says).and.match(/^openledgerd: [^\n]*\n$/);
      if (before !== "") expect(genesisOf(node)).to.equal(before);
    }
    await nowhere.remove();
  });
});
