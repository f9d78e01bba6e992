import { Fault, compareBytes, concatBytes, prefixEnd } from "../primitives/index.js";
import type { MapReader, Otherwise, PageOptions, Range, StoreMap } from "./collection-types.js";
import { parseKey } from "./key-codecs.js";
import type { KeyCodec } from "./key-codecs.js";
import { pageEntries } from "./paging.js";
import type { Page, PageRequest } from "./paging.js";
import type { Entry, ReadStore, Store } from "./types.js";
import type { ValueCodec } from "./value-codecs.js";

function undecodable(name: string, cause: unknown): Fault {
  return new Fault("stored state does not decode", { collection: name, cause: String(cause) });
}

function absent(name: string, otherwise: Otherwise | undefined): Error {
  return otherwise === undefined ? new Fault("state is missing", { collection: name }) : otherwise();
}

function later(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) < 0 ? b : a;
}

function earlier(a: Uint8Array | undefined, b: Uint8Array): Uint8Array {
  return a === undefined || compareBytes(b, a) < 0 ? b : a;
}

function* take<T>(entries: Iterable<Entry>, limit: number, decode: (entry: Entry) => T): Generator<T> {
  let left = limit;
  if (left <= 0) return;
  for (const entry of entries) {
    yield decode(entry);
    if (--left <= 0) return;
  }
}

/** What a map is made of: its one-byte prefix and the two codecs. */
export interface MapShape<K, V, P> {
  readonly id: Uint8Array;
  readonly key: KeyCodec<K, P>;
  readonly value: ValueCodec<V>;
}

/** The reading side of a map over any store. */
export class MapView<K, V, P> implements MapReader<K, V, P> {
  protected readonly shape: MapShape<K, V, P>;
  readonly #store: ReadStore;
  readonly #name: string;

  constructor(store: ReadStore, name: string, shape: MapShape<K, V, P>) {
    this.#store = store;
    this.#name = name;
    this.shape = shape;
  }

  get(key: K): V | undefined {
    const bytes = this.#store.get(this.storeKey(key));
    return bytes === undefined ? undefined : this.#decodeValue(bytes);
  }

  getOrFail(key: K, otherwise?: Otherwise): V {
    const value = this.get(key);
    if (value === undefined) throw absent(this.#name, otherwise);
    return value;
  }

  has(key: K): boolean {
    return this.#store.has(this.storeKey(key));
  }

  entries(range?: Range<K, P>): Iterable<readonly [K, V]> {
    return this.#walk(range, ([key, value]) => [this.#decodeKey(key), this.#decodeValue(value)] as const);
  }

  keys(range?: Range<K, P>): Iterable<K> {
    return this.#walk(range, ([key]) => this.#decodeKey(key));
  }

  values(range?: Range<K, P>): Iterable<V> {
    return this.#walk(range, ([, value]) => this.#decodeValue(value));
  }

  page(request: PageRequest | undefined, options: PageOptions<K, V, P> = {}): Page<readonly [K, V]> {
    const accept = ([key, value]: Entry): readonly [K, V] | undefined => {
      const entry = [this.#decodeKey(key), this.#decodeValue(value)] as const;
      return options.keep === undefined || options.keep(entry[0], entry[1]) ? entry : undefined;
    };
    return pageEntries({ store: this.#store, prefix: this.#prefixBytes(options.prefix), accept }, request);
  }

  protected storeKey(key: K): Uint8Array {
    const { id, key: codec } = this.shape;
    const encoded = codec.encode(key);
    if (encoded.length === 0) return id;
    const out = new Uint8Array(encoded.length + 1);
    out[0] = id[0] as number;
    out.set(encoded, 1);
    return out;
  }

  /** Asks the store at once, so that the iteration sees the state of the call; decodes as the caller goes. */
  #walk<T>(range: Range<K, P> = {}, decode: (entry: Entry) => T): Iterable<T> {
    const low = this.#prefixBytes(range.prefix);
    const high = prefixEnd(low);
    const start = range.start === undefined ? low : later(low, this.storeKey(range.start));
    const end = range.end === undefined ? high : earlier(high, this.storeKey(range.end));
    const found = this.#store.iterate(start, end, { reverse: range.reverse === true });
    return take(found, range.limit ?? Number.MAX_SAFE_INTEGER, decode);
  }

  #prefixBytes(prefix: P | undefined): Uint8Array {
    return prefix === undefined
      ? this.shape.id
      : concatBytes(this.shape.id, this.shape.key.encodePrefix(prefix));
  }

  #decodeKey(bytes: Uint8Array): K {
    try {
      return parseKey(this.shape.key, bytes.subarray(1));
    } catch (cause) {
      throw undecodable(this.#name, cause);
    }
  }

  #decodeValue(bytes: Uint8Array): V {
    try {
      return this.shape.value.decode(bytes);
    } catch (cause) {
      throw undecodable(this.#name, cause);
    }
  }
}

/** A map one may write. */
export class WritableMap<K, V, P> extends MapView<K, V, P> implements StoreMap<K, V, P> {
  readonly #target: Store;

  constructor(store: Store, name: string, shape: MapShape<K, V, P>) {
    super(store, name, shape);
    this.#target = store;
  }

  set(key: K, value: V): void {
    this.#target.set(this.storeKey(key), this.shape.value.encode(value));
  }

  delete(key: K): void {
    this.#target.delete(this.storeKey(key));
  }
}
