/**
 * Keeps the index behind the chain and passes events on once they can be searched: a client that hears of a transaction
 * finds it (cosmos-formats.md §1.4).
 */
import { parseU64be, toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import type { BlockEvent, ChainEvent, ChainReader, EventFeed } from "../rpc/types.js";
import type { LevelKv } from "../storage/index.js";
import type { Logger } from "../telemetry/log.js";
import { LAST_KEY, txKey } from "./keys.js";
import { parseQuery } from "./query.js";
import { hashOf, search } from "./search.js";
import type { PlaceNumber, SearchLimits } from "./search.js";
import type { ChainIndex, SearchOptions, SearchPage, TxPlace } from "./types.js";
import { decodePlace, indexOps } from "./write.js";

export interface IndexerOptions extends SearchLimits {
  /** Blocks that may wait while a gap is filled; older ones are indexed, but not passed on. */
  readonly maxWaiting: number;
}

export const DEFAULT_INDEXER_OPTIONS: IndexerOptions = { maxScanned: 250_000, maxWaiting: 64 };

export interface IndexerDeps {
  /** A store of its own. The caller opens and closes it. */
  readonly kv: LevelKv;
  readonly chain: Pick<ChainReader, "block" | "results" | "earliestHeight" | "latestHeight">;
  /** The engine's events. */
  readonly feed: EventFeed;
  readonly log: Logger;
}

/** A feed whose block events come after they were indexed, and the index itself. */
export interface Indexer extends ChainIndex, EventFeed {
  /** Indexes what was committed while this node did not index, then follows the feed. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

class LevelIndexer implements Indexer {
  readonly #deps: IndexerDeps;
  readonly #options: IndexerOptions;
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  #waiting: BlockEvent[] = [];
  #filling: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;
  #isStopped = false;

  constructor(deps: IndexerDeps, options: IndexerOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#unsubscribe = this.#deps.feed.subscribe((event) => this.#receive(event));
    this.#filling ??= this.#fill();
    await this.#filling;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unsubscribe?.();
    this.#listeners.clear();
    await this.#filling;
    await this.#deps.kv.flushed();
  }

  subscribe(listener: (event: ChainEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  last(): Height {
    const bytes = this.#deps.kv.get(LAST_KEY);
    return toHeight(bytes === undefined ? 0n : parseU64be(bytes));
  }

  findTx(hash: Uint8Array): TxPlace | undefined {
    const bytes = this.#deps.kv.get(txKey(hash));
    if (bytes === undefined) return undefined;
    const { height, index } = decodePlace(bytes);
    return { height, index };
  }

  async searchTxs(text: string, options: SearchOptions): Promise<SearchPage<TxPlace>> {
    const query = parseQuery(text);
    const hash = hashOf(query);
    if (hash !== undefined) {
      const place = this.findTx(hash);
      return place === undefined ? { total: 0, items: [] } : { total: 1, items: [place] };
    }
    const places = await search(this.#deps.kv, "tx", query, this.#options);
    const { total, items } = pageOf(places, options);
    const toPlace = (n: PlaceNumber): TxPlace => ({ height: toHeight(n >> 32n), index: Number(n & 0xffffffffn) });
    return { total, items: items.map(toPlace) };
  }

  async searchBlocks(text: string, options: SearchOptions): Promise<SearchPage<Height>> {
    const places = await search(this.#deps.kv, "block", parseQuery(text), this.#options);
    const { total, items } = pageOf(places, options);
    return { total, items: items.map((n) => toHeight(n >> 32n)) };
  }

  #receive(event: ChainEvent): void {
    if (event.kind !== "block") return this.#publish(event);
    if (this.#filling !== undefined) {
      this.#waiting.push(event);
      if (this.#waiting.length > this.#options.maxWaiting) this.#waiting.shift();
      return;
    }
    const { height } = event.stored.block.header;
    const last = this.last();
    if (height > last + 1n && this.#deps.chain.earliestHeight() < height) {
      this.#waiting.push(event);
      this.#filling = this.#fill();
      return;
    }
    this.#take(event);
  }

  /** Indexes the block unless that was done, and passes it on. */
  #take(event: BlockEvent): void {
    const { height } = event.stored.block.header;
    if (height > this.last()) this.#deps.kv.write(indexOps(event, this.#deps.kv));
    this.#publish(event);
  }

  #publish(event: ChainEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async #fill(): Promise<void> {
    try {
      await this.#fillGap();
    } catch (error) {
      this.#deps.log.error("blocks are missing from the index", { error });
    } finally {
      this.#filling = undefined;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const event of waiting) this.#take(event);
  }

  async #fillGap(): Promise<void> {
    const { chain, kv, log } = this.#deps;
    const first = this.last() + 1n;
    const base = chain.earliestHeight();
    let indexed = 0;
    for (let height = first > base ? first : base; height <= chain.latestHeight(); height = toHeight(height + 1n)) {
      if (this.#isStopped) return;
      if (height === 0n) continue;
      const at = toHeight(height);
      const [stored, results] = await Promise.all([chain.block(at), chain.results(at)]);
      if (stored === undefined || results === undefined) {
        throw new EdgeFailure("storage", "a committed block is missing", { height });
      }
      kv.write(indexOps({ kind: "block", stored, results }, kv));
      if (++indexed % 256 === 0) await kv.flushed();
    }
    if (indexed > 0) log.info("blocks indexed after the fact", { blocks: indexed, last: this.last() });
  }
}

function pageOf(places: PlaceNumber[], { order, offset, limit }: SearchOptions): SearchPage<PlaceNumber> {
  const ordered = order === "asc" ? places : places.reverse();
  return { total: places.length, items: ordered.slice(offset, offset + limit) };
}

/** An index in `deps.kv`, fed by `deps.feed`. */
export function createIndexer(deps: IndexerDeps, options: IndexerOptions = DEFAULT_INDEXER_OPTIONS): Indexer {
  return new LevelIndexer(deps, options);
}
