import { EMPTY_BYTES, Fault } from "../primitives/index.js";
import type {
  Definition,
  Item,
  ItemReader,
  KeySet,
  KeySetReader,
  MapReader,
  Otherwise,
  Range,
  Sequence,
  SequenceReader,
  StoreMap,
} from "./collection-types.js";
import type { KeyCodec } from "./key-codecs.js";
import { MapView, WritableMap } from "./map-view.js";
import type { MapShape } from "./map-view.js";
import type { Page, PageRequest } from "./paging.js";
import type { ReadStore, Store } from "./types.js";
import { u64Value } from "./value-codecs.js";
import type { ValueCodec } from "./value-codecs.js";

/** Present in a key set. One byte, because ICS23 cannot prove an empty value. */
const PRESENT = Uint8Array.of(1);

const presence: ValueCodec<true> = {
  encode: () => PRESENT,
  decode(bytes) {
    if (bytes.length !== 1 || bytes[0] !== 1) throw new Fault("not the mark of a key set");
    return true;
  },
};

/** The one key of an item: nothing after the prefix byte. */
const soleKey: KeyCodec<undefined> = {
  encode: () => EMPTY_BYTES,
  read: (_, from) => [undefined, from],
  encodePrefix: () => EMPTY_BYTES,
};

function shapeOf<K, V, P>(prefix: number, key: KeyCodec<K, P>, value: ValueCodec<V>): MapShape<K, V, P> {
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > 255)
    throw new Fault("a prefix is one byte", { prefix });
  return { id: Uint8Array.of(prefix), key, value };
}

/** Keys to values under one prefix byte. */
export function map<K, V, P>(
  prefix: number,
  key: KeyCodec<K, P>,
  value: ValueCodec<V>,
): Definition<MapReader<K, V, P>, StoreMap<K, V, P>> {
  const shape = shapeOf(prefix, key, value);
  return {
    prefix,
    read: (store, name) => new MapView(store, name, shape),
    open: (store, name) => new WritableMap(store, name, shape),
  };
}

class SetView<K, P> implements KeySetReader<K, P> {
  readonly #view: MapView<K, true, P>;

  constructor(view: MapView<K, true, P>) {
    this.#view = view;
  }

  has(key: K): boolean {
    return this.#view.has(key);
  }

  keys(range?: Range<K, P>): Iterable<K> {
    return this.#view.keys(range);
  }

  page(request: PageRequest | undefined, options?: { readonly prefix?: P }): Page<K> {
    const { entries, pagination } = this.#view.page(request, options);
    return { entries: entries.map(([k]) => k), pagination };
  }
}

class WritableSet<K, P> extends SetView<K, P> implements KeySet<K, P> {
  readonly #map: WritableMap<K, true, P>;

  constructor(map: WritableMap<K, true, P>) {
    super(map);
    this.#map = map;
  }

  add(key: K): void {
    this.#map.set(key, true);
  }

  delete(key: K): void {
    this.#map.delete(key);
  }
}

/** A set of keys under one prefix byte. */
export function keySet<K, P>(
  prefix: number,
  key: KeyCodec<K, P>,
): Definition<KeySetReader<K, P>, KeySet<K, P>> {
  const shape = shapeOf(prefix, key, presence);
  return {
    prefix,
    read: (store, name) => new SetView(new MapView(store, name, shape)),
    open: (store, name) => new WritableSet(new WritableMap(store, name, shape)),
  };
}

class ItemView<V> implements ItemReader<V> {
  readonly #view: MapView<undefined, V, readonly []>;

  constructor(view: MapView<undefined, V, readonly []>) {
    this.#view = view;
  }

  get(): V | undefined {
    return this.#view.get(undefined);
  }

  getOrFail(otherwise?: Otherwise): V {
    return this.#view.getOrFail(undefined, otherwise);
  }

  has(): boolean {
    return this.#view.has(undefined);
  }
}

class WritableItem<V> extends ItemView<V> implements Item<V> {
  readonly #map: WritableMap<undefined, V, readonly []>;

  constructor(map: WritableMap<undefined, V, readonly []>) {
    super(map);
    this.#map = map;
  }

  set(value: V): void {
    this.#map.set(undefined, value);
  }

  delete(): void {
    this.#map.delete(undefined);
  }
}

/** One value under one prefix byte. */
export function item<V>(prefix: number, value: ValueCodec<V>): Definition<ItemReader<V>, Item<V>> {
  const shape = shapeOf(prefix, soleKey, value);
  return {
    prefix,
    read: (store, name) => new ItemView(new MapView(store, name, shape)),
    open: (store, name) => new WritableItem(new WritableMap(store, name, shape)),
  };
}

/** A counter under one prefix byte; the first number it hands out is 1. */
export function sequence(prefix: number): Definition<SequenceReader, Sequence> {
  const stored = item(prefix, u64Value);
  return {
    prefix,
    read(store, name) {
      const next = stored.read(store, name);
      return { peek: () => next.get() ?? 1n };
    },
    open(store, name) {
      const next = stored.open(store, name);
      const peek = (): bigint => next.get() ?? 1n;
      return {
        peek,
        next() {
          const value = peek();
          next.set(value + 1n);
          return value;
        },
        set: (value) => next.set(value),
      };
    },
  };
}

type Definitions = Readonly<Record<string, Definition<unknown, unknown>>>;

/** A module's state: its collections by name, to be opened on that module's store. */
export interface Schema<D extends Definitions> {
  /** Reads and writes. */
  open(store: Store): { readonly [N in keyof D]: ReturnType<D[N]["open"]> };
  /** Reads only: queries, invariants. */
  read(store: ReadStore): { readonly [N in keyof D]: ReturnType<D[N]["read"]> };
}

/** A class over a store of which each property opens one collection when it is asked for: most callers use one of many. */
function opener<S extends ReadStore>(
  module: string,
  names: readonly string[],
  open: (name: string, store: S, title: string) => unknown,
): new (store: S) => object {
  class Opened {
    readonly store: S;
    constructor(store: S) {
      this.store = store;
    }
  }
  for (const name of names) {
    const title = `${module}.${name}`;
    const get = function (this: Opened): unknown {
      return open(name, this.store, title);
    };
    Object.defineProperty(Opened.prototype, name, { get });
  }
  return Opened;
}

/**
 * Declares the collections of one module. Prefix bytes are state format: never reused, never renumbered.
 *
 * @throws Fault when two collections share a prefix.
 */
export function defineSchema<D extends Definitions>(module: string, definitions: D): Schema<D> {
  // eslint-disable-next-line determinism/core -- a literal of the sources, opened by name
  const names = Object.keys(definitions) as (keyof D & string)[];
  const owners = new Map<number, string>();
  for (const name of names) {
    const prefix = (definitions[name] as Definition<unknown, unknown>).prefix;
    const owner = owners.get(prefix);
    if (owner !== undefined)
      throw new Fault("two collections share a prefix", { module, prefix, name, owner });
    owners.set(prefix, name);
  }
  const open = opener(module, names, (name, store: Store, title) => (definitions[name] as Definition<unknown, unknown>).open(store, title));
  const read = opener(module, names, (name, store: ReadStore, title) => (definitions[name] as Definition<unknown, unknown>).read(store, title));
  return {
    open: (store) => new open(store) as { readonly [N in keyof D]: ReturnType<D[N]["open"]> },
    read: (store) => new read(store) as { readonly [N in keyof D]: ReturnType<D[N]["read"]> },
  };
}
