/** The index in its store: what the indexing thread runs, and tests in their own. */
import { concatBytes, parseU64be, toHeight, u64be } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import type { LevelKv } from "../storage/index.js";
import type { IndexInput } from "./entries.js";
import { LAST_KEY, SWEEP_KEY, SWEPT_KEY, heightOfKey, isTxKey, txKey } from "./keys.js";
import { parseQuery } from "./query.js";
import { hashOf, search } from "./search.js";
import type { PlaceNumber, SearchLimits } from "./search.js";
import type { SearchOptions, SearchPage, TxPlace } from "./types.js";
import { decodePlace, indexOps } from "./write.js";

export interface IndexStoreOptions extends SearchLimits {
  /**
   * Heights by which the chain must have been pruned since the last sweep before the next one begins: a sweep reads the whole index,
   * so it is also put off until a tenth of what is kept is due.
   */
  readonly sweepEvery: number;
  /** Entries that one step of a sweep reads at least. */
  readonly sweepStep: number;
}

export const DEFAULT_INDEX_STORE_OPTIONS: IndexStoreOptions = { maxScanned: 250_000, sweepEvery: 1_000, sweepStep: 4_096 };

const FIRST_KEY = new Uint8Array(0);
/** Entries that a step reads for each that was written since the step before: the index stays within one and a half times what is kept. */
const READ_PER_WRITTEN = 4;
/** Deletions that are written at once. */
const SWEEP_BATCH = 1_024;

/** A sweep in progress. */
interface Sweep {
  /** Nothing below is left when it is through. */
  readonly base: bigint;
  /** The key from which it goes on. */
  readonly from: Uint8Array;
}

export class IndexStore {
  readonly #kv: LevelKv;
  readonly #options: IndexStoreOptions;
  /** Entries written since the last step of a sweep. */
  #written = 0;

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
    const ops = indexOps(input, this.#kv);
    this.#written += ops.length;
    this.#kv.write(ops);
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

  /**
   * Takes a sweep one step on, or begins one when enough is due: what is below `base` goes. Call it once for each block, and not again
   * before it has resolved. What a step has done is kept over a crash.
   */
  async prune(base: Height): Promise<void> {
    const sweep = this.#sweep() ?? this.#dueSweep(base);
    if (sweep === undefined) return;
    const entries = Math.max(this.#options.sweepStep, READ_PER_WRITTEN * this.#written);
    this.#written = 0;
    const next = await this.#forget(base, sweep.from, entries);
    this.#kv.write(
      next === undefined
        ? [{ key: SWEPT_KEY, value: u64be(sweep.base) }, { key: SWEEP_KEY, value: undefined }]
        : [{ key: SWEEP_KEY, value: concatBytes(u64be(sweep.base), next) }],
    );
  }

  /** Removes everything. */
  async clear(): Promise<void> {
    const above = toHeight(this.last() + 1n);
    for (let from: Uint8Array | undefined = FIRST_KEY; from !== undefined; ) from = await this.#forget(above, from, this.#options.sweepStep);
    this.#kv.write([LAST_KEY, SWEPT_KEY, SWEEP_KEY].map((key) => ({ key, value: undefined })));
    await this.#kv.flushed();
  }

  #sweep(): Sweep | undefined {
    const bytes = this.#kv.get(SWEEP_KEY);
    return bytes === undefined ? undefined : { base: parseU64be(bytes.subarray(0, 8)), from: bytes.slice(8) };
  }

  #dueSweep(base: Height): Sweep | undefined {
    const due = base - this.#height(SWEPT_KEY);
    const kept = this.last() - base;
    return due < BigInt(this.#options.sweepEvery) || due * 10n < kept ? undefined : { base, from: FIRST_KEY };
  }

  /** Removes what is below `base` among the next entries. Returns where to go on, or undefined at the end. */
  async #forget(base: Height, from: Uint8Array, entries: number): Promise<Uint8Array | undefined> {
    let old: Uint8Array[] = [];
    let last = from;
    let seen = 0;
    const write = async (): Promise<void> => {
      this.#kv.write(this.#removals(old, base));
      old = [];
      await this.#kv.flushed();
    };
    for await (const [key] of this.#kv.entries({ gte: from, limit: entries })) {
      seen++;
      last = key;
      if (isTxKey(key) || (heightOfKey(key) ?? base) < base) old.push(Uint8Array.from(key));
      if (old.length >= SWEEP_BATCH) await write();
    }
    await write();
    return seen < entries ? undefined : concatBytes(last, Uint8Array.of(0));
  }

  /** What a hash says is read when it is removed, not when it was walked past: the transaction may have been taken again meanwhile. */
  #removals(keys: readonly Uint8Array[], base: Height): KvOp[] {
    const isOld = (key: Uint8Array): boolean => {
      const place = isTxKey(key) ? this.#kv.get(key) : undefined;
      return place === undefined || decodePlace(place).height < base;
    };
    return keys.filter(isOld).map((key) => ({ key, value: undefined }));
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
