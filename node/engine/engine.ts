/**
 * The embedded engine: opens its stores, brings the application up to them, and joins host, gossip, sync and mempool.
 * Created before the p2p service starts (it registers its protocols), started after.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { QueryRequest } from "../../chain/abci/index.js";
import { findValidator } from "../../chain/block/index.js";
import type { BlockId, Evidence, ExtendedCommit, ValidatorSet } from "../../chain/block/index.js";
import type { Verified } from "../../chain/consensus/index.js";
import { EMPTY_BYTES, Fault, toHeight, toTimeNs, toVotingPower, utf8 } from "../../chain/primitives/index.js";
import type { Height, TimeNs } from "../../chain/primitives/index.js";
import type { AppConnection, SignaturesAhead } from "../app/index.js";
import type { EngineConfig, MempoolConfig } from "../config/engine.js";
import { parseGenesis } from "../config/genesis.js";
import type { GenesisDoc } from "../config/genesis.js";
import { Mempool, createTxGossip } from "../mempool/index.js";
import type { TxGossip } from "../mempool/index.js";
import type { P2p } from "../p2p/types.js";
import { openKv } from "../storage/index.js";
import type { LevelKv } from "../storage/index.js";
import { BlockSync } from "../sync/index.js";
import type { Logger } from "../telemetry/log.js";
import { BlockStore } from "./block-store.js";
import { nextHeight } from "./chain-state.js";
import type { ChainState } from "./chain-state.js";
import { EventFeed, STEP_NUMBERS, roundEvents } from "./events.js";
import { EvidencePool } from "./evidence-pool.js";
import { Executor } from "./executor.js";
import type { AppliedBlock } from "./executor.js";
import { noFailPoint } from "./failpoint.js";
import type { FailPoint } from "./failpoint.js";
import { ConsensusGossip } from "./gossip.js";
import { finishStoredBlock, replayToState } from "./handshake.js";
import { ConsensusHost } from "./host.js";
import type { ValidatorKey } from "./key-file.js";
import { Pruner } from "./pruner.js";
import { haltingSigner } from "./halting-signer.js";
import { lostSignState, openSigner } from "./signer.js";
import type { Signer } from "./signer.js";
import { StateStore } from "./state-store.js";
import { KIND, singleKey } from "./store-keys.js";
import type { BlockSummary, ConsensusState, Engine, EngineEvent, EngineStatus, TxPool } from "./types.js";
import { openWal } from "./wal.js";
import type { Wal } from "./wal.js";

export interface EngineOptions {
  /** Holds `blocks/` (LevelDB), `wal/` and `priv_validator_state.json`. */
  readonly dataDir: string;
  /** The genesis file, as its bytes are. */
  readonly genesis: string;
  /** null for a node that only follows. */
  readonly key: ValidatorKey | null;
  /** Signs instead of the key. */
  readonly signer?: Signer;
  readonly config: EngineConfig;
  readonly mempool: MempoolConfig;
}

export interface EngineDeps {
  readonly app: AppConnection;
  readonly p2p: P2p;
  /** Asked before CheckTx. */
  readonly signatures?: Pick<SignaturesAhead, "signedFor"> | undefined;
  readonly log: Logger;
  /** The engine has stopped for good: the node must stop too. */
  readonly onFatal: (error: unknown) => void;
  /** Tests only. */
  readonly failPoint?: FailPoint;
  /** Our clock; the system's when absent. */
  readonly now?: () => TimeNs;
}

/** Evidence that is told to peers with each block: about a dozen pieces, oldest first. */
const EVIDENCE_PER_BLOCK_BYTES = 8_192n;
/** How long sync waits for the core to take a block. */
const APPLY_TIMEOUT_MS = 30_000;

/**
 * Opens the stores and registers the protocols.
 * @throws EdgeFailure "config" on a bad genesis or key state, "storage" when the data directory is in use.
 */
export async function createEngine(options: EngineOptions, deps: EngineDeps): Promise<Engine> {
  const genesis = parseGenesis(options.genesis);
  const { key, dataDir } = options;
  const statePath = join(dataDir, "priv_validator_state.json");
  const halt = toHeight(options.config.haltHeight);
  const kv = await openKv({ dir: join(dataDir, "blocks"), onFatal: deps.onFatal });
  const open = (own: ValidatorKey): Signer => {
    checkSigned(statePath, new StateStore(kv).load(), own);
    return openSigner({ key: own, statePath, chainId: genesis.chainId });
  };
  try {
    const keeper = options.signer ?? (key === null ? null : open(key));
    const signer = keeper === null ? null : haltingSigner(keeper, halt, deps.log.child("signer"));
    return new EmbeddedEngine({ options, deps, genesis, signer, kv });
  } catch (error) {
    await kv.close();
    throw error;
  }
}

/** The file is there from the first start on: where it is gone, nobody knows what a validator must not sign again. */
function checkSigned(statePath: string, state: ChainState | undefined, { address }: ValidatorKey): void {
  if (state === undefined || state.lastHeight === 0n || existsSync(statePath) || findValidator(state.validators, address) === undefined) return;
  throw lostSignState(statePath);
}

interface Opened {
  readonly options: EngineOptions;
  readonly deps: EngineDeps;
  readonly genesis: GenesisDoc;
  readonly signer: Signer | null;
  readonly kv: LevelKv;
}

/** What exists once the engine has started. */
interface Running {
  readonly executor: Executor;
  readonly host: ConsensusHost;
  readonly wal: Wal;
}

class EmbeddedEngine implements Engine {
  readonly pool: TxPool;
  readonly #opened: Opened;
  readonly #log: Logger;
  readonly #blocks: BlockStore;
  readonly #states: StateStore;
  readonly #evidence: EvidencePool;
  readonly #mempool: Mempool;
  readonly #txGossip: TxGossip;
  readonly #gossip: ConsensusGossip;
  readonly #sync: BlockSync;
  readonly #events: EventFeed;
  #running: Running | undefined;
  #isStopped = false;
  /** What #earliest has read. */
  #first: BlockSummary | undefined;
  /** Sync waits for heights to begin. */
  #heightWaiters: { readonly above: Height; readonly resolve: (reached: boolean) => void }[] = [];

  constructor(opened: Opened) {
    this.#opened = opened;
    const { options, deps, kv } = opened;
    const { config } = options;
    const { app, p2p } = deps;
    this.#log = deps.log.child("engine");
    this.#blocks = new BlockStore(kv, config.extendedCommitHeights);
    this.#states = new StateStore(kv);
    this.#events = new EventFeed(this.#log);
    this.#evidence = new EvidencePool(kv, {
      validators: (h) => this.#states.validators(h),
      blockTime: (h) => this.#blocks.time(h),
    });
    this.#mempool = new Mempool({ app, config: options.mempool, signatures: deps.signatures });
    this.#txGossip = createTxGossip(p2p, { pool: this.#mempool, config: options.mempool, log: this.#log });
    const { onFatal } = deps;
    this.#sync = new BlockSync({ p2p, source: this.#blocks, log: deps.log.child("sync"), onFatal });
    this.#gossip = new ConsensusGossip({
      p2p,
      app,
      blocks: this.#blocks,
      config,
      log: this.#log,
      addEvidence: (evidence) => this.#evidence.add(evidence, this.#executor().state),
      onStatus: (peer, status) => this.#sync.onStatus(peer, status),
      onVote: (vote) => this.#events.emit({ kind: "vote", vote }),
    });
    this.pool = this.#createPool();
  }

  async start(): Promise<void> {
    const { options, deps, genesis, signer, kv } = this.#opened;
    const { app, failPoint = noFailPoint, now = systemTime } = deps;
    const handshake = { app, blocks: this.#blocks, states: this.#states, genesis, log: this.#log };
    const executor = new Executor(
      {
        app,
        blocks: this.#blocks,
        states: this.#states,
        pool: this.#mempool,
        evidence: this.#evidence,
        pruner: new Pruner({ kv, blocks: this.#blocks, states: this.#states, log: this.#log }),
        log: this.#log,
        failPoint,
        now,
        blockTimeToleranceMs: options.config.blockTimeToleranceMs,
      },
      await replayToState(handshake),
    );
    const waiting = { gte: singleKey(KIND.evidencePending), lt: singleKey(KIND.evidencePending + 1) };
    await this.#evidence.load(kv.entries(waiting), executor.state);
    await finishStoredBlock(handshake, executor);
    this.#mempool.begin(executor.state.lastHeight);
    await kv.flushed();
    const wal = await openWal({ dir: join(options.dataDir, "wal"), height: nextHeight(executor.state) });
    const host = new ConsensusHost({
      app,
      executor,
      blocks: this.#blocks,
      evidence: this.#evidence,
      wal,
      signer,
      config: options.config,
      listener: this.#listener(),
      log: this.#log,
      failPoint,
      now,
      hasTxs: () => this.#mempool.status().count > 0,
    });
    this.#running = { executor, host, wal };
    this.#gossip.start(host);
    await host.start();
    this.#sync.start(this.#syncTarget(executor, host));
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#txGossip.stop();
    for (const waiter of this.#heightWaiters.splice(0)) waiter.resolve(false);
    await this.#running?.host.stop();
    await this.#sync.stop();
    this.#gossip.stop();
    await this.#running?.wal
      .close()
      .catch((error: unknown) => this.#log.warn("the WAL was not closed", { error }));
    await this.#opened.kv.close();
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    return this.#events.subscribe(listener);
  }

  status(): EngineStatus {
    const { signer, genesis } = this.#opened;
    const validators = this.#running?.executor.state.validators;
    return {
      chainId: genesis.chainId,
      latest: this.#latest(),
      earliest: this.#earliest(),
      isCatchingUp: this.#sync.isBehind,
      validator: signer === null ? null : { ...identity(signer), power: powerOf(signer, validators) },
    };
  }

  earliestHeight(): Height {
    return this.latestHeight() === 0n ? toHeight(0n) : this.#blocks.base;
  }

  latestHeight(): Height {
    return this.#state()?.lastHeight ?? toHeight(0n);
  }

  block(height: Height): ReturnType<Engine["block"]> {
    return this.#isCommitted(height) ? this.#blocks.block(height) : undefined;
  }

  heightOfHash(hash: Uint8Array): Height | undefined {
    const height = this.#blocks.heightOfHash(hash);
    return height !== undefined && this.#isCommitted(height) ? height : undefined;
  }

  results(height: Height): ReturnType<Engine["results"]> {
    return this.#isCommitted(height) ? this.#states.results(height) : undefined;
  }

  commit(height: Height): ReturnType<Engine["commit"]> {
    return this.#isCommitted(height) ? this.#blocks.commit(height) : undefined;
  }

  extendedCommit(height: Height): ExtendedCommit | undefined {
    return this.#isCommitted(height) ? this.#blocks.extendedCommit(height) : undefined;
  }

  validators(height: Height): ValidatorSet | undefined {
    return this.#states.validators(height);
  }

  consensusParams(height: Height): ReturnType<Engine["consensusParams"]> {
    return this.#states.params(height);
  }

  genesis(): Uint8Array {
    return utf8(this.#opened.options.genesis);
  }

  query(request: QueryRequest): ReturnType<Engine["query"]> {
    return this.#opened.deps.app.query(request);
  }

  info(): ReturnType<Engine["info"]> {
    return this.#opened.deps.app.info();
  }

  consensus(): Promise<ConsensusState> {
    return new Promise((resolve) => resolve(this.#position()));
  }

  #position(): ConsensusState {
    const running = this.#running;
    const current = running?.host.core.current ?? null;
    if (running === undefined || current === null) throw new Fault("consensus has not started");
    const { round, step, locked, valid } = current.round;
    const votes = [...current.votes.rounds].map(([r, kept]) => ({
      round: r,
      prevotes: kept.prevote.slots.map((slot) => slot[0] ?? null),
      precommits: kept.precommit.slots.map((slot) => slot[0] ?? null),
    }));
    return {
      height: current.height,
      round,
      step: STEP_NUMBERS[step],
      startTime: running.host.startedAt,
      validators: current.validators,
      votes: votes.toSorted((a, b) => a.round - b.round),
      proposal: current.proposals.get(round)?.proposal.blockId.hash ?? EMPTY_BYTES,
      proposalMessage: current.proposals.get(round)?.proposal ?? null,
      locked: locked?.blockId.hash ?? EMPTY_BYTES,
      valid: valid?.blockId.hash ?? EMPTY_BYTES,
      lockedRound: locked?.round ?? -1,
      validRound: valid?.round ?? -1,
    };
  }

  #createPool(): TxPool {
    const pool = this.#mempool;
    return {
      submit: (tx, options) => {
        if (this.#running !== undefined) return pool.submit(tx, options);
        return Promise.resolve({ kind: "refused", reason: "not-ready", message: "the node is starting" });
      },
      check: (tx) => pool.check(tx),
      status: () => pool.status(),
      stats: () => pool.stats(),
      list: (limit) => Promise.resolve(pool.list(limit)),
      addEvidence: (evidence: Evidence) =>
        new Promise((resolve) => {
          if (this.#evidence.add(evidence, this.#executor().state)) this.#gossip.publishEvidence([evidence]);
          resolve();
        }),
    };
  }

  #listener(): ConstructorParameters<typeof ConsensusHost>[0]["listener"] {
    return {
      stepped: (before, input, after) => {
        if (!this.#events.isIdle)
          for (const event of roundEvents(before, input, after)) this.#events.emit(event);
        const height = after.current?.height;
        if (input.kind === "start-height" && height !== undefined) this.#heightBegan(height);
        else this.#gossip.changed();
      },
      publish: (message) => this.#gossip.publish(message),
      wanted: () => this.#gossip.requestParts(),
      askPeers: () => this.#gossip.sendSummary(),
      applied: (block) => this.#applied(block),
      fatal: (error) => {
        for (const waiter of this.#heightWaiters.splice(0)) waiter.resolve(false);
        this.#opened.deps.onFatal(error);
      },
    };
  }

  #heightBegan(height: Height): void {
    this.#gossip.heightStarted(height);
    const reached = this.#heightWaiters.filter((w) => height > w.above);
    this.#heightWaiters = this.#heightWaiters.filter((w) => height <= w.above);
    for (const waiter of reached) waiter.resolve(true);
  }

  #applied({ id, block, size, response }: AppliedBlock): void {
    this.#events.emit({ kind: "block", stored: { id, block, size }, results: response });
    // What waits is told again with every block: peers may have joined, restarted, or had no room for it.
    this.#gossip.publishEvidence(this.#evidence.list(this.#executor().state, EVIDENCE_PER_BLOCK_BYTES));
    this.#txGossip.rebroadcast();
  }

  #syncTarget(executor: Executor, host: ConsensusHost): Parameters<BlockSync["start"]>[0] {
    return {
      get height() {
        return host.height;
      },
      get validators() {
        return host.validators;
      },
      get isExtended() {
        return host.context.isExtended;
      },
      chainId: this.#opened.genesis.chainId,
      check: (block, size) => {
        if (nextHeight(executor.state) === host.height) executor.checkDecided(block, size);
      },
      decided: (block, commit) => this.#decidedBySync(host, block, commit),
    };
  }

  async #decidedBySync(
    host: ConsensusHost,
    { id, bytes }: { readonly id: BlockId; readonly bytes: Uint8Array },
    commit: Verified<ExtendedCommit>,
  ): Promise<boolean> {
    const { height } = commit;
    if (this.#isStopped || height !== host.height) return false;
    const reached = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), APPLY_TIMEOUT_MS);
      const settle = (value: boolean): void => {
        clearTimeout(timer);
        resolve(value);
      };
      this.#heightWaiters.push({ above: height, resolve: settle });
    });
    host.parts.addWhole(id, bytes);
    host.submit({ kind: "decided-by-sync", commit });
    return reached;
  }

  #executor(): Executor {
    if (this.#running === undefined) throw new Fault("the engine has not started");
    return this.#running.executor;
  }

  #isCommitted(height: Height): boolean {
    return height >= this.#blocks.base && height <= this.latestHeight();
  }

  #state(): ChainState | undefined {
    return this.#running?.executor.state ?? this.#states.load();
  }

  #latest(): BlockSummary | null {
    const state = this.#state();
    if (state === undefined || state.lastHeight === 0n) return null;
    return { height: state.lastHeight, hash: state.lastBlockId.hash, appHash: state.appHash, time: state.lastTime };
  }

  /** Clients ask for it all the time, and reading it decodes a block's results. */
  #earliest(): BlockSummary | null {
    const height = this.earliestHeight();
    if (this.#first?.height === height) return this.#first;
    const id = this.#blocks.id(height);
    const time = this.#blocks.time(height);
    const appHash = this.#states.results(height)?.appHash;
    if (id === undefined || time === undefined || appHash === undefined) return null;
    this.#first = { height, hash: id.hash, appHash, time };
    return this.#first;
  }
}

function identity({ address, publicKey }: Signer): Pick<Signer, "address" | "publicKey"> {
  return { address, publicKey };
}

function powerOf(
  signer: Signer,
  set: ChainState["validators"] | undefined,
): ReturnType<typeof toVotingPower> {
  return (set === undefined ? undefined : findValidator(set, signer.address)?.power) ?? toVotingPower(0n);
}

/** Milliseconds are enough: vote times are forced to advance. */
function systemTime(): TimeNs {
  const ms = BigInt(Date.now());
  return toTimeNs(ms / 1_000n, Number(ms % 1_000n) * 1_000_000);
}
