/**
 * Keeps the index behind the chain and passes block events on once they can be searched: a client that hears of a transaction
 * finds it (cosmos-formats.md §1.4).
 *
 * Consensus never waits for the index. A few blocks are under way to it; when it is slower than the chain, the others are read
 * back from the block store as it takes them, so that nothing queues up but heights.
 */
import { toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import type { BlockEvent, ChainEvent, ChainReader, EventFeed } from "../rpc/types.js";
import type { LevelKv } from "../storage/index.js";
import type { Logger } from "../telemetry/log.js";
import { inlineBackend } from "./backend.js";
import type { IndexBackend } from "./backend.js";
import { indexInput } from "./entries.js";
import { parseQuery } from "./query.js";
import { DEFAULT_INDEX_STORE_OPTIONS } from "./store.js";
import type { IndexStoreOptions } from "./store.js";
import { threadBackend } from "./thread.js";
import type { ChainIndex, IndexStatus, SearchOptions, SearchPage, TxPlace } from "./types.js";

export interface IndexerOptions extends IndexStoreOptions {
  /** Blocks that are handed over and not yet indexed. */
  readonly maxUnderWay: number;
}

export const DEFAULT_INDEXER_OPTIONS: IndexerOptions = { ...DEFAULT_INDEX_STORE_OPTIONS, maxUnderWay: 8 };

export interface IndexerDeps {
  readonly chain: Pick<ChainReader, "block" | "results" | "earliestHeight" | "latestHeight">;
  /** The engine's events. */
  readonly feed: EventFeed;
  readonly log: Logger;
}

/** A feed whose block events come after they were indexed, and the index itself. */
export interface Indexer extends ChainIndex, EventFeed {
  /** Opens the index and follows the feed; what was committed without it is indexed meanwhile. */
  start(): Promise<void>;
  /** Resolves once everything committed so far can be searched. @throws EdgeFailure when that will never be. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

class ChainIndexer implements Indexer {
  readonly #deps: IndexerDeps;
  readonly #backend: IndexBackend;
  readonly #maxUnderWay: number;
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  /** Blocks that were just committed and need not be read back. */
  readonly #fresh = new Map<Height, BlockEvent>();
  /** Blocks up to here were committed before this node listened: nobody waits for their events. */
  #quiet = toHeight(0n);
  #sent = toHeight(0n);
  #last = toHeight(0n);
  #underWay = 0;
  #isReading = false;
  /** The step of a sweep that is under way. */
  #pruning: Promise<void> | undefined;
  #waiting: { readonly height: Height; readonly resolve: () => void; readonly reject: (error: EdgeFailure) => void }[] = [];
  /** Why nothing can be searched. Events are passed on all the same. */
  #failure: EdgeFailure | undefined;
  #isStopped = false;
  #unsubscribe: (() => void) | undefined;

  constructor(deps: IndexerDeps, backend: IndexBackend, maxUnderWay: number) {
    this.#deps = deps;
    this.#backend = backend;
    this.#maxUnderWay = maxUnderWay;
  }

  async start(): Promise<void> {
    const { chain, feed, log } = this.#deps;
    this.#last = await this.#backend.open();
    if (this.#last > chain.latestHeight()) {
      log.warn("the index is of a chain that went further: it is made anew", { index: this.#last });
      await this.#backend.clear();
      this.#last = toHeight(0n);
    }
    this.#sent = this.#last;
    this.#quiet = chain.latestHeight();
    this.#unsubscribe = feed.subscribe((event) => this.#receive(event));
    const missing = chain.latestHeight() - this.#last;
    if (missing > 1n) log.info("blocks are being indexed after the fact", { blocks: missing });
    this.#pump();
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#listeners.clear();
    this.#isStopped = true;
    this.#break(new EdgeFailure("not-running", "the index was stopped"));
    await this.#pruning;
    await this.#backend.close();
  }

  subscribe(listener: (event: ChainEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  caughtUp(): Promise<void> {
    const height = this.#deps.chain.latestHeight();
    if (this.#last >= height) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => this.#waiting.push({ height, resolve, reject }));
  }

  status(): IndexStatus {
    const lag = Number(this.#deps.chain.latestHeight() - this.#last);
    return { isEnabled: true, last: this.#last, lag: Math.max(0, lag), isBroken: this.#failure !== undefined };
  }

  async findTx(hash: Uint8Array): Promise<TxPlace | undefined> {
    this.#checkUsable();
    return this.#backend.findTx(hash, this.#base());
  }

  async searchTxs(text: string, options: SearchOptions): Promise<SearchPage<TxPlace>> {
    this.#checkUsable();
    parseQuery(text);
    return this.#backend.searchTxs(text, options, this.#base());
  }

  async searchBlocks(text: string, options: SearchOptions): Promise<SearchPage<Height>> {
    this.#checkUsable();
    parseQuery(text);
    return this.#backend.searchBlocks(text, options, this.#base());
  }

  #checkUsable(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #base(): Height {
    return this.#deps.chain.earliestHeight();
  }

  #receive(event: ChainEvent): void {
    if (event.kind !== "block") return this.#publish(event);
    if (this.#fresh.size < this.#maxUnderWay) this.#fresh.set(event.stored.block.header.height, event);
    this.#pump();
  }

  /** Hands over what comes next, as long as not too much is under way. */
  #pump(): void {
    while (!this.#isStopped && !this.#isReading && this.#underWay < this.#maxUnderWay) {
      if (this.#failure !== undefined && this.#underWay > 0) return; // what failed is told of first
      const { chain } = this.#deps;
      const base = chain.earliestHeight();
      const next = toHeight(this.#sent + 1n < base ? base : this.#sent + 1n);
      if (next > chain.latestHeight() && !this.#fresh.has(next)) return;
      const event = this.#fresh.get(next);
      if (event === undefined) return void this.#readBack(next);
      this.#send(event);
    }
  }

  /** One block after the other, with room for everything else in between. */
  async #readBack(height: Height): Promise<void> {
    this.#isReading = true;
    try {
      await new Promise((resolve) => setImmediate(resolve));
      const [stored, results] = await Promise.all([this.#deps.chain.block(height), this.#deps.chain.results(height)]);
      if (this.#isStopped) return;
      if (stored !== undefined && results !== undefined) this.#send({ kind: "block", stored, results });
      else if (height >= this.#base()) throw new EdgeFailure("storage", "a committed block is missing", { height });
    } catch (error) {
      this.#sent = height;
      this.#fail(error);
    } finally {
      this.#isReading = false;
    }
    this.#pump();
  }

  #send(event: BlockEvent): void {
    const { height } = event.stored.block.header;
    this.#sent = height;
    for (const known of [...this.#fresh.keys()]) if (known <= height) this.#fresh.delete(known);
    if (this.#failure !== undefined) return this.#tell(event);
    this.#underWay++;
    const done = (): void => {
      this.#underWay--;
      this.#tell(event);
      this.#pump();
    };
    this.#backend.index(indexInput(event)).then(
      () => {
        this.#indexed(height);
        done();
      },
      (error: unknown) => {
        this.#fail(error);
        done();
      },
    );
  }

  #indexed(height: Height): void {
    if (this.#failure !== undefined) return;
    this.#last = height;
    const reached = this.#waiting.filter((w) => w.height <= height);
    this.#waiting = this.#waiting.filter((w) => w.height > height);
    for (const { resolve } of reached) resolve();
    this.#prune();
  }

  #tell(event: BlockEvent): void {
    if (event.stored.block.header.height > this.#quiet) this.#publish(event);
  }

  /** One step for each block, and one at a time: a sweep never gathers work behind it. */
  #prune(): void {
    this.#pruning ??= this.#backend
      .prune(this.#base())
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#pruning = undefined;
      });
  }

  #publish(event: ChainEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** From here on nothing can be searched; events are passed on. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#deps.log.error("the index has failed: nothing can be searched until the node is started again", { error });
    this.#break(error instanceof EdgeFailure ? error : new EdgeFailure("storage", "the index has failed", {}, error));
  }

  #break(failure: EdgeFailure): void {
    this.#failure ??= failure;
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
  }
}

/** An index in a store that the caller opens and closes, kept by this thread. */
export function createIndexer(
  deps: IndexerDeps & { readonly kv: LevelKv },
  options: IndexerOptions = DEFAULT_INDEXER_OPTIONS,
): Indexer {
  return new ChainIndexer(deps, inlineBackend(deps.kv, options), options.maxUnderWay);
}

/** An index in `dir`, kept by a thread of its own. */
export function createThreadedIndexer(
  deps: IndexerDeps & { readonly dir: string },
  { maxUnderWay, ...options }: IndexerOptions = DEFAULT_INDEXER_OPTIONS,
): Indexer {
  return new ChainIndexer(deps, threadBackend({ dir: deps.dir, options }), maxUnderWay);
}
