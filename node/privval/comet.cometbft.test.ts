import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { toUpperHex } from "../../chain/primitives/index.js";
import { createAbciServer } from "../abci-server/index.js";
import { COMET_CHAIN, VALIDATOR_SEED, cometGenesis, openApp } from "../abci-server/testkit/comet-chain.js";
import { CometProcess, cometOrSkip, writeCometHome } from "../abci-server/testkit/comet-home.js";
import { createLocalConnection } from "../app/index.js";
import { createTestDaemon } from "../cli/testkit/daemon.js";
import type { TestDaemon } from "../cli/testkit/daemon.js";
import { installNativeCrypto } from "../crypto/native.js";
import { formatKeyFile, keyFromSeed } from "../engine/index.js";
import { until } from "../p2p/testkit/hosts.js";
import { silentLogger } from "../telemetry/log.js";

interface Commit {
  readonly signed_header: { readonly commit: { readonly signatures: readonly { readonly validator_address: string }[] } };
}

describe("`openledgerd signer start` under a real CometBFT", function () {
  this.timeout(240_000);
  const dir = mkdtempSync(join(tmpdir(), "signer-comet-"));
  const ends: (() => Promise<unknown>)[] = [];
  const [keyFile, stateFile, path] = [join(dir, "key.json"), join(dir, "signed.json"), join(dir, "signer.sock")];
  const socket = `unix://${path}`;
  let daemon: TestDaemon;
  let comet: CometProcess;
  let address = "";

  before(async function () {
    const binary = cometOrSkip(this);
    installNativeCrypto();
    daemon = await createTestDaemon();
    ends.push(() => Promise.resolve(daemon.remove()));
    writeFileSync(keyFile, formatKeyFile(VALIDATOR_SEED));
    writeFileSync(stateFile, JSON.stringify({ height: "0", round: 0, step: 0 }));
    const home = join(dir, "comet");
    // The key in CometBFT's home is nobody's: each block is the signer's.
    writeCometHome({ dir: home, genesis: cometGenesis(), seed: new Uint8Array(32).fill(1) });
    const config = join(home, "config", "config.toml");
    writeFileSync(config, `priv_validator_laddr = "${socket}"\n${readFileSync(config, "utf8")}`);
    comet = new CometProcess(binary, home);
    const { app, kv } = await openApp(join(dir, "app"));
    const server = createAbciServer({ app: createLocalConnection(app), log: silentLogger() }, { address: "tcp://127.0.0.1:0" });
    ({ address } = await server.start());
    ends.push(() => kv.close(), () => server.stop(), () => comet.kill());
  });
  after(async () => {
    for (const end of ends.toReversed()) await end();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Resolves once it dials: CometBFT waits for three seconds. What comes back is kill -9. */
  async function startSigner(): Promise<() => Promise<unknown>> {
    const args = ["signer", "start", "--chain-id", COMET_CHAIN, "--address", socket, "--key-file", keyFile, "--state-file", stateFile];
    const child: ChildProcess = daemon.spawn(args);
    const gone = new Promise((resolve) => child.once("exit", resolve));
    const kill = (): Promise<unknown> => {
      child.kill("SIGKILL");
      return gone;
    };
    ends.push(kill);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes: Buffer) => (said += bytes.toString()));
    await until("it dials", () => /connected to the node|cannot be served/.test(said));
    return kill;
  }

  async function checkSigner(): Promise<void> {
    const height = await comet.height();
    const { signed_header: signed } = (await comet.call("commit", { height: height.toString() })) as unknown as Commit;
    expect(signed.commit.signatures.map((s) => s.validator_address)).to.deep.equal([toUpperHex(keyFromSeed(VALIDATOR_SEED).address)]);
    const { height: last } = JSON.parse(readFileSync(stateFile, "utf8")) as { readonly height: string };
    expect(BigInt(last) >= height, `${last} at ${height}`).to.equal(true);
  }

  it("signs block after block with vote extensions, is missed when it is killed, and goes on after it and after CometBFT has come back", async () => {
    const kill = await startSigner();
    await comet.start(address);
    await comet.reached(5n);
    await checkSigner();

    await kill();
    const stood = await comet.height();
    await until("CometBFT misses it", () => comet.log.includes("Ping timeout"));
    expect((await comet.height()) - stood <= 1n, "no block without a signer").to.equal(true);
    await startSigner();
    await comet.reached(stood + 4n);
    await checkSigner();

    await comet.kill("SIGTERM");
    rmSync(path, { force: true }); // CometBFT leaves its socket behind and does not start on one that is there
    await comet.start(address);
    await comet.reached(1n);
    await comet.reached((await comet.height()) + 4n);
    await checkSigner();
  });
});
