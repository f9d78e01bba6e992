import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Machine } from "./testkit/machine.js";

const PAGE = readFileSync(new URL("../../docs/validators.md", import.meta.url), "utf8");

/** The shell blocks below a heading, in order. */
function blocksBelow(heading: string): readonly string[] {
  const [, after = ""] = PAGE.split(`## ${heading}\n`);
  const [section = ""] = after.split("\n## ");
  return [...section.matchAll(/```sh\n([^`]+)```/g)].map(([, block = ""]) => block);
}

interface ValidatorJson {
  readonly validator: { readonly status: string; readonly jailed: boolean; readonly tokens: string };
}

/** Windows and waits of seconds, where a real chain has hours and weeks. */
function hurry(path: string): void {
  const doc = JSON.parse(readFileSync(path, "utf8")) as { app_state: { slashing: { params: object }; staking: { params: object } } };
  const { slashing, staking } = doc.app_state;
  slashing.params = { ...slashing.params, signed_blocks_window: "40", downtime_jail_duration: "1s" };
  staking.params = { ...staking.params, unbonding_time: "4s" };
  writeFileSync(path, JSON.stringify(doc));
}

describe("docs/validators.md with real nodes", function () {
  this.timeout(400_000);

  it("takes a validator that was not in genesis through its whole life, word by word", async () => {
    const [ada, bob] = [await Machine.create(), await Machine.create()];
    try {
      const [first = ""] = blocksBelow("A chain of your own");
      const beforeGentx = first.split("\n").findIndex((line) => line.includes("genesis gentx"));
      const lines = first.trim().split("\n");
      await ada.shell(lines.slice(0, beforeGentx).join("\n"));
      hurry(join(ada.daemon.home, "config/genesis.json"));
      await ada.settle();
      await ada.shell(lines.slice(beforeGentx).filter((line) => line !== "openledgerd start").join("\n"));
      ada.start();
      await ada.caughtUp();

      const [init = "", fund = "", start = "", stake = "", delegate = ""] = blocksBelow("Joining a chain that runs");
      const BOB = (await bob.shell(init)).trim().split("\n").at(-1) ?? "";
      expect(BOB).to.match(/^open1/);
      await ada.shell(fund, { BOB });
      copyFileSync(join(ada.daemon.home, "config/genesis.json"), join(bob.daemon.home, "config/genesis.json"));
      const id = JSON.parse(await ada.shell("openledgerd comet show-node-id --output json")) as { peer_id: string };
      const PEER = `/ip4/127.0.0.1/tcp/${ada.ports.p2p}/p2p/${id.peer_id}`;
      await bob.settle();
      await bob.shell(start.replace("openledgerd start\n", ""), { PEER });
      expect(start).to.contain("openledgerd start\n");
      bob.start();
      await bob.caughtUp();

      await bob.shell(stake);
      await ada.until<{ pagination: { total: string } }>(["query", "comet", "validator-set"], ({ pagination }) => pagination.total === "2");
      const VALOPER = (await bob.shell("openledgerd keys show bob --bech val -a")).trim();
      await ada.shell(delegate, { VALOPER });
      const before = JSON.parse(await ada.shell(`openledgerd query staking validator ${VALOPER} --output json`)) as ValidatorJson;
      expect(before.validator).to.deep.include({ status: "BOND_STATUS_BONDED", jailed: false, tokens: "6000000" });

      await bob.stop();
      const validator = ["query", "staking", "validator", VALOPER];
      const jailed = await ada.until<ValidatorJson>(validator, (answer) => answer.validator.jailed);
      expect(BigInt(jailed.validator.tokens) < 6_000_000n).to.equal(true);
      bob.start();
      await bob.caughtUp();
      const [unjail = ""] = blocksBelow("Jailed for downtime");
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await bob.shell(unjail);
      await ada.until<ValidatorJson>(validator, (answer) => !answer.validator.jailed && answer.validator.status === "BOND_STATUS_BONDED");

      const [leave = ""] = blocksBelow("Leaving");
      await bob.shell(leave, { VALOPER });
      await ada.until<{ pagination: { total: string } }>(["query", "comet", "validator-set"], ({ pagination }) => pagination.total === "1");
      type Unbondings = { readonly unbonding_responses: readonly unknown[] };
      await ada.until<Unbondings>(["query", "staking", "unbonding-delegations", BOB], (answer) => answer.unbonding_responses.length === 0);
      const { balance } = await ada.until<{ balance: { amount: string } }>(["query", "bank", "balance", BOB, "uopen"], () => true);
      expect(Number(balance.amount)).to.be.greaterThan(19_000_000);
    } finally {
      await Promise.all([ada.stop(), bob.stop()]);
      ada.daemon.remove();
      bob.daemon.remove();
    }
  });
});
