/** Validators with the product's application, snapshots and RPC in one process, and nodes that join them from a snapshot. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentSource } from "../../../chain/attest/index.js";
import { DEFAULT_CONSENSUS_PARAMS, decodeConsensusParams, headerHash } from "../../../chain/block/index.js";
import { PARAMS_QUERY } from "../../../chain/kernel/index.js";
import type { KernelApplication } from "../../../chain/kernel/index.js";
import { toAddress, toHeight, toTimeNs, toVotingPower } from "../../../chain/primitives/index.js";
import type { Height } from "../../../chain/primitives/index.js";
import { createHttpDoor } from "../../../client/verify/index.js";
import type { TrustRoot, VerifyDoor } from "../../../client/verify/index.js";
import { createOpenLedger } from "../../../modules/app.js";
import { buildGenesis } from "../../../modules/genesis.js";
import { createLocalConnection } from "../../app/index.js";
import type { AppConnection } from "../../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../../config/engine.js";
import { formatGenesis } from "../../config/genesis.js";
import { installNativeCrypto } from "../../crypto/native.js";
import { bootstrapEngine, createEngine } from "../../engine/index.js";
import type { Engine } from "../../engine/index.js";
import { keyFromSeed } from "../../engine/key-file.js";
import { FAST, seedOf, until } from "../../engine/testkit/cluster.js";
import { MemoryNet } from "../../engine/testkit/memory-net.js";
import type { MemoryNode } from "../../engine/testkit/memory-net.js";
import { createNullIndexer } from "../../indexer/index.js";
import { identityFromSeed } from "../../p2p/index.js";
import { DEFAULT_RPC_OPTIONS, createEngineChain, createRpcServer } from "../../rpc/index.js";
import { createSnapshots } from "../../snapshots/index.js";
import type { SnapshotService } from "../../snapshots/index.js";
import { openKv } from "../../storage/index.js";
import { silentLogger } from "../../telemetry/log.js";
import type { Logger } from "../../telemetry/log.js";
import { SnapshotExchange, StateSync, TrustedChain } from "../index.js";
import type { Server } from "../index.js";

export const SYNC_CHAIN = "sync-chain-1";
const COUNT = 3;
/** The state of a young chain is small; so are its chunks here. */
const CHUNK_BYTES = 1_000;
const INTERVAL = 8;
/** Unequal, so that the proposers are not simply one after the other. */
const POWERS = [10n, 7n, 4n];

interface Parts {
  readonly dataDir: string;
  readonly app: AppConnection;
  readonly kernel: KernelApplication;
  readonly snapshots: SnapshotService;
  readonly close: () => Promise<void>;
}

export interface SyncNode {
  readonly engine: Engine;
  readonly kernel: KernelApplication;
  readonly snapshots: SnapshotService;
  readonly p2p: MemoryNode;
  stop(): Promise<void>;
}

/** How a test disturbs a node that joins. */
export interface JoinOptions {
  readonly doors?: readonly Server[];
  readonly signal?: AbortSignal;
  readonly trust?: TrustRoot;
  readonly log?: Logger;
  /** Sees every chunk before it is applied. */
  readonly onChunk?: (index: number) => void | Promise<void>;
}

export class SyncChain {
  readonly dir = mkdtempSync(join(tmpdir(), "state-sync-"));
  readonly net = new MemoryNet();
  readonly nodes: SyncNode[] = [];
  readonly urls: string[] = [];
  readonly #genesis: string;
  readonly #closing: (() => Promise<void>)[] = [];

  constructor() {
    installNativeCrypto();
    const now = BigInt(Date.now());
    const time = toTimeNs(now / 1_000n - 60n, 0);
    const validators = POWERS.map((power, i) => ({ publicKey: keyFromSeed(seedOf(i)).publicKey, power, moniker: `v${i}` }));
    this.#genesis = formatGenesis({
      genesisTime: time,
      chainId: SYNC_CHAIN,
      initialHeight: toHeight(1n),
      consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: 1n } },
      validators: validators.map(({ publicKey, power, moniker }) => ({ publicKey, power: toVotingPower(power), name: moniker })),
      appHash: new Uint8Array(0),
      appState: buildGenesis({
        time,
        validators: validators.map((v, i) => ({ ...v, operator: toAddress(new Uint8Array(20).fill(i + 1)) })),
        accounts: [],
      }),
    });
  }

  /** Starts the validators and waits until a snapshot can be joined from. */
  async open(): Promise<void> {
    for (let i = 0; i < COUNT; i++) this.nodes.push(await this.#validator(i));
    for (const node of this.nodes) this.urls.push(await this.#rpc(node.engine));
    await this.reach(BigInt(INTERVAL) + 3n);
    await Promise.all(this.nodes.map(({ snapshots }) => snapshots.idle()));
  }

  async close(): Promise<void> {
    for (const node of this.nodes) await node.stop();
    for (const close of this.#closing) await close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  reach(height: bigint, nodes: readonly SyncNode[] = this.nodes): Promise<void> {
    return until(
      `height ${height}`,
      () => nodes.every((n) => n.engine.latestHeight() >= height),
      () => nodes.map((n) => String(n.engine.latestHeight())).join(", "),
    );
  }

  doors(): Server[] {
    return this.urls.map((url) => ({ name: url, door: createHttpDoor({ rpc: url, blobs: url }) }));
  }

  /** The header of height 2, as an operator would note it, or might have noted for another height. */
  trust(height = 2n): TrustRoot {
    const block = this.nodes[0]?.engine.block(toHeight(2n));
    if (block === undefined) throw new TypeError("no block 2");
    return { height, hash: headerHash(block.block.header) };
  }

  /** The three services of a node's application. */
  async #parts(name: string, interval: number): Promise<Parts> {
    const dataDir = join(this.dir, name);
    const kv = await openKv({ dir: join(dataDir, "app"), onFatal: fail });
    const onCommit = (version: Height): Height | undefined => snapshots.committed(version);
    const kernel = createOpenLedger({ kv, source: silentSource, minGasPrice: { numerator: 0n, denominator: 1n }, version: "test", keepRecent: 50, onCommit });
    const options = { dir: join(dataDir, "snapshots"), interval, keepRecent: 2, chunkBytes: CHUNK_BYTES };
    const snapshots = createSnapshots(options, { kv, app: kernel, log: silentLogger() });
    await snapshots.start();
    const close = async (): Promise<void> => {
      await snapshots.stop();
      await kv.close();
    };
    return { dataDir, kernel, snapshots, app: createLocalConnection(kernel), close };
  }

  async #validator(i: number): Promise<SyncNode> {
    const parts = await this.#parts(`v${i}`, INTERVAL);
    return this.#run(parts, this.net.create(`peer${i}`), i);
  }

  /** The engine of an application, whatever height that is at. */
  async #run(parts: Parts, p2p: MemoryNode, key: number): Promise<SyncNode> {
    const { dataDir, app, kernel, snapshots, close } = parts;
    const options = { dataDir, genesis: this.#genesis, key: keyFromSeed(seedOf(key)), config: { ...FAST, commitMs: 150 }, mempool: DEFAULT_MEMPOOL_CONFIG };
    new SnapshotExchange(p2p, { source: snapshots });
    const engine = await createEngine(options, { app, p2p, log: silentLogger(), onFatal: fail });
    await p2p.start();
    await engine.start();
    const stop = async (): Promise<void> => {
      await p2p.stop();
      await engine.stop();
      await close();
    };
    return { engine, kernel, snapshots, p2p, stop };
  }

  /** Restores the state of a new node, as far as the test lets it. */
  async restore(name: string, options: JoinOptions = {}): Promise<{ readonly parts: Parts; readonly p2p: MemoryNode }> {
    const { doors = this.doors(), signal = new AbortController().signal, onChunk, log = silentLogger() } = options;
    const parts = await this.#parts(name, 0);
    const { snapshots, app } = parts;
    const p2p = this.net.create(`${name}-joining`);
    const trust = options.trust ?? this.trust();
    const sync = new StateSync(
      { chainId: SYNC_CHAIN, initialHeight: toHeight(1n), discoveryMs: 200, chunkRequestMs: 2_000, chunkFetchers: 4 },
      {
        p2p,
        snapshots: {
          offer: (snapshot, appHash) => snapshots.offer(snapshot, appHash),
          applyChunk: async (request) => {
            await onChunk?.(request.index);
            return snapshots.applyChunk(request);
          },
          restoring: () => snapshots.restoring(),
          forget: () => snapshots.forget(),
        },
        chain: new TrustedChain({ servers: doors, trust, trustingPeriodSeconds: 3_600 }, log),
        app: {
          height: async () => (await app.info()).lastBlockHeight,
          params: async () => decodeConsensusParams((await app.query({ ...PARAMS_QUERY, height: toHeight(0n), prove: false })).value),
        },
        log,
        signal,
      },
    );
    await p2p.start();
    try {
      await bootstrapEngine(parts.dataDir, await sync.run());
      return { parts, p2p };
    } catch (error) {
      await parts.close();
      throw error;
    } finally {
      await p2p.stop();
    }
  }

  /** Restores a new node and runs it. */
  async join(name: string, options: JoinOptions = {}): Promise<{ readonly node: SyncNode; readonly joining: MemoryNode }> {
    const { parts, p2p } = await this.restore(name, options);
    return { node: await this.#run(parts, this.net.create(name), 9), joining: p2p };
  }

  async #rpc(engine: Engine): Promise<string> {
    const { privateKey, nodeId } = identityFromSeed(new Uint8Array(32).fill(9));
    const chain = createEngineChain({
      engine,
      identity: {
        ...{ id: Buffer.from(nodeId, "hex"), listenAddress: "tcp://127.0.0.1:1", network: SYNC_CHAIN, version: "0.38.26" },
        ...{ moniker: "sync", appVersion: 1n, rpcAddress: "tcp://127.0.0.1:1", isIndexed: false },
      },
      nodeKey: privateKey.publicKey.raw,
      netInfo: () => ({ listeners: [], peers: [] }),
    });
    const door = { query: (request: Parameters<Engine["query"]>[0]) => engine.query(request) };
    const deps = { chain, pool: engine.pool, index: createNullIndexer(engine), feed: engine, door, log: silentLogger() };
    const server = createRpcServer(deps, { ...DEFAULT_RPC_OPTIONS, port: 0 });
    const { port } = await server.start();
    this.#closing.push(() => server.stop());
    return `http://127.0.0.1:${port}`;
  }
}

function fail(error: unknown): void {
  throw error;
}

type Answer = Record<string, unknown>;

/** A server whose answers a test changes. */
export function lyingDoor(server: Server, change: (method: string, answer: Answer, params: Readonly<Record<string, unknown>>) => unknown): Server {
  const door: VerifyDoor = {
    blob: (cid) => server.door.blob(cid),
    rpc: async (method, params) => change(method, structuredClone((await server.door.rpc(method, params)) as Answer), params),
  };
  return { name: `${server.name}/liar`, door };
}
