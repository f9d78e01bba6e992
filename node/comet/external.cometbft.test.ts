import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { DEFAULT_ENGINE_CONFIG } from "../config/engine.js";
import { parseSettings } from "../config/settings.js";
import { requireCometBft } from "./binary.js";
import { formatCometConfig } from "./config-toml.js";
import { freePort } from "../testkit/free-port.js";
import { parseEndpoint } from "./endpoint.js";
import { cometMissing, createCometNet, until } from "./testkit/comet-net.js";
import type { CometNet, CometNode } from "./testkit/comet-net.js";

describe("a node beside a CometBFT that somebody else runs", function () {
  this.timeout(240_000);
  let net: CometNet;
  let node: CometNode;
  let comet: ChildProcess | undefined;
  let [abci, rpc] = ["", ""];
  let home: string;

  /** As an operator would: with a home and a program of their own. */
  const startComet = async (): Promise<void> => {
    const { path } = await requireCometBft();
    comet = spawn(path, ["start", "--home", home], { stdio: "ignore" });
  };
  const endComet = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = new Promise((resolve) => comet?.once("exit", resolve));
    comet?.kill(signal);
    await ended;
  };

  before(async function () {
    const missing = cometMissing();
    if (missing !== undefined) {
      process.stdout.write(`${missing}\n`);
      this.skip();
    }
    net = await createCometNet({ validators: 1 });
    [node] = net.nodes as [CometNode];
    [abci, rpc] = [`tcp://127.0.0.1:${await freePort()}`, `tcp://127.0.0.1:${await freePort()}`];
    home = join(node.files.home.dir, "..", "operators-own");
    mkdirSync(join(home, "config"), { recursive: true });
    mkdirSync(join(home, "data"));
    const { genesis, nodeKey, validatorKey, validatorState } = node.files.home;
    const settings = parseSettings({ config: "", app: "" });
    const config = formatCometConfig({
      settings,
      timers: { ...DEFAULT_ENGINE_CONFIG, commitMs: 200 },
      files: { genesis, nodeKey, validatorKey, validatorState },
      abci: parseEndpoint(abci, "abci"),
      rpc: parseEndpoint(rpc, "rpc"),
      p2p: { kind: "tcp", host: "127.0.0.1", port: await freePort() },
      peers: { persistent: [], seeds: [], unconditionalIds: [], privateIds: [], externalAddress: "", settings: settings.p2p },
    });
    writeFileSync(join(home, "config", "config.toml"), config);
  });
  after(async () => {
    comet?.kill("SIGKILL");
    await (net as CometNet | undefined)?.stop();
  });

  it("serves its blocks, given its RPC, from the first one on", async () => {
    node.start("--engine", "external", "--abci-laddr", abci, "--external-rpc", rpc.replace("tcp", "http"));
    await until("ABCI", () => (node.log().includes("ABCI is served") ? true : undefined));
    await startComet();
    await node.reached(4n);
    expect(JSON.stringify(await node.call("block", { height: "1" }))).to.contain('"height":"1"');
    expect(node.cometPid()).to.equal(undefined);
  });

  it("outlives it, and goes on when it is back", async () => {
    const height = await node.height();
    await endComet("SIGKILL");
    const refused = await node.call("broadcast_tx_sync", { tx: "AAAA" }).catch((error: unknown) => String(error));
    expect(refused).to.contain("CometBFT does not answer");
    await startComet();
    await node.reached(height + 3n);
    for (let h = 1n; h <= height + 3n; h++) expect(JSON.stringify(await node.call("block_results", { height: h.toString() }))).to.contain('"app_hash"');
  });

  it("only answers ABCI when it does not know where to ask about blocks", async () => {
    await endComet("SIGTERM");
    expect(await node.end()).to.equal(0);
    node.start("--engine", "external", "--abci-laddr", abci);
    await until("ABCI", () => (node.log().split("ABCI is served").length === 3 ? true : undefined));
    await startComet();
    const ask = async (): Promise<number> => {
      const answer = await fetch(`${rpc.replace("tcp", "http")}/status`, { signal: AbortSignal.timeout(5_000) });
      const { result } = (await answer.json()) as { result: { sync_info: { latest_block_height: string } } };
      return Number(result.sync_info.latest_block_height);
    };
    const height = await until("CometBFT", ask);
    await until("more blocks", async () => ((await ask()) > height + 2 ? true : undefined));
    await node.call("status").then(
      () => expect.fail("no door should be open"),
      () => undefined,
    );
  });
});
