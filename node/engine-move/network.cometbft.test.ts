import { join } from "node:path";
import { expect } from "chai";
import { toHeight, toHex } from "../../chain/primitives/index.js";
import { createAbciServer } from "../abci-server/index.js";
import { CometProcess, cometOrSkip, writeCometHome } from "../abci-server/testkit/comet-home.js";
import { freePort } from "../testkit/free-port.js";
import { recordChain, recordedApp, startEngines } from "../abci-server/testkit/recorded-chain.js";
import type { RecordedChain } from "../abci-server/testkit/recorded-chain.js";
import { createLocalConnection } from "../app/index.js";
import { installNativeCrypto } from "../crypto/native.js";
import { seedOf, until } from "../engine/testkit/cluster.js";
import type { Engine } from "../engine/index.js";
import { openKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import { moveToComet, moveToEmbedded } from "./index.js";
import type { MoveOptions } from "./move.js";
import { chainOf, chainOfComet } from "./testkit/move-lab.js";

const TOP = 16n;
const SECOND = 22n;

const optionsOf = (dir: string): MoveOptions => ({
  own: dir,
  comet: join(dir, "cometbft", "data"),
  validatorState: join(dir, "priv_validator_state.json"),
});

interface RunningComets {
  readonly comets: readonly CometProcess[];
  stop(): Promise<void>;
}

describe("a network of four validators moves to CometBFT and back", function () {
  this.timeout(300_000);
  let binary = "";
  let chain: RecordedChain | undefined;
  let running: RunningComets | undefined;

  before(async function () {
    binary = cometOrSkip(this);
    installNativeCrypto();
    chain = await recordChain(TOP);
  });
  after(async () => {
    await running?.stop();
    chain?.close();
  });

  async function startComets({ dirs, genesis }: RecordedChain): Promise<RunningComets> {
    const comets = dirs.map((dir) => new CometProcess(binary, join(dir, "cometbft")));
    const ports = await Promise.all(dirs.map(() => freePort()));
    const stops: (() => Promise<void>)[] = [];
    for (const [i, dir] of dirs.entries()) {
      writeCometHome({ dir: join(dir, "cometbft"), genesis, seed: seedOf(i), validatorState: optionsOf(dir).validatorState });
    }
    const peers = comets.map((comet, i) => comet.peerAddress(ports[i] ?? 0));
    for (const [i, dir] of dirs.entries()) {
      const kv = await openKv({ dir: join(dir, "app"), onFatal: () => undefined });
      const app = createLocalConnection(recordedApp(kv));
      const server = createAbciServer({ app, log: silentLogger() }, { address: `unix://${join(dir, "abci.sock")}`, haltHeight: toHeight(SECOND) });
      const others = peers.filter((_, j) => j !== i);
      await comets[i]?.start((await server.start()).address, { port: ports[i] ?? 0, peers: others });
      stops.push(async () => {
        await server.stop();
        await comets[i]?.kill();
        await kv.close();
      });
    }
    const stop = async (): Promise<void> => {
      for (const end of stops.splice(0)) await end();
    };
    return { comets, stop };
  }

  it("with a convicted validator among them, and every node ends at the same blocks", async () => {
    if (chain === undefined) throw new Error("no chain");
    for (const dir of chain.dirs) expect((await moveToComet(optionsOf(dir))).top).to.equal(TOP);
    running = await startComets(chain);
    await Promise.all(running.comets.map((comet) => comet.reached(SECOND)));
    const [first, ...others] = await Promise.all(running.comets.map((comet) => chainOfComet(comet, SECOND - 1n)));
    for (const other of others) expect(other).to.deep.equal(first);
    await running.stop();

    for (const dir of chain.dirs) expect((await moveToEmbedded(optionsOf(dir))).top).to.equal(SECOND);
    const back = await startEngines(chain.dirs, chain.genesis, SECOND + 4n);
    await until("more blocks", () => back.engines.every((engine: Engine) => engine.latestHeight() >= SECOND + 4n));
    const [mine, ...theirs] = back.engines.map((engine) => chainOf(engine));
    for (const other of theirs) expect(other).to.deep.equal(mine);
    for (const [height, block] of first ?? []) expect(mine?.get(height), `height ${height}`).to.equal(block);
    const hashes = back.engines.map((engine) => toHex(engine.block(toHeight(SECOND))?.id.hash ?? new Uint8Array(0)));
    expect(new Set(hashes).size).to.equal(1);
    await back.stop();
  });
});
