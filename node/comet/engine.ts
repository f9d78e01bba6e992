/**
 * CometBFT as the engine of this node: it orders transactions and drives the application over ABCI; this node keeps a mirror
 * of its blocks and serves everything else from there, as it does with the embedded engine.
 */
import { join } from "node:path";
import { findValidator } from "../../chain/block/index.js";
import type { ExtendedCommit } from "../../chain/block/index.js";
import { toHeight, toVotingPower, utf8 } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { createAbciServer } from "../abci-server/index.js";
import type { AbciServer } from "../abci-server/index.js";
import type { AppConnection } from "../app/types.js";
import type { EngineConfig } from "../config/engine.js";
import { parseGenesis } from "../config/genesis.js";
import type { GenesisDoc } from "../config/genesis.js";
import type { Home } from "../config/home.js";
import type { NodeSettings } from "../config/settings.js";
import { EventFeed } from "../engine/events.js";
import type { ValidatorKey } from "../engine/key-file.js";
import type { BlockSummary, ConsensusState, Engine, EngineEvent, EngineNetwork, EngineStatus, TxPool } from "../engine/types.js";
import { EdgeFailure } from "../errors.js";
import { openKv } from "../storage/index.js";
import type { LevelKv } from "../storage/index.js";
import type { Snapshots } from "../snapshots/types.js";
import type { Logger } from "../telemetry/log.js";
import { prepareComet } from "./managed.js";
import type { ManagedComet } from "./managed.js";
import { MirrorStore } from "./mirror-store.js";
import { Mirror } from "./mirror.js";
import { cometIdOf } from "./peers.js";
import { createCometPool, createNoPool } from "./pool.js";
import type { CometPool } from "./pool.js";
import { readConsensusState } from "./read-consensus.js";
import { readNetwork } from "./read-json.js";
import { createCometReader } from "./reader.js";
import type { CometReader } from "./reader.js";
import { createCometRpc } from "./rpc-client.js";
import type { CometRpc, RpcAddress } from "./rpc-client.js";
import { watchApp } from "./tap.js";

export interface CometEngineOptions {
  readonly home: Home;
  /** The genesis file, as its bytes are. */
  readonly genesis: string;
  readonly key: ValidatorKey;
  readonly settings: NodeSettings;
  readonly timers: EngineConfig;
}

export interface CometEngineDeps {
  readonly app: AppConnection;
  readonly snapshots?: Snapshots;
  readonly log: Logger;
  /** Nothing can be served any more: the node must stop too. */
  readonly onFatal: (error: unknown) => void;
}

export interface CometEngine extends Engine {
  /** Called after each commit of the application, before the block is mirrored. The returned function ends it. */
  onCommitted(listener: () => void): () => void;
  /** Whether blocks can be read: not beside an external CometBFT whose RPC is not known. */
  readonly hasBlocks: boolean;
}

/** Where an external CometBFT finds us, unless told otherwise: what its own config.toml says by default. */
const EXTERNAL_ABCI = "tcp://127.0.0.1:26658";
/** How old CometBFT's own word on catching up may be. */
const POLL_MS = 1_000;
/** A start goes on without CometBFT's RPC after so long: it may be replaying blocks. */
const RPC_WAIT_MS = 15_000;
const RPC_ASK_MS = 100;
/** A program that ends so often before it was reached will not run. */
const START_ATTEMPTS = 3;

/**
 * Finds or checks CometBFT and opens the mirror.
 * @throws EdgeFailure "not-found" without the program, "config" on a bad genesis, setting or another version of it, "storage".
 */
export async function createCometEngine(options: CometEngineOptions, deps: CometEngineDeps): Promise<CometEngine> {
  const { home, settings } = options;
  const genesis = parseGenesis(options.genesis);
  if (settings.engine === "external" && settings.operator.trainer && settings.cometbft.externalRpc === "") {
    throw new EdgeFailure("config", "operator.trainer sends transactions: with engine = external it needs cometbft.external_rpc");
  }
  const log = deps.log.child("cometbft");
  const onGivenUp = (failure: EdgeFailure): void => deps.onFatal(failure);
  const managed = settings.engine === "external" ? undefined : await prepareComet(options, { log, onGivenUp });
  const kv = await openKv({ dir: join(home.data, "blocks"), onFatal: deps.onFatal });
  return new Comet({ options, deps: { ...deps, log }, genesis, managed, kv, address: rpcAddress(managed, settings) });
}

function rpcAddress(managed: ManagedComet | undefined, { cometbft }: NodeSettings): RpcAddress | undefined {
  if (managed !== undefined) return managed.rpc;
  return cometbft.externalRpc === "" ? undefined : { kind: "url", url: cometbft.externalRpc };
}

interface Opened {
  readonly options: CometEngineOptions;
  readonly deps: CometEngineDeps;
  readonly genesis: GenesisDoc;
  readonly managed: ManagedComet | undefined;
  readonly kv: LevelKv;
  readonly address: RpcAddress | undefined;
}

/** What exists where CometBFT's RPC is known. */
interface Link {
  readonly rpc: CometRpc;
  readonly reader: CometReader;
  readonly pool: CometPool;
  readonly mirror: Mirror;
}

class Comet implements CometEngine {
  readonly pool: TxPool;
  readonly #opened: Opened;
  readonly #store: MirrorStore;
  readonly #events: EventFeed;
  readonly #abci: AbciServer;
  readonly #link: Link | undefined;
  readonly #commits = new Set<() => void>();
  #latest: BlockSummary | undefined;
  #earliest: BlockSummary | undefined;
  #isCatchingUp = true;
  #poll: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** By the application since the start; 0 before. A chain that stood at its halt height is not started again there. */
  #committed = toHeight(0n);

  constructor(opened: Opened) {
    this.#opened = opened;
    const { deps, managed, options, kv } = opened;
    this.#store = new MirrorStore(kv, options.timers.extendedCommitHeights, deps.log);
    this.#events = new EventFeed(deps.log);
    this.#link = this.#connect();
    this.pool = this.#link?.pool ?? createNoPool(deps.app);
    const { abciAddress } = options.settings.cometbft;
    const address = managed?.abci ?? (abciAddress === "" ? EXTERNAL_ABCI : abciAddress);
    const { snapshots, log, onFatal } = deps;
    const served = snapshots === undefined ? {} : { snapshots };
    this.#abci = createAbciServer({ app: this.#watched(), ...served, log, onFatal }, { address, haltHeight: toHeight(options.timers.haltHeight) });
  }

  get hasBlocks(): boolean {
    return this.#link !== undefined;
  }

  async start(): Promise<void> {
    const { managed, deps } = this.#opened;
    const { lastBlockHeight } = await deps.app.info();
    const { address } = await this.#abci.start();
    deps.log.info("ABCI is served", { address });
    managed?.start(address, lastBlockHeight);
    if (this.#link === undefined) return;
    if (managed !== undefined) await this.#awaitRpc(managed, this.#link.reader);
    this.#link.mirror.start(lastBlockHeight);
    this.#poll = setInterval(() => void this.#ask(), POLL_MS);
    void this.#ask();
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#poll);
    const { haltHeight } = this.#opened.options.timers;
    // A CometBFT that halts waits for an answer, and ends when nobody is left to give it.
    const hangsUpFirst = haltHeight > 0n && this.#committed >= haltHeight;
    const stopped = this.#opened.managed?.supervisor.stop();
    if (!hangsUpFirst) await stopped;
    await this.#abci.stop();
    await stopped;
    this.#link?.rpc.close();
    await this.#link?.mirror.stop();
    await this.#opened.kv.close();
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    return this.#events.subscribe(listener);
  }

  onCommitted(listener: () => void): () => void {
    this.#commits.add(listener);
    return () => this.#commits.delete(listener);
  }

  status(): EngineStatus {
    const { genesis, options } = this.#opened;
    const { address, publicKey } = options.key;
    const set = this.#link?.mirror.state?.validators;
    const power = (set === undefined ? undefined : findValidator(set, address)?.power) ?? toVotingPower(0n);
    return {
      chainId: genesis.chainId,
      latest: this.#summary(this.latestHeight()),
      earliest: this.#summary(this.earliestHeight()),
      isCatchingUp: this.#isCatchingUp || (this.#link?.mirror.lag ?? 0n) > 1n,
      validator: { address, publicKey, power },
    };
  }

  earliestHeight(): Height {
    return this.latestHeight() === 0n ? toHeight(0n) : this.#store.blocks.base;
  }

  latestHeight(): Height {
    // A mirror that begins in the middle of a chain has a last height before it has a block.
    return this.#store.blocks.top === 0n ? toHeight(0n) : (this.#link?.mirror.lastHeight ?? toHeight(0n));
  }

  block(height: Height): ReturnType<Engine["block"]> {
    return this.#isMirrored(height) ? this.#store.blocks.block(height) : undefined;
  }

  heightOfHash(hash: Uint8Array): Height | undefined {
    const height = this.#store.blocks.heightOfHash(hash);
    return height !== undefined && this.#isMirrored(height) ? height : undefined;
  }

  results(height: Height): ReturnType<Engine["results"]> {
    return this.#isMirrored(height) ? this.#store.states.results(height) : undefined;
  }

  commit(height: Height): ReturnType<Engine["commit"]> {
    return this.#isMirrored(height) ? this.#store.blocks.commit(height) : undefined;
  }

  extendedCommit(height: Height): ExtendedCommit | undefined {
    return this.#isMirrored(height) ? this.#store.blocks.extendedCommit(height) : undefined;
  }

  validators(height: Height): ReturnType<Engine["validators"]> {
    return this.#store.states.validators(height);
  }

  consensusParams(height: Height): ReturnType<Engine["consensusParams"]> {
    return this.#store.states.params(height);
  }

  genesis(): Uint8Array {
    return utf8(this.#opened.options.genesis);
  }

  query(request: Parameters<Engine["query"]>[0]): ReturnType<Engine["query"]> {
    return this.#opened.deps.app.query(request);
  }

  info(): ReturnType<Engine["info"]> {
    return this.#opened.deps.app.info();
  }

  async consensus(): Promise<ConsensusState> {
    if (this.#link === undefined) throw new EdgeFailure("not-running", "no RPC of CometBFT is known (cometbft.external_rpc)");
    return readConsensusState(await this.#link.rpc.call("dump_consensus_state"));
  }

  async network(): Promise<EngineNetwork> {
    if (this.#link === undefined) throw new EdgeFailure("not-running", "no RPC of CometBFT is known (cometbft.external_rpc)");
    const { listeners, peers } = readNetwork(await this.#link.rpc.call("net_info"));
    const hidden = new Set(this.#opened.options.settings.p2p.privatePeerIds.map(cometIdOf));
    return { listeners, peers: peers.filter(({ id }) => !hidden.has(id)) };
  }

  #connect(): Link | undefined {
    const { address, deps, genesis, options } = this.#opened;
    if (address === undefined) return undefined;
    const rpc = createCometRpc(address);
    const reader = createCometReader(rpc);
    const pool = createCometPool({ rpc, app: deps.app, maxTxBytes: options.settings.mempool.maxTxBytes });
    const { log, onFatal } = deps;
    const publish = (event: EngineEvent): void => this.#events.emit(event);
    const mirror = new Mirror({ reader, store: this.#store, genesis, log, publish, onFatal });
    return { rpc, reader, pool, mirror };
  }

  /** What CometBFT drives. */
  #watched(): AppConnection {
    return watchApp(this.#opened.deps.app, {
      finalized: (height, response) => {
        if (this.#link !== undefined && height > this.#link.mirror.lastHeight) this.#store.keepResults(height, response);
      },
      committed: (height, { retainHeight }) => {
        this.#committed = height;
        const retained = this.#link?.mirror.committed(height, retainHeight) ?? retainHeight;
        for (const listener of this.#commits) listener();
        return { retainHeight: retained };
      },
    });
  }

  async #ask(): Promise<void> {
    const { reader, pool } = this.#link as Link;
    pool.refresh();
    try {
      this.#isCatchingUp = (await reader.status()).isCatchingUp;
    } catch (error) {
      if (!(error instanceof EdgeFailure)) throw error;
    }
  }

  /** @throws EdgeFailure "config" when the program ends again and again, or serves another chain. */
  async #awaitRpc({ supervisor }: ManagedComet, reader: CometReader): Promise<void> {
    const { genesis, deps } = this.#opened;
    const deadline = performance.now() + RPC_WAIT_MS;
    while (!this.#isStopped && performance.now() < deadline) {
      const status = await reader.status().catch(() => undefined);
      if (status?.chainId === genesis.chainId) return;
      if (status !== undefined) throw new EdgeFailure("config", `CometBFT serves chain ${status.chainId}, the genesis document is of ${genesis.chainId}`);
      if (supervisor.failures() >= START_ATTEMPTS) {
        throw new EdgeFailure("config", `CometBFT ends right after its start: ${supervisor.lastWords()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, RPC_ASK_MS));
    }
    deps.log.warn("CometBFT does not serve its RPC yet; going on", { afterMs: RPC_WAIT_MS });
  }

  #isMirrored(height: Height): boolean {
    return height >= this.#store.blocks.base && height <= this.latestHeight();
  }

  /** Clients ask for it all the time, and reading it decodes a block's results. */
  #summary(height: Height): BlockSummary | null {
    if (height === 0n) return null;
    for (const known of [this.#latest, this.#earliest]) if (known?.height === height) return known;
    const { blocks, states } = this.#store;
    const [id, time, results] = [blocks.id(height), blocks.time(height), states.results(height)];
    if (id === undefined || time === undefined || results === undefined) return null;
    const summary = { height, hash: id.hash, appHash: results.appHash, time };
    if (height === this.latestHeight()) this.#latest = summary;
    else this.#earliest = summary;
    return summary;
  }
}
