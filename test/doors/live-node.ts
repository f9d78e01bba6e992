/** One validator with every door open: the product's engine, application, index and servers, on loopback. Tests and benchmarks only. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentSource } from "../../chain/attest/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { parseAddress } from "../../chain/codec/index.js";
import { toHeight, toTimeNs, toUopen, toVotingPower } from "../../chain/primitives/index.js";
import { createOpenLedger } from "../../modules/app.js";
import { buildGenesis } from "../../modules/genesis.js";
import type { Blobs } from "../../node/blobs/types.js";
import { createLocalConnection } from "../../node/app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../../node/config/engine.js";
import type { EngineConfig } from "../../node/config/engine.js";
import { formatGenesis } from "../../node/config/genesis.js";
import { homeAt } from "../../node/config/home.js";
import { parseSettings } from "../../node/config/settings.js";
import type { NodeSettings } from "../../node/config/settings.js";
import { installNativeCrypto } from "../../node/crypto/native.js";
import { openDoors } from "../../node/doors.js";
import { createEngine } from "../../node/engine/index.js";
import type { Engine } from "../../node/engine/index.js";
import { keyFromSeed } from "../../node/engine/key-file.js";
import { FAST, seedOf } from "../../node/engine/testkit/cluster.js";
import { MemoryNet } from "../../node/engine/testkit/memory-net.js";
import { EdgeFailure } from "../../node/errors.js";
import { Instrumentation } from "../../node/instrumentation.js";
import { identityFromSeed } from "../../node/p2p/index.js";
import { openKv } from "../../node/storage/index.js";
import { silentLogger } from "../../node/telemetry/log.js";

export const LIVE_CHAIN = "open-doors-1";

export interface LiveNodeOptions {
  /** Addresses that hold coins from the start. */
  readonly accounts: readonly { readonly address: string; readonly uopen: bigint }[];
  /** Operator of the one validator. */
  readonly operator: string;
  readonly engine?: Partial<EngineConfig>;
  /** Measure, and show it. */
  readonly hasMetrics?: boolean;
  /** Text of app.toml beside the addresses. */
  readonly app?: { readonly grpc?: string; readonly api?: string };
}

export interface LiveNode {
  readonly engine: Engine;
  readonly rpcPort: number;
  readonly grpcPort: number;
  readonly apiPort: number;
  /** 0 unless metrics were asked for. */
  readonly metricsPort: number;
  readonly rpc: string;
  readonly api: string;
  /** Resolves when the chain has this height. */
  reached(height: bigint): Promise<void>;
  stop(): Promise<void>;
}

const NO_BLOBS: Pick<Blobs, "put" | "get" | "has" | "fetch"> = {
  put: () => Promise.reject(new EdgeFailure("storage", "no blobs here")),
  get: () => Promise.reject(new EdgeFailure("not-found", "no blobs here")),
  has: () => Promise.resolve(false),
  fetch: () => Promise.reject(new EdgeFailure("not-found", "no blobs here")),
};

function genesisOf({ accounts, operator }: LiveNodeOptions): string {
  const time = toTimeNs(BigInt(Math.floor(Date.now() / 1000)), 0);
  const { publicKey } = keyFromSeed(seedOf(0));
  const power = 10_000n;
  return formatGenesis({
    genesisTime: time,
    chainId: LIVE_CHAIN,
    initialHeight: toHeight(1n),
    consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: 1n } },
    validators: [{ publicKey, power: toVotingPower(power), name: "alone" }],
    appHash: new Uint8Array(0),
    appState: buildGenesis({
      time,
      validators: [{ publicKey, power, moniker: "alone", operator: parseAddress(operator) }],
      accounts: accounts.map(({ address, uopen }) => ({ address: parseAddress(address), amount: toUopen(uopen), from: "community" })),
    }),
  });
}

function settingsOf({ app, hasMetrics = false }: LiveNodeOptions): NodeSettings {
  const metrics = `[instrumentation]\nprometheus = ${hasMetrics}\nprometheus_listen_addr = 'tcp://127.0.0.1:0'`;
  return parseSettings({
    config: `[rpc]\nladdr = 'tcp://127.0.0.1:0'\ncors_allowed_origins = ['*']\n${metrics}`,
    app: `[grpc]\naddress = '127.0.0.1:0'\n${app?.grpc ?? ""}\n[api]\naddress = 'tcp://127.0.0.1:0'\ncors_origins = ['*']\n${app?.api ?? ""}`,
  });
}

export async function startLiveNode(options: LiveNodeOptions): Promise<LiveNode> {
  installNativeCrypto();
  const dir = mkdtempSync(join(tmpdir(), "live-node-"));
  const home = homeAt(dir);
  mkdirSync(home.data, { recursive: true });
  const onFatal = (error: unknown): never => {
    throw error;
  };
  const started: { readonly name: string; stop(): Promise<void> | void }[] = [];
  const log = silentLogger();
  const kv = await openKv({ dir: home.stateDb, onFatal });
  started.push({ name: "state", stop: () => kv.close() });
  const settings = settingsOf(options);
  const instruments = new Instrumentation(settings, LIVE_CHAIN);
  started.push({ name: "instrumentation", stop: () => instruments.stop() });
  const app = createOpenLedger({ kv, source: silentSource, minGasPrice: { numerator: 0n, denominator: 1n }, version: "test" });
  const p2p = new MemoryNet().create("alone");
  const engine = await createEngine(
    {
      dataDir: home.data,
      genesis: genesisOf(options),
      key: keyFromSeed(seedOf(0)),
      config: { ...FAST, ...options.engine },
      mempool: DEFAULT_MEMPOOL_CONFIG,
    },
    { app: instruments.application(createLocalConnection(app)), p2p, log, onFatal },
  );
  started.push({ name: "engine", stop: () => engine.stop() });
  await p2p.start();
  started.push({ name: "p2p", stop: () => p2p.stop() });
  await engine.start();
  const identity = identityFromSeed(new Uint8Array(32).fill(9));
  const doors = await openDoors({ home, settings, identity, engine, p2p, blobs: NO_BLOBS as Blobs, log, started, instruments });
  const { rpcPort, grpcPort = 0, apiPort = 0, metricsPort = 0 } = doors;
  return {
    engine,
    rpcPort,
    grpcPort,
    apiPort,
    metricsPort,
    rpc: `http://127.0.0.1:${rpcPort}`,
    api: `http://127.0.0.1:${apiPort}`,
    reached: (height) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (engine.latestHeight() < height) return;
          unsubscribe();
          resolve();
        };
        const unsubscribe = engine.subscribe((event) => {
          if (event.kind === "block") look();
        });
        look();
      }),
    stop: async () => {
      for (const service of started.toReversed()) await service.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
