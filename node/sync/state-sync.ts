/**
 * Starts a node from a snapshot of the application instead of from the first block (cosmos-formats.md §3.3): finds one that the peers
 * have, of a height whose application hash is in a header that leads back to the operator's; restores it chunk by chunk; and
 * answers what the engine must know to go on by block sync. Everything that was done survives a kill: chunks are not
 * fetched again, and a node that died after the last one begins with the engine's part.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { consensusParamsHash, decodeExtendedCommit, toExtendedCommit, verifyExtendedCommit } from "../../chain/block/index.js";
import type { ConsensusParams, ExtendedCommit } from "../../chain/block/index.js";
import { Fault, Reject, equalBytes } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { decodeMetadata } from "../../chain/store/index.js";
import { BlocksRequest, BlocksResponse } from "../../proto/gen/openledger/engine/v1.js";
import type { ChainState } from "../engine/chain-state.js";
import { EdgeFailure, errorText, isFailure, throwIfAborted } from "../errors.js";
import type { P2p, PeerId, Requests } from "../p2p/types.js";
import type { RestoreStatus } from "../snapshots/options.js";
import type { Snapshot, Snapshots } from "../snapshots/types.js";
import type { Logger } from "../telemetry/log.js";
import { ChunkFetcher } from "./chunk-fetcher.js";
import { SnapshotBook, snapshotKey } from "./snapshot-book.js";
import { SnapshotExchange } from "./snapshot-exchange.js";
import type { TrustedChain, TrustedSets } from "./trusted-chain.js";

export interface StateSyncOptions {
  readonly chainId: string;
  readonly initialHeight: Height;
  /** Between two rounds of asking all peers what they have. */
  readonly discoveryMs: number;
  readonly chunkRequestMs: number;
  /** Chunks fetched at once. */
  readonly chunkFetchers: number;
}

export interface StateSyncDeps {
  /** Not started yet, and used by nothing else: see `runStateSync`. */
  readonly p2p: P2p;
  readonly snapshots: Pick<Snapshots, "offer" | "applyChunk"> & {
    restoring(): Promise<RestoreStatus | undefined>;
    forget(): Promise<void>;
  };
  readonly chain: Pick<TrustedChain, "base" | "header" | "sets" | "commit">;
  /** Of the application: the height that it has committed, and the parameters that its state holds. */
  readonly app: { height(): Promise<Height>; params(): Promise<ConsensusParams> };
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What an engine needs that begins after a height whose block it does not have. */
export interface SyncedState {
  readonly state: ChainState;
  /** Of the last height; with its extensions where a peer still had them. */
  readonly commit: ExtendedCommit;
}

/** Nobody has the snapshot: how long it is waited for before another is begun. */
const PATIENCE_ROUNDS = 4;

/** A block of 100 MiB with its extended commit, as block sync allows. */
const MAX_BLOCK_RESPONSE = 220 * 1_048_576;

export class StateSync {
  readonly #options: StateSyncOptions;
  readonly #deps: StateSyncDeps;
  readonly #exchange: SnapshotExchange;
  readonly #blocks: Requests;
  readonly #book: SnapshotBook;

  /** Registers its protocols; call before the p2p service starts. */
  constructor(options: StateSyncOptions, deps: StateSyncDeps) {
    this.#options = options;
    this.#deps = deps;
    const { p2p, log, signal } = deps;
    this.#exchange = new SnapshotExchange(p2p, { timeoutMs: options.chunkRequestMs });
    this.#blocks = p2p.requests("sync", {
      maxRequestBytes: 64,
      maxResponseBytes: MAX_BLOCK_RESPONSE,
      timeoutMs: options.chunkRequestMs,
      concurrency: 2,
      handler: () => Promise.reject(new EdgeFailure("not-found", "no blocks yet")),
    });
    this.#book = new SnapshotBook({ p2p, exchange: this.#exchange, log, signal });
  }

  /**
   * Restores the application, unless that is done, and resolves to what the engine begins with.
   *
   * @throws EdgeFailure "malformed" when the RPC servers cannot be trusted, "aborted".
   */
  async run(): Promise<SyncedState> {
    const { app } = this.#deps;
    for (let height = await app.height(); ; height = await app.height()) {
      if (height === 0n) {
        await this.#orElse(() => this.#restoreAny(), undefined);
        continue;
      }
      const synced = await this.#orElse<SyncedState | undefined>(() => this.#stateAfter(height), undefined);
      if (synced !== undefined) return synced;
      await this.#pause();
    }
  }

  /** Servers and peers that do not answer now may do so later. */
  async #orElse<T>(run: () => Promise<T>, otherwise: T): Promise<T> {
    const { log, signal } = this.#deps;
    try {
      return await run();
    } catch (error) {
      throwIfAborted(signal);
      const isTemporary = isFailure(error, "unreachable") || isFailure(error, "not-found") || isFailure(error, "timeout");
      if (!isTemporary) throw error;
      log.warn("state sync waits", { reason: errorText(error), ...error.facts });
      return otherwise;
    }
  }

  async #pause(): Promise<void> {
    await sleep(this.#options.discoveryMs, undefined, { signal: this.#deps.signal }).catch(() => undefined);
    throwIfAborted(this.#deps.signal);
  }

  /** One round: what the peers have, and the best of it tried. */
  async #restoreAny(): Promise<void> {
    const { snapshots, chain, log } = this.#deps;
    await this.#book.refresh();
    const begun = (await snapshots.restoring())?.snapshot;
    const known = this.#book.candidates();
    const candidates = known.filter(({ height }) => height + 1n >= chain.base);
    if (candidates.length < known.length) log.warn("snapshots below statesync.trust_height are left out", { trustHeight: chain.base });
    const same = begun && candidates.find((s) => snapshotKey(s) === snapshotKey(begun));
    if (begun !== undefined && same === undefined && (await this.#comesBack(begun))) return;
    if (same === undefined && candidates.length === 0) {
      log.info("no peer has a snapshot yet", { peers: this.#deps.p2p.peers().length });
      await this.#pause();
      return;
    }
    for (const snapshot of same === undefined ? candidates : [same]) {
      // A height that no server knows, for now or because it was made up, must not stand before the others.
      if ((await this.#orElse(() => this.#restore(snapshot), false)) || (await snapshots.restoring()) !== undefined) return;
    }
    await this.#pause();
  }

  /** A restore that was begun is worth waiting for. */
  async #comesBack(snapshot: Snapshot): Promise<boolean> {
    this.#deps.log.info("waiting for a peer with the snapshot that was begun", { height: snapshot.height });
    for (let answered = 0; answered < PATIENCE_ROUNDS; ) {
      await this.#pause();
      if ((await this.#book.refresh()) > 0) answered++;
      if (this.#book.peersOf(snapshot).length > 0) return true;
    }
    return false;
  }

  /** True when the application stands at the snapshot. */
  async #restore(snapshot: Snapshot): Promise<boolean> {
    const { chain, snapshots, log } = this.#deps;
    const { appHash } = await chain.header(snapshot.height + 1n);
    const offered = await snapshots.offer(snapshot, appHash);
    log.info("snapshot offered to the application", { height: snapshot.height, chunks: snapshot.chunks, answer: offered });
    if (offered === "abort") throw new EdgeFailure("config", "the application has blocks already: state sync needs an empty one");
    if (offered !== "accept") {
      this.#book.reject(snapshot);
      return false;
    }
    const from = (await snapshots.restoring())?.next ?? 0;
    const { chunkFetchers: fetchers, discoveryMs } = this.#options;
    const hashes = decodeMetadata(snapshot.metadata).chunkHashes;
    const patienceMs = PATIENCE_ROUNDS * discoveryMs;
    const { signal } = this.#deps;
    const fetcher = new ChunkFetcher({ snapshot, hashes }, { fetchers, patienceMs, signal }, { exchange: this.#exchange, book: this.#book });
    for await (const fetched of fetcher.chunks(from)) {
      const { result } = await snapshots.applyChunk(fetched);
      if (result === "reject-snapshot") {
        this.#book.reject(snapshot);
        return false;
      }
      if (result !== "accept") throw new Fault("the application does not take a chunk of the right hash", { result, index: fetched.index });
      log.info("chunk restored", { height: snapshot.height, chunk: fetched.index + 1, of: snapshot.chunks });
    }
    return true;
  }

  /** What the engine begins with, after a height that the application has. */
  async #stateAfter(height: Height): Promise<SyncedState> {
    const { chain, app } = this.#deps;
    const sets = await chain.sets(height);
    const params = await app.params();
    if (!equalBytes(consensusParamsHash(params), sets.next.consensusHash))
      throw new Fault("the restored parameters are not those of the next header", { height });
    const { header, next, last, validators, nextValidators } = sets;
    const state: ChainState = {
      chainId: this.#options.chainId,
      initialHeight: this.#options.initialHeight,
      lastHeight: height,
      lastBlockId: next.lastBlockId,
      lastTime: header.time,
      validators,
      nextValidators,
      lastValidators: last,
      params,
      appVersion: next.appVersion,
      appHash: next.appHash,
      lastResultsHash: next.lastResultsHash,
    };
    return { state, commit: await this.#commitOf(sets, params) };
  }

  /**
   * The commit of the last height, with its extensions if a peer still has them: the node must propose with it if no block
   * follows. Where the chain is further, block sync brings later ones and nobody asks for these.
   */
  async #commitOf(sets: TrustedSets, params: ConsensusParams): Promise<ExtendedCommit> {
    const { p2p, chain, log } = this.#deps;
    const { height } = sets.header;
    await this.#book.refresh();
    for (const { id } of p2p.peers()) {
      const commit = await this.#extendedFrom(id, sets, params);
      if (commit !== undefined) return commit;
    }
    log.warn("no peer has the extensions of the last height", { height });
    const { chainId } = this.#options;
    return toExtendedCommit(await chain.commit({ chainId, validators: sets.last, height, blockId: sets.next.lastBlockId }));
  }

  async #extendedFrom(peer: PeerId, sets: TrustedSets, params: ConsensusParams): Promise<ExtendedCommit | undefined> {
    const { header, next, last: validators } = sets;
    const { height } = header;
    const { chainId } = this.#options;
    try {
      const request = BlocksRequest.encode({ height, count: 1 });
      const bytes = await this.#blocks.request(peer, request, { signal: this.#deps.signal });
      const [first] = BlocksResponse.decode(bytes).blocks;
      if (first === undefined) return undefined;
      const commit = decodeExtendedCommit(first.commit);
      const from = params.abci.voteExtensionsEnableHeight;
      const isExtended = from > 0n && height >= from;
      const claim = { chainId, validators, height, blockId: next.lastBlockId };
      if (isExtended && commit.signatures.every((s) => s.extensionSignature.length === 0)) return undefined;
      verifyExtendedCommit(claim, commit, isExtended);
      return commit;
    } catch (error) {
      throwIfAborted(this.#deps.signal);
      if (!(error instanceof Reject) && !(error instanceof EdgeFailure)) throw error;
      this.#book.blame(peer, error);
      return undefined;
    }
  }
}
