import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { EdgeFailure } from "../errors.js";
import { installNativeCrypto } from "../crypto/native.js";
import { silentLogger } from "../telemetry/log.js";
import { createAbciServer } from "./server.js";
import { VALIDATOR_SEED, cometGenesis, openApp } from "./testkit/comet-chain.js";
import type { OpenedApp } from "./testkit/comet-chain.js";
import { Sender, bobsBalance } from "./testkit/comet-client.js";
import { CometProcess, cometOrSkip, freePort, writeCometHome } from "./testkit/comet-home.js";
import type { AbciServer } from "./types.js";

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

  async function startServer(address: string): Promise<string> {
    opened = await openApp(join(dir, "app"));
    server = createAbciServer({ app: opened.app, log: silentLogger() }, { address });
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

      const died = comet.exited();
      await stopServer();
      if (transport !== "grpc") {
        await died;
        await comet.start(await startServer(where));
        await comet.reached(1n);
      } else await startServer(where);
      await twoMoreBlocks(comet);
      await sender.send(comet, 2);
      await twoMoreBlocks(comet);
      expect(await bobsBalance(comet)).to.equal(before + sender.sent);
    });
  }
});
