import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { createAbciServer } from "../abci-server/index.js";
import type { AbciServer } from "../abci-server/index.js";
import { VALIDATOR_SEED, cometGenesis, openApp } from "../abci-server/testkit/comet-chain.js";
import type { OpenedApp } from "../abci-server/testkit/comet-chain.js";
import { CometProcess, cometOrSkip, writeCometHome } from "../abci-server/testkit/comet-home.js";
import { createLocalConnection } from "../app/index.js";
import { freePort } from "../testkit/free-port.js";
import { installNativeCrypto } from "../crypto/native.js";
import { silentLogger } from "../telemetry/log.js";
import { createSnapshots } from "./index.js";
import type { SnapshotService } from "./index.js";

/** No evidence is worth more than one block, so that nothing but snapshots makes the application keep old ones. */
const GENESIS = cometGenesis(undefined, { ...DEFAULT_CONSENSUS_PARAMS.evidence, maxAgeNumBlocks: 1n });

interface Side extends OpenedApp {
  readonly snapshots: SnapshotService;
  readonly server: AbciServer;
  readonly address: string;
}

interface Status {
  readonly result: { readonly node_info: { readonly id: string }; readonly sync_info: Readonly<Record<"latest_block_height" | "latest_app_hash" | "earliest_block_height", string>> };
}

interface SignedHeader {
  readonly header: { readonly app_hash: string };
  readonly commit: { readonly block_id: { readonly hash: string } };
}

/** An answer of CometBFT's RPC; undefined while there is none. */
async function get<T>(url: string): Promise<T | undefined> {
  try {
    return (await (await fetch(url)).json()) as T;
  } catch {
    return undefined;
  }
}

describe("CometBFT's state sync", function () {
  this.timeout(180_000);
  let binary = "";
  const dir = mkdtempSync(join(tmpdir(), "comet-sync-"));
  const sides: Side[] = [];
  const children: ChildProcess[] = [];

  before(function () {
    binary = cometOrSkip(this);
    installNativeCrypto();
  });

  after(async () => {
    for (const child of children) child.kill("SIGKILL");
    for (const { server, snapshots, kv } of sides) {
      await server.stop();
      await snapshots.stop();
      await kv.close();
    }
    rmSync(dir, { recursive: true, force: true });
  });

  /** The application behind ABCI, with its snapshots. */
  async function side(name: string, interval: number): Promise<Side> {
    const onCommit = (version: Height): Height | undefined => snapshots.committed(version);
    const opened = await openApp(join(dir, name, "app"), { minRetainBlocks: 1n, onCommit });
    const options = { dir: join(dir, name, "snapshots"), interval, keepRecent: 0, chunkBytes: 4_000 };
    const snapshots = createSnapshots(options, { ...opened, log: silentLogger() });
    await snapshots.start();
    const server = createAbciServer({ app: createLocalConnection(opened.app), snapshots, log: silentLogger() }, { address: "tcp://127.0.0.1:0" });
    const { address } = await server.start();
    const made = { ...opened, snapshots, server, address };
    sides.push(made);
    return made;
  }

  /** Waits until an answer satisfies; fails with the end of what the process printed. */
  async function until<T>(ask: () => Promise<T | undefined>, holds: (answer: T) => boolean, log: () => string): Promise<T> {
    const deadline = Date.now() + 90_000;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined && holds(answer)) return answer;
      if (Date.now() > deadline) expect.fail(`no such answer:\n${log()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  it("restores our application from the chunks that our application gave another CometBFT, which kept the blocks that it needs and no others, and goes on from there", async () => {
    const origin = await side("origin", 20);
    writeCometHome({ dir: join(dir, "origin"), genesis: GENESIS, seed: VALIDATOR_SEED });
    const first = new CometProcess(binary, join(dir, "origin"));
    await first.start(origin.address);
    try {
      await first.reached(26n);
      await origin.snapshots.idle();
      expect((await get<Status>(`${first.rpcUrl}/status`))?.result.sync_info.earliest_block_height).to.equal("20");
      const { signed_header: trusted } = (await first.call("commit", { height: "20" })) as { readonly signed_header: SignedHeader };

      const late = await side("late", 0);
      const home = join(dir, "late");
      writeCometHome({ dir: home, genesis: GENESIS, seed: new Uint8Array(32).fill(78) });
      const config = join(home, "config", "config.toml");
      const sync = [
        "[statesync]",
        "enable = true",
        `rpc_servers = "${first.rpcUrl},${first.rpcUrl}"`,
        "trust_height = 20",
        `trust_hash = "${trusted.commit.block_id.hash}"`,
        'trust_period = "876000h"',
        'discovery_time = "5s"',
      ];
      writeFileSync(config, `${readFileSync(config, "utf8")}${sync.join("\n")}\n`);
      const [p2p, rpc] = [await freePort(), await freePort()];
      const listen = ["--p2p.laddr", `tcp://127.0.0.1:${p2p}`, "--rpc.laddr", `tcp://127.0.0.1:${rpc}`];
      const child = spawn(binary, ["start", "--home", home, "--proxy_app", late.address, ...listen], { stdio: ["ignore", "pipe", "pipe"] });
      children.push(child);
      let log = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (log = (log + bytes.toString()).slice(-8_000)));
      const named = await until<Status>(() => get(`http://127.0.0.1:${rpc}/status`), () => true, () => log);
      const { id } = named.result.node_info;
      await until(
        () => first.call("dial_peers", { peers: [`${id}@127.0.0.1:${p2p}`], persistent: true }).catch(() => undefined),
        () => true,
        () => log,
      );

      const status = await until<Status>(
        () => get(`http://127.0.0.1:${rpc}/status`),
        ({ result }) => Number(result.sync_info.latest_block_height) > 26,
        () => log,
      );
      const { latest_block_height: height, latest_app_hash: appHash, earliest_block_height: earliest } = status.result.sync_info;
      expect(Number(earliest), "no block before the snapshot").to.be.greaterThan(19);
      const { signed_header: same } = (await first.call("commit", { height })) as { readonly signed_header: SignedHeader };
      expect(appHash).to.equal(same.header.app_hash);
      // CometBFT shows a block from when it is stored, and executes it after that.
      expect(late.app.info().lastBlockHeight >= BigInt(height) - 1n).to.equal(true);
    } finally {
      await first.kill();
    }
  });
});
