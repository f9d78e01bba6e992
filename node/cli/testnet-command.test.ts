import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { formatAddress } from "../../chain/codec/index.js";
import { toAddress } from "../../chain/primitives/index.js";
import { createTestDaemon } from "./testkit/daemon.js";
import type { TestDaemon } from "./testkit/daemon.js";

/** First of a stretch of ports that nobody listens on just now. */
async function freePorts(): Promise<number> {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
  return Math.min(port, 60_000);
}

async function must(daemon: TestDaemon, args: readonly string[]): Promise<string> {
  const { code, out, err } = await daemon.run(args);
  expect(code, `${args.join(" ")}: ${err}`).to.equal(0);
  return out;
}

interface Status {
  readonly sync_info: { readonly latest_block_height: string };
}

/** Runs the network of a folder until `until` is done with it, then stops it. */
async function whileRunning(daemon: TestDaemon, dir: string, until: () => Promise<void>): Promise<void> {
  const network = daemon.spawn(["testnet", "start", "--output-dir", dir]);
  let said = "";
  network.stderr?.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const exited = new Promise<number | null>((resolve) => network.once("exit", resolve));
  try {
    while (!said.includes("The network is up")) {
      expect(network.exitCode, said).to.equal(null);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await until();
  } finally {
    network.kill("SIGTERM");
    expect(await exited, said).to.equal(0);
  }
}

describe("testnet and export", function () {
  this.timeout(300_000);
  let daemon: TestDaemon;
  beforeEach(async () => {
    daemon = await createTestDaemon();
  });
  afterEach(() => daemon.remove());

  it("write homes whose nodes make blocks, whose state is exported, and whose chain goes on from the export", async () => {
    const dir = join(daemon.home, "..", "net");
    const p2p = await freePorts();
    const [rpc, grpc, api] = [p2p + 1, p2p + 2, p2p + 3];
    const ports = ["--p2p-port", p2p, "--rpc-port", rpc, "--grpc-port", grpc, "--api-port", api].map(String);
    await must(daemon, ["testnet", "init-files", "-v", "2", "-o", dir, "--single-host", "--chain-id", "net-1", "--commit-timeout", "100ms", ...ports]);
    expect(readdirSync(dir).toSorted()).to.deep.equal(["gentxs", "node0", "node1"]);
    const node = (i: number): string => `tcp://127.0.0.1:${rpc + 10 * i}`;
    const height = async (i: number): Promise<number> => Number((JSON.parse(await must(daemon, ["status", "--node", node(i)])) as Status).sync_info.latest_block_height);
    const reach = async (wanted: number): Promise<void> => {
      for (const i of [0, 1]) while ((await height(i)) < wanted) await new Promise((resolve) => setTimeout(resolve, 200));
    };
    await whileRunning(daemon, dir, async () => {
      const home = ["--home", join(dir, "node0")];
      const sent = await must(daemon, ["tx", "bank", "send", "node0", formatAddress(toAddress(new Uint8Array(20).fill(9))), "77uopen", "--yes", "--output", "json", ...home]);
      const { txhash } = JSON.parse(sent) as { txhash: string };
      await must(daemon, ["query", "wait-tx", txhash, "--timeout", "60s", ...home]);
      await reach(4);
    });

    const exported = join(dir, "exported.json");
    const busy = await daemon.run(["export", "--home", join(dir, "node0"), "--height", "9999"]);
    expect([busy.code, busy.err.includes("is not kept here")]).to.deep.equal([1, true]);
    await must(daemon, ["export", "--home", join(dir, "node0"), "--output-document", exported]);
    const doc = JSON.parse(readFileSync(exported, "utf8")) as { initial_height: string; validators: readonly unknown[]; app_state: { bank: { balances: readonly { coins: readonly { amount: string }[] }[] } } };
    expect(doc.validators).to.have.length(2);
    expect(Number(doc.initial_height)).to.be.greaterThan(4);
    expect(doc.app_state.bank.balances.map(({ coins }) => coins[0]?.amount)).to.include("77");
    await must(daemon, ["genesis", "validate", exported]);

    for (const name of ["node0", "node1"]) {
      await must(daemon, ["comet", "unsafe-reset-all", "--home", join(dir, name), "-y"]);
      copyFileSync(exported, join(dir, name, "config/genesis.json"));
    }
    await whileRunning(daemon, dir, () => reach(Number(doc.initial_height) + 2));
  });

  it("interrupted while it writes, leaves no half of a network behind", async () => {
    const dir = join(daemon.home, "..", "net");
    const init = ["testnet", "init-files", "-v", "9", "-o", dir, "--single-host"];
    const writing = daemon.spawn(init);
    const ended = new Promise((resolve) => writing.once("exit", resolve));
    while (!existsSync(`${dir}.making`)) await new Promise((resolve) => setImmediate(resolve));
    writing.kill("SIGKILL");
    await ended;
    expect(existsSync(dir)).to.equal(false);
    await must(daemon, init);
    expect(readdirSync(dirname(dir)).filter((name) => name.startsWith("net"))).to.deep.equal(["net"]);
    expect(readdirSync(dir)).to.have.length(10);
  });

  it("go on with the network that is there, and refuse a flag that says another", async () => {
    const dir = join(daemon.home, "..", "net");
    await must(daemon, ["testnet", "init-files", "-v", "2", "-o", dir, "--single-host", "--chain-id", "net-1"]);
    for (const [flag, value, found] of [
      ["--engine", "cometbft", "embedded: leave the flag out, or make another with --output-dir; `openledgerd engine move`"],
      ["--validator-count", "3", "2: leave"],
      ["--chain-id", "net-2", "net-1: leave"],
      ["--minimum-gas-prices", "1uopen", "0.001uopen: leave"],
      ["--commit-timeout", "2s", "1s: leave"],
      ["--p2p-port", "7", "26656: leave"],
      ["--rpc-port", "7", "26657: leave"],
      ["--grpc-port", "7", "9090: leave"],
      ["--api-port", "7", "1317: leave"],
    ] as const) {
      const { code, err } = await daemon.runHere(["testnet", "start", "-o", dir, flag, value]);
      expect([code, err.split("\n").length], err).to.deep.equal([1, 2]);
      expect(err).to.contain(`the network in ${dir} was made with ${flag} ${found}`);
    }
    // What it was made with may be said again; the folder then fails for another reason.
    rmSync(join(dir, "node1", "config", "app.toml"));
    const same = ["--engine", "embedded", "--validator-count", "2", "--chain-id", "net-1", "--commit-timeout", "1000ms", "--minimum-gas-prices", "0.0010uopen"];
    expect((await daemon.runHere(["testnet", "start", "-o", dir, ...same])).err).to.contain("app.toml cannot be read");
  });

  for (const [args, says] of [
    [["testnet", "init-files", "-v", "0"], "from 1 to 100"],
    [["testnet", "init-files", "-o", "NET", "--starting-ip-address", "10.0.0.254", "-v", "2"], "must leave room"],
    [["testnet", "init-files", "-o", "NET", "--minimum-gas-prices", "free"], "must look like 0.025uopen"],
    [["testnet", "init-files", "-o", "HERE"], "is there already"],
    [["testnet", "start", "-o", "HERE"], "holds no network"],
    [["export"], "no node has run there"],
    [["export", "--for-zero-height"], "goes on at the height it has reached"],
  ] as const) {
    it(`refuses "${args.join(" ")}" in one line, and leaves nothing behind`, async () => {
      const net = join(daemon.home, "..", "net");
      const given = args.map((arg) => (arg === "NET" ? net : arg === "HERE" ? join(daemon.home, "..") : arg));
      const { code, err } = await daemon.runHere(given);
      expect(code, err).to.not.equal(0);
      expect(err).to.contain(says).and.match(/^openledgerd: [^\n]*\n$/);
      expect(existsSync(net)).to.equal(false);
    });
  }
});
