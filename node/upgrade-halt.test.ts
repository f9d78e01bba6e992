import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { UpgradeHalt } from "../modules/app.js";
import { createTestDaemon } from "./cli/testkit/daemon.js";
import type { Ran, TestDaemon } from "./cli/testkit/daemon.js";
import { reportHalt } from "./upgrade-halt.js";
import { freePort } from "./testkit/free-port.js";

const NEXT_PROGRAM = fileURLToPath(new URL("./testkit/next-program.ts", import.meta.url));
const TEST = ["--keyring-backend", "test"] as const;
const NEEDED = 'UPGRADE "v2" NEEDED at height: 4: https://example.com/v2';

async function must(ran: Promise<Ran>): Promise<Ran> {
  const done = await ran;
  expect(done.code, done.err).to.equal(0);
  return done;
}

/** A chain of one validator whose genesis plans "v2" for height 4. */
async function planned(): Promise<{ readonly daemon: TestDaemon; readonly rpc: number }> {
  const daemon = await createTestDaemon();
  await must(daemon.runHere(["init", "ada", "--chain-id", "halt-1"]));
  await must(daemon.runHere(["keys", "add", "ada", ...TEST]));
  await must(daemon.runHere(["genesis", "add-account", "ada", "9000000uopen", ...TEST]));
  await must(daemon.runHere(["genesis", "gentx", "ada", "5000000uopen", ...TEST]));
  await must(daemon.runHere(["genesis", "collect-gentxs"]));
  const path = join(daemon.home, "config/genesis.json");
  const document = JSON.parse(readFileSync(path, "utf8")) as { app_state: Record<string, unknown> };
  document.app_state["upgrade"] = { plan: { name: "v2", height: "4", info: "https://example.com/v2" } };
  writeFileSync(path, JSON.stringify(document));
  const [rpc, p2p] = [await freePort(), await freePort()];
  for (const [name, key, value] of [
    ["config", "rpc.laddr", `tcp://127.0.0.1:${rpc}`],
    ["config", "p2p.laddr", `tcp://127.0.0.1:${p2p}`],
    ["config", "consensus.timeout_commit_ms", "100"],
    ["config", "log_level", "error"],
    ["app", "grpc.enable", "false"],
    ["app", "api.enable", "false"],
  ] as const)
    await must(daemon.runHere(["config", "set", name, key, value]));
  return { daemon, rpc };
}

/** The program after the upgrade, on the same home. */
function spawnNext({ home }: TestDaemon): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", NEXT_PROGRAM, "start", "--home", home], { stdio: ["ignore", "pipe", "pipe"] });
}

function collected(child: ChildProcess): { readonly text: () => string; readonly ended: Promise<number | null> } {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes: Buffer) => (text += bytes.toString()));
  return { text: () => text, ended: new Promise((resolve) => child.once("close", resolve)) };
}

describe("a node whose chain has a plan that its program does not know", function () {
  this.timeout(240_000);

  it("stops in order at the height with status 3, again when restarted; the next program goes on, and the old one cannot come back", async () => {
    const { daemon, rpc } = await planned();
    try {
      const height = async (): Promise<bigint> => {
        const { code, out } = await daemon.runHere(["status", "--node", `tcp://127.0.0.1:${rpc}`]);
        return code === 0 ? BigInt((JSON.parse(out) as { sync_info: { latest_block_height: string } }).sync_info.latest_block_height) : 0n;
      };
      for (let i = 0; i < 2; i++) {
        const { code, err } = await daemon.run(["start"]);
        expect(code, err).to.equal(3);
        expect(err).to.contain(`${NEEDED}\nBlock 4 is decided and not run. Install the program that knows "v2"`);
        expect(readFileSync(join(daemon.home, "data/upgrade-info.json"), "utf8")).to.equal(
          '{"name":"v2","time":"0001-01-01T00:00:00Z","height":4,"info":"https://example.com/v2"}',
        );
      }

      const next = spawnNext(daemon);
      const said = collected(next);
      try {
        while ((await height()) < 6n) {
          expect(next.exitCode, said.text()).to.equal(null);
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
      } finally {
        next.kill("SIGTERM");
        expect(await said.ended, said.text()).to.equal(0);
      }
      expect(said.text().match(/migrating/g)).to.have.length(1);

      const back = await daemon.run(["start"]);
      expect(back.code, back.err).to.equal(3);
      expect(back.err).to.contain("wrong app version 1, upgrade handler is missing for v2 upgrade plan");
    } finally {
      daemon.remove();
    }
  });

  it("is not started too early with the next program", async () => {
    const { daemon } = await planned();
    try {
      const next = spawnNext(daemon);
      const said = collected(next);
      expect(await said.ended, said.text()).to.equal(3);
      expect(said.text()).to.contain('BINARY UPDATED BEFORE TRIGGER! UPGRADE "v2"').and.contain('Start the program from before "v2" again');
      expect(existsSync(join(daemon.home, "data/upgrade-info.json"))).to.equal(false);
    } finally {
      daemon.remove();
    }
  });
});

describe("what cosmovisor reads", () => {
  it("is written for a plan that is due, without what is empty, and for nothing else", () => {
    const data = mkdtempSync(join(tmpdir(), "halt-"));
    const file = join(data, "upgrade-info.json");
    const original = process.stderr.write.bind(process.stderr);
    const printed: string[] = [];
    process.stderr.write = (text: string | Uint8Array): boolean => printed.push(String(text)) > 0;
    try {
      const plan = { name: "v2", height: 9n, info: "" };
      expect(reportHalt(new TypeError("other"), { data })).to.equal(false);
      expect(reportHalt(new UpgradeHalt("too-old", plan, "old"), { data })).to.equal(true);
      expect(existsSync(file)).to.equal(false);
      expect(reportHalt(new UpgradeHalt("needed", plan, "needed"), { data })).to.equal(true);
    } finally {
      process.stderr.write = original;
    }
    expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal({ name: "v2", time: "0001-01-01T00:00:00Z", height: 9 });
    expect(printed.map((text) => text.split("\n")[0])).to.deep.equal(["old", "needed"]);
    rmSync(data, { recursive: true });
  });
});
