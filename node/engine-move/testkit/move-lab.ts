/** One home with one application database, run now by the embedded engine, now by the real CometBFT. Tests only. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHeight, toHex } from "../../../chain/primitives/index.js";
import { createAbciServer } from "../../abci-server/index.js";
import { VALIDATOR_SEED, cometGenesis, openApp } from "../../abci-server/testkit/comet-chain.js";
import { CometProcess, writeCometHome } from "../../abci-server/testkit/comet-home.js";
import { createLocalConnection } from "../../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../../config/engine.js";
import { createEngine } from "../../engine/index.js";
import type { Engine } from "../../engine/index.js";
import { keyFromSeed } from "../../engine/key-file.js";
import { FAST, until } from "../../engine/testkit/cluster.js";
import { MemoryNet } from "../../engine/testkit/memory-net.js";
import { silentLogger } from "../../telemetry/log.js";
import type { MoveOptions } from "../move.js";

export interface RunningEmbedded {
  readonly engine: Engine;
  stop(): Promise<void>;
}

export interface RunningComet {
  readonly comet: CometProcess;
  stop(): Promise<void>;
}

const fail = (error: unknown): never => {
  throw error;
};

export class MoveLab {
  readonly dir = mkdtempSync(join(tmpdir(), "move-"));
  readonly #binary: string;

  constructor(binary: string) {
    this.#binary = binary;
  }

  get options(): MoveOptions {
    const own = join(this.dir, "data");
    return { own, comet: join(this.dir, "cometbft", "data"), validatorState: join(own, "priv_validator_state.json") };
  }

  /** @param halt the last height that may be decided */
  async embedded(halt: bigint): Promise<RunningEmbedded> {
    const { app, kv } = await openApp(join(this.dir, "application.db"));
    const p2p = new MemoryNet().create("alone");
    const engine = await createEngine(
      { dataDir: this.options.own, genesis: cometGenesis(), key: keyFromSeed(VALIDATOR_SEED), config: { ...FAST, haltHeight: halt }, mempool: DEFAULT_MEMPOOL_CONFIG },
      { app: createLocalConnection(app), p2p, log: silentLogger(), onFatal: fail },
    );
    await p2p.start();
    await engine.start();
    const stop = async (): Promise<void> => {
      await p2p.stop();
      await engine.stop();
      await kv.close();
    };
    return { engine, stop };
  }

  async comet(halt: bigint): Promise<RunningComet> {
    const { app, kv } = await openApp(join(this.dir, "application.db"));
    const options = { address: `unix://${join(this.dir, "abci.sock")}`, haltHeight: toHeight(halt) };
    const server = createAbciServer({ app: createLocalConnection(app), log: silentLogger() }, options);
    const { address } = await server.start();
    const home = join(this.dir, "cometbft");
    writeCometHome({ dir: home, genesis: cometGenesis(), seed: VALIDATOR_SEED, validatorState: this.options.validatorState });
    const comet = new CometProcess(this.#binary, home);
    await comet.start(address);
    const stop = async (): Promise<void> => {
      const ended = comet.kill("SIGTERM");
      if (halt === 0n) await ended;
      await server.stop();
      await ended;
      await kv.close();
    };
    return { comet, stop };
  }

  close(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** height -> "block hash, application hash", of all the heights that an embedded engine has. */
export function chainOf(engine: Engine): ReadonlyMap<bigint, string> {
  const chain = new Map<bigint, string>();
  for (let h = engine.earliestHeight(); h <= engine.latestHeight(); h = toHeight(h + 1n)) {
    const block = engine.block(h);
    const results = engine.results(h);
    if (block !== undefined && results !== undefined) chain.set(h, `${toHex(block.id.hash)} ${toHex(results.appHash)}`);
  }
  return chain;
}

interface BlockJson {
  readonly block_id: { readonly hash: string };
}

interface ResultsJson {
  readonly app_hash: string;
}

/** As chainOf, asked of CometBFT. */
export async function chainOfComet(comet: CometProcess, top: bigint): Promise<ReadonlyMap<bigint, string>> {
  const chain = new Map<bigint, string>();
  for (let h = 1n; h <= top; h++) {
    const block = (await comet.call("block", { height: h.toString() })) as unknown as BlockJson;
    const results = (await comet.call("block_results", { height: h.toString() })) as unknown as ResultsJson;
    chain.set(h, `${block.block_id.hash.toLowerCase()} ${Buffer.from(results.app_hash, "base64").toString("hex")}`);
  }
  return chain;
}

/** Until the chain stands at this height. */
export async function stands(engine: Engine, height: bigint): Promise<void> {
  await until(`height ${height}`, () => engine.latestHeight() >= height);
}
