import { EMPTY_BYTES, Fault } from "../primitives/index.js";
import type {
  Definition,
  Item,
  ItemReader,
  KeySet,
  KeySetReader,
  MapReader,
  Sequence,
  SequenceReader,
  StoreMap,
} from "./collection-types.js";
import type { KeyCodec } from "./key-codecs.js";
import { MapView, WritableMap } from "./map-view.js";
import type { MapShape } from "./map-view.js";
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

/** A set of keys under one prefix byte. */
export function keySet<K, P>(
  prefix: number,
  key: KeyCodec<K, P>,
): Definition<KeySetReader<K, P>, KeySet<K, P>> {
  const shape = shapeOf(prefix, key, presence);
  const reader = (view: MapView<K, true, P>): KeySetReader<K, P> => ({
    has: (k) => view.has(k),
    keys: (range) => view.keys(range),
    page(request, options) {
      const { entries, pagination } = view.page(request, options);
      return { entries: entries.map(([k]) => k), pagination };
    },
  });
  return {
    prefix,
    read: (store, name) => reader(new MapView(store, name, shape)),
    open(store, name) {
      const target = new WritableMap(store, name, shape);
      return { ...reader(target), add: (k) => target.set(k, true), delete: (k) => target.delete(k) };
    },
  };
}

/** One value under one prefix byte. */
export function item<V>(prefix: number, value: ValueCodec<V>): Definition<ItemReader<V>, Item<V>> {
  const shape = shapeOf(prefix, soleKey, value);
  const reader = (view: MapView<undefined, V, readonly []>): ItemReader<V> => ({
    get: () => view.get(undefined),
    getOrFail: (otherwise) => view.getOrFail(undefined, otherwise),
    has: () => view.has(undefined),
  });
  return {
    prefix,
    read: (store, name) => reader(new MapView(store, name, shape)),
    open(store, name) {
      const target = new WritableMap(store, name, shape);
      return {
        ...reader(target),
        set: (v) => target.set(undefined, v),
        delete: () => target.delete(undefined),
      };
    },
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
  const each = <T>(make: (definition: Definition<unknown, unknown>, title: string) => unknown): T => {
    const made: Record<string, unknown> = {};
    for (const name of names)
      made[name] = make(definitions[name] as Definition<unknown, unknown>, `${module}.${name}`);
    return made as T;
  };
  return {
    open: (store) => each((definition, title) => definition.open(store, title)),
    read: (store) => each((definition, title) => definition.read(store, title)),
  };
}
