import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { formatAddress } from "../../chain/codec/index.js";
import { toAddress } from "../../chain/primitives/index.js";
import { ChainNode, must } from "./testkit/chain-of-one.js";

const STRANGER = formatAddress(toAddress(new Uint8Array(20).fill(9)));

interface RolledBack {
  readonly height: number;
  readonly hash: string;
}

async function rollback(node: ChainNode, ...flags: readonly string[]): Promise<RolledBack> {
  const { out } = await must(node.daemon.run(["rollback", ...flags]));
  const [, height, hash] = /^Rolled back state to height (\d+) and hash ([0-9A-F]{64})\n$/.exec(out) ?? expect.fail(out);
  return { height: Number(height), hash: String(hash) };
}

const LIMIT_MS = 300_000;

describe("rollback on real nodes", function () {
  this.timeout(LIMIT_MS);
  let validator: ChainNode;
  let follower: ChainNode;

  before(async () => {
    validator = await ChainNode.create();
    await validator.initValidator();
    validator.start();
    await validator.reach(2);
    follower = await ChainNode.create();
    await follower.initFollower(validator);
    follower.start();
    await follower.reach((await validator.height()) + 2);
  });

  after(async () => {
    await follower.remove();
    await validator.remove();
  });

  it("is refused while the node runs, and changes nothing", async () => {
    const { code, err } = await follower.daemon.run(["rollback"]);
    expect([code, err.includes("is in use; stop the node first")]).to.deep.equal([1, true]);
    await follower.reach((await follower.height()) + 1);
  });

  it("goes one height back, changes nothing the second time, and the block is executed again with the same result", async () => {
    const top = await follower.height();
    await follower.stop();
    const first = await rollback(follower);
    expect(first.height).to.be.at.least(top - 1);
    expect(await rollback(follower)).to.deep.equal(first);
    follower.start();
    await follower.reach(first.height + 3);
    expect(await follower.block(first.height + 1)).to.equal(await validator.block(first.height + 1));
    expect((await follower.block(first.height + 1)).endsWith(first.hash)).to.equal(true);
  });

  it("--hard removes blocks one by one, which come back from peers; a transaction in them is found again", async () => {
    const { out } = await must(validator.daemon.runHere(["tx", "bank", "send", "ada", STRANGER, "5uopen", "--yes", "--output", "json", "--keyring-backend", "test"]));
    const sent = JSON.parse(out) as { txhash: string };
    await must(follower.daemon.runHere(["query", "wait-tx", sent.txhash, "--timeout", "60s"]));
    const { height } = await follower.ask<{ height: string }>(`tx?hash=0x${sent.txhash}`);
    await follower.stop();
    const first = await rollback(follower, "--hard");
    const second = await rollback(follower, "--hard");
    expect(second.height).to.equal(first.height - 1);
    let last = second;
    while (last.height >= Number(height)) last = await rollback(follower, "--hard");
    follower.start();
    await follower.reach(first.height + 2);
    for (let h = last.height; h <= first.height + 1; h++) expect(await follower.block(h), String(h)).to.equal(await validator.block(h));
    const answer = await follower.ask<{ height: string }>(`tx?hash=0x${sent.txhash}`);
    expect(answer.height).to.equal(height);
  });

  it("killed with -9 anywhere leaves a home on which it can be repeated, and which starts", async () => {
    await follower.stop();
    const { home } = follower.daemon;
    const copy = `${home}-copy`;
    cpSync(join(home, "data"), copy, { recursive: true });
    const began = performance.now();
    const whole = await rollback(follower, "--hard");
    const took = performance.now() - began;
    let killed = 0;
    for (const share of [0.5, 0.65, 0.75, 0.85, 0.9, 0.95]) {
      rmSync(join(home, "data"), { recursive: true });
      cpSync(copy, join(home, "data"), { recursive: true });
      const child = follower.daemon.spawn(["rollback", "--hard"]);
      const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
      const timer = setTimeout(() => child.kill("SIGKILL"), took * share);
      if ((await ended) === "SIGKILL") killed++;
      clearTimeout(timer);
      // Either nothing counted yet, or all of it: then the next block goes.
      const again = await rollback(follower, "--hard");
      expect(again.height).to.be.oneOf([whole.height, whole.height - 1]);
      if (again.height === whole.height) expect(again.hash).to.equal(whole.hash);
    }
    expect(killed).to.be.greaterThan(0);
    follower.start();
    await follower.reach(whole.height + 3);
    expect(await follower.block(whole.height + 1)).to.equal(await validator.block(whole.height + 1));
    rmSync(copy, { recursive: true });
  });

  it("of the only validator keeps its word: it signs the same height again only where it signed before", async () => {
    await follower.stop();
    await validator.stop();
    const { height } = await rollback(validator);
    validator.start();
    await validator.reach(height + 3);
  });

  it("refuses where nothing is kept below, in one line, and says so of a home that has not run", async () => {
    const fresh = await ChainNode.create();
    await fresh.initValidator("fresh-1");
    const none = await fresh.daemon.runHere(["rollback"]);
    expect([none.code, none.err.includes("no node has run there")]).to.deep.equal([1, true]);
    await fresh.set("app", "keep_recent", "2");
    fresh.start();
    await fresh.reach(6);
    await fresh.stop();
    await rollback(fresh, "--hard");
    const { code, out, err } = await fresh.daemon.run(["rollback", "--hard"]);
    expect([code, out]).to.deep.equal([1, ""]);
    expect(err).to.match(/^openledgerd: the state after block \d+ is not kept here; there are \d+ to \d+ \(keep_recent in app.toml\); nothing was changed[^\n]*\n$/);
    expect(existsSync(join(fresh.daemon.home, "data/priv_validator_state.json"))).to.equal(true);
    await fresh.remove();
  });
});
