import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { createLocalConnection } from "../app/index.js";
import type { AppConnection } from "../app/index.js";
import { EdgeFailure } from "../errors.js";
import { installNativeCrypto } from "../crypto/native.js";
import { silentLogger } from "../telemetry/log.js";
import { createAbciServer } from "./server.js";
import { VALIDATOR_SEED, cometGenesis, openApp } from "./testkit/comet-chain.js";
import type { OpenedApp } from "./testkit/comet-chain.js";
import { Sender, bobsBalance } from "./testkit/comet-client.js";
import { CometProcess, cometOrSkip, writeCometHome } from "./testkit/comet-home.js";
import { freePort } from "../testkit/free-port.js";
import type { AbciServer } from "./types.js";

const PROGRAM = fileURLToPath(new URL("./testkit/app-process.ts", import.meta.url));

/** While it is shut, nothing passes it, and what came to it is not answered either. */
class Gate {
  readonly reached: Promise<void>;
  #tell = (): void => undefined;
  #isShut = false;

  constructor() {
    this.reached = new Promise((resolve) => (this.#tell = resolve));
  }

  shut(): void {
    this.#isShut = true;
  }

  open(): void {
    this.#isShut = false;
  }

  pass<T>(call: () => Promise<T>): Promise<T> {
    if (!this.#isShut) return call();
    this.#tell();
    return new Promise(() => undefined);
  }
}

describe("the real CometBFT drives the application", function () {
  this.timeout(240_000);
  let binary = "";
  let dir = "";
  let comet: CometProcess | undefined;
  let opened: OpenedApp | undefined;
  let server: AbciServer | undefined;

  before(function () {
    binary = cometOrSkip(this);
    installNativeCrypto();
  });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "abci-comet-"));
    writeCometHome({ dir: join(dir, "comet"), genesis: cometGenesis(), seed: VALIDATOR_SEED });
    comet = new CometProcess(binary, join(dir, "comet"));
  });

  afterEach(async () => {
    await comet?.kill();
    await stopServer();
    rmSync(dir, { recursive: true, force: true });
  });

  async function startServer(address: string, change: (app: AppConnection) => Partial<AppConnection> = () => ({})): Promise<string> {
    opened = await openApp(join(dir, "app"));
    const app = createLocalConnection(opened.app);
    server = createAbciServer({ app: { ...app, ...change(app) }, log: silentLogger() }, { address });
    return (await server.start()).address;
  }

  async function stopServer(): Promise<void> {
    await server?.stop();
    await opened?.kv.close();
    server = undefined;
    opened = undefined;
  }

  async function twoMoreBlocks(running: CometProcess): Promise<void> {
    await running.reached((await running.height()) + 2n);
  }

  for (const transport of ["tcp", "unix", "grpc"] as const) {
    it(`over ${transport}, through deaths of either side`, async () => {
      if (comet === undefined) throw new EdgeFailure("not-running", "no CometBFT");
      const where = transport === "unix" ? `unix://${join(dir, "app.sock")}` : `${transport}://127.0.0.1:${await freePort()}`;
      const sender = new Sender();
      const address = await startServer(where);
      await comet.start(address);
      await comet.reached(2n);
      const before = await bobsBalance(comet);
      await sender.send(comet, 5);
      await twoMoreBlocks(comet);
      expect(await bobsBalance(comet)).to.equal(before + 5n);

      await comet.kill("SIGKILL");
      await comet.start(address);
      await comet.reached(1n);
      await twoMoreBlocks(comet);
      await sender.send(comet, 3);
      await twoMoreBlocks(comet);
      expect(await bobsBalance(comet)).to.equal(before + 8n);

      await stopServer();
      await comet.end();
      await comet.start(await startServer(where));
      await comet.reached(1n);
      await twoMoreBlocks(comet);
      await sender.send(comet, 2);
      await twoMoreBlocks(comet);
      expect(await bobsBalance(comet)).to.equal(before + sender.sent);
    });
  }

  it("dies between FinalizeBlock and Commit of its first block, and goes on from genesis", async () => {
    if (comet === undefined) throw new EdgeFailure("not-running", "no CometBFT");
    const gate = new Gate();
    gate.shut();
    const address = await startServer("tcp://127.0.0.1:0", (app) => ({ commit: () => gate.pass(() => app.commit()) }));
    await comet.start(address);
    await gate.reached;
    await comet.kill();
    gate.open();
    await comet.start(address);
    await comet.reached(4n);
    const before = await bobsBalance(comet);
    await new Sender().send(comet, 2);
    await twoMoreBlocks(comet);
    expect(await bobsBalance(comet)).to.equal(before + 2n);
  });

  it("dies with a transaction that it had checked, which its sender sends to the next one before there is another block", async () => {
    if (comet === undefined) throw new EdgeFailure("not-running", "no CometBFT");
    const gate = new Gate();
    const address = await startServer("tcp://127.0.0.1:0", (app) => ({ prepareProposal: (request) => gate.pass(() => app.prepareProposal(request)) }));
    await comet.start(address);
    await comet.reached(2n);
    const before = await bobsBalance(comet);
    gate.shut();
    await gate.reached;
    for (let death = 0; death < 2; death++) {
      await new Sender().send(comet, 1);
      await comet.kill();
      await comet.start(address);
      await comet.reached(1n);
    }
    gate.open();
    await comet.kill();
    await comet.start(address);
    await comet.reached(1n);
    await new Sender().send(comet, 1);
    await twoMoreBlocks(comet);
    expect(await bobsBalance(comet)).to.equal(before + 1n);
  });

  it("replays the blocks that an application has lost", async () => {
    if (comet === undefined) throw new EdgeFailure("not-running", "no CometBFT");
    const where = `unix://${join(dir, "app.sock")}`;
    const sender = new Sender();
    await comet.start(await startServer(where));
    await comet.reached(2n);
    const before = await bobsBalance(comet);
    await comet.kill();
    await stopServer();
    cpSync(join(dir, "app"), join(dir, "old"), { recursive: true });
    await comet.start(await startServer(where));
    await comet.reached(1n);
    await sender.send(comet, 4);
    await twoMoreBlocks(comet);
    await comet.kill();
    await stopServer();
    rmSync(join(dir, "app"), { recursive: true });
    cpSync(join(dir, "old"), join(dir, "app"), { recursive: true });
    await comet.start(await startServer(where));
    await twoMoreBlocks(comet);
    expect(await bobsBalance(comet)).to.equal(before + 4n);
  });

  it("goes on after kill -9 of the application's process under load", async () => {
    if (comet === undefined) throw new EdgeFailure("not-running", "no CometBFT");
    const where = `unix://${join(dir, "app.sock")}`;
    const sender = new Sender();
    let app: ChildProcess | undefined;
    const startProcess = async (): Promise<void> => {
      app = spawn(process.execPath, ["--import", "tsx", PROGRAM, join(dir, "app"), where], { stdio: ["ignore", "pipe", "inherit"] });
      if (app.stdout !== null) await once(app.stdout, "data");
    };
    try {
      await startProcess();
      await comet.start(where);
      await comet.reached(2n);
      const before = await bobsBalance(comet);
      for (let round = 0; round < 3; round++) {
        await sender.send(comet, 5);
        await twoMoreBlocks(comet);
        app?.kill("SIGKILL");
        await comet.end();
        await startProcess();
        await comet.start(where);
        await comet.reached(1n);
        await twoMoreBlocks(comet);
        expect(await bobsBalance(comet), `round ${round}`).to.equal(before + sender.sent);
      }
    } finally {
      app?.kill("SIGKILL");
    }
  });
});
