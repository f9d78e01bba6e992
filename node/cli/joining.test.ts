import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { createTestDaemon } from "./testkit/daemon.js";
import type { TestDaemon } from "./testkit/daemon.js";

const PAGE = readFileSync(new URL("../../docs/validators.md", import.meta.url), "utf8");

/** The shell blocks below a heading, in order. */
function blocksBelow(heading: string): readonly string[] {
  const [, after = ""] = PAGE.split(`## ${heading}\n`);
  const [section = ""] = after.split("\n## ");
  return [...section.matchAll(/```sh\n([^`]+)```/g)].map(([, block = ""]) => block);
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

interface ValidatorJson {
  readonly validator: { readonly status: string; readonly jailed: boolean; readonly tokens: string };
}

/** One machine of the page: a home, a shell, and a node. */
class Machine {
  readonly daemon: TestDaemon;
  readonly rpc: number;
  readonly p2p: number;
  #node: ChildProcess | undefined;
  #log = "";

  constructor(daemon: TestDaemon, rpc: number, p2p: number) {
    this.daemon = daemon;
    this.rpc = rpc;
    this.p2p = p2p;
  }

  static async create(): Promise<Machine> {
    return new Machine(await createTestDaemon({ OPENLEDGER_KEYRING_BACKEND: "test" }), await freePort(), await freePort());
  }

  async shell(script: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, out, err } = await this.daemon.shell(script, variables);
    expect(code, `${script}\n${out}${err}`).to.equal(0);
    return out;
  }

  /** Two nodes of the page share this machine, so each needs doors of its own. */
  settle(): Promise<string> {
    const settings = [
      ["config", "rpc.laddr", `tcp://127.0.0.1:${this.rpc}`],
      ["config", "p2p.laddr", `tcp://127.0.0.1:${this.p2p}`],
      ["config", "consensus.timeout_commit_ms", "400"],
      ["app", "grpc.enable", "false"],
      ["app", "api.enable", "false"],
      ["client", "node", `tcp://127.0.0.1:${this.rpc}`],
    ] as const;
    return this.shell(settings.map((words) => `openledgerd config set ${words.join(" ")}`).join("\n"));
  }

  start(): void {
    const node = this.daemon.spawn(["start"]);
    node.stdout?.on("data", (bytes: Buffer) => (this.#log = (this.#log + bytes.toString()).slice(-4_000)));
    node.stderr?.on("data", (bytes: Buffer) => (this.#log = (this.#log + bytes.toString()).slice(-4_000)));
    this.#node = node;
  }

  async stop(): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    if (node === undefined || node.exitCode !== null) return;
    const exited = new Promise((resolve) => node.once("exit", resolve));
    node.kill("SIGTERM");
    await exited;
  }

  /** Asks again until the answer satisfies. */
  async until<T>(args: readonly string[], holds: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const { code, out } = await this.daemon.runHere([...args, "--output", "json"]);
      if (code === 0 && holds(JSON.parse(out) as T)) return JSON.parse(out) as T;
      const node = this.#node;
      if (node !== undefined) expect(node.exitCode, this.#log).to.equal(null);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  caughtUp(): Promise<unknown> {
    type Status = { readonly sync_info: { readonly latest_block_height: string; readonly catching_up: boolean } };
    return this.until<Status>(["status"], ({ sync_info }) => Number(sync_info.latest_block_height) > 1 && !sync_info.catching_up);
  }
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
      const PEER = `/ip4/127.0.0.1/tcp/${ada.p2p}/p2p/${id.peer_id}`;
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
