/** The index in its store: what the indexing thread runs, and tests in their own. */
import { parseU64be, toHeight, u64be } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import type { KvRange, LevelKv } from "../storage/index.js";
import type { IndexInput } from "./entries.js";
import { LAST_KEY, SWEPT_KEY, allAttributes, allTxs, placeRange, readOccurrence } from "./keys.js";
import { txKey } from "./keys.js";
import { parseQuery } from "./query.js";
import { hashOf, search } from "./search.js";
import type { PlaceNumber, SearchLimits } from "./search.js";
import type { SearchOptions, SearchPage, TxPlace } from "./types.js";
import { decodePlace, indexOps } from "./write.js";

export interface IndexStoreOptions extends SearchLimits {
  /**
   * Heights by which the chain must have been pruned since the last sweep before the index is swept again: a sweep reads all of it,
   * so it is also put off until a tenth of what is kept is due.
   */
  readonly sweepEvery: number;
}

export const DEFAULT_INDEX_STORE_OPTIONS: IndexStoreOptions = { maxScanned: 250_000, sweepEvery: 1_000 };

/** Deletions that are written at once. */
const SWEEP_BATCH = 1_024;

export class IndexStore {
  readonly #kv: LevelKv;
  readonly #options: IndexStoreOptions;

  constructor(kv: LevelKv, options: IndexStoreOptions) {
    this.#kv = kv;
    this.#options = options;
  }

  /** Height up to which everything is indexed. */
  last(): Height {
    return this.#height(LAST_KEY);
  }

  /** All of a block or nothing: it can be searched at once, and survives a crash once it is flushed, in order. */
  index(input: IndexInput): void {
    this.#kv.write(indexOps(input, this.#kv));
  }

  /** Bytes that wait to be flushed. */
  pendingBytes(): number {
    return this.#kv.pendingBytes();
  }

  flushed(): Promise<void> {
    return this.#kv.flushed();
  }

  /** @param base what is below is pruned, and as good as gone. */
  findTx(hash: Uint8Array, base: Height): TxPlace | undefined {
    const bytes = this.#kv.get(txKey(hash));
    if (bytes === undefined) return undefined;
    const { height, index } = decodePlace(bytes);
    return height < base ? undefined : { height, index };
  }

  async searchTxs(text: string, options: SearchOptions, base: Height): Promise<SearchPage<TxPlace>> {
    const query = parseQuery(text);
    const hash = hashOf(query);
    if (hash !== undefined) {
      const place = this.findTx(hash, base);
      return place === undefined ? { total: 0, items: [] } : { total: 1, items: [place] };
    }
    const { total, items } = pageOf(await search(this.#kv, { subject: "tx", query, base }, this.#options), options);
    const toPlace = (n: PlaceNumber): TxPlace => ({ height: toHeight(n >> 32n), index: Number(n & 0xffffffffn) });
    return { total, items: items.map(toPlace) };
  }

  async searchBlocks(text: string, options: SearchOptions, base: Height): Promise<SearchPage<Height>> {
    const query = parseQuery(text);
    const { total, items } = pageOf(await search(this.#kv, { subject: "block", query, base }, this.#options), options);
    return { total, items: items.map((n) => toHeight(n >> 32n)) };
  }

  /** Removes what is below `base`, when enough of it has gathered. */
  async prune(base: Height): Promise<void> {
    const due = base - this.#height(SWEPT_KEY);
    const kept = this.last() - base;
    if (due < BigInt(this.#options.sweepEvery) || due * 10n < kept) return;
    await this.#sweep(base);
    this.#kv.write([{ key: SWEPT_KEY, value: u64be(base) }]);
  }

  /** Removes everything. */
  async clear(): Promise<void> {
    await this.#sweep(toHeight(this.last() + 1n));
    this.#kv.write([LAST_KEY, SWEPT_KEY].map((key) => ({ key, value: undefined })));
    await this.#kv.flushed();
  }

  async #sweep(base: Height): Promise<void> {
    const below = { low: 0n, high: base - 1n };
    const isOld = (key: Uint8Array): boolean => readOccurrence(key).height < base;
    for (const subject of ["tx", "block"] as const) {
      await this.#remove(allAttributes(subject), isOld);
      await this.#remove(placeRange(subject, below), () => true);
    }
    // A walk sees the past: a transaction that was taken again meanwhile is kept.
    await this.#remove(allTxs(), (key) => decodePlace(this.#kv.get(key) ?? new Uint8Array(13).fill(255)).height < base);
  }

  async #remove(range: KvRange, isOld: (key: Uint8Array) => boolean): Promise<void> {
    let ops: KvOp[] = [];
    const write = async (): Promise<void> => {
      this.#kv.write(ops);
      ops = [];
      await this.#kv.flushed();
    };
    for await (const [key] of this.#kv.entries(range)) {
      if (isOld(key)) ops.push({ key: Uint8Array.from(key), value: undefined });
      if (ops.length >= SWEEP_BATCH) await write();
    }
    await write();
  }

  #height(key: Uint8Array): Height {
    const bytes = this.#kv.get(key);
    return toHeight(bytes === undefined ? 0n : parseU64be(bytes));
  }
}

function pageOf(places: PlaceNumber[], { order, offset, limit }: SearchOptions): SearchPage<PlaceNumber> {
  const ordered = order === "asc" ? places : places.reverse();
  return { total: places.length, items: ordered.slice(offset, offset + limit) };
}
