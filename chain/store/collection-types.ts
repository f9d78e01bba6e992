import type { Reject } from "../primitives/index.js";
import type { Page, PageRequest } from "./paging.js";
import type { ReadStore, Store } from "./types.js";

/** Which part of a collection to walk; everything, ascending, when empty. */
export interface Range<K, P = readonly []> {
  /** Leading parts of a tuple key. */
  readonly prefix?: P;
  /** Inclusive. */
  readonly start?: K;
  /** Exclusive. */
  readonly end?: K;
  readonly reverse?: boolean;
  /** At most so many entries. */
  readonly limit?: number;
}

/** How to page: within a prefix, and only entries that pass `keep`. */
export interface PageOptions<K, V, P> {
  readonly prefix?: P;
  readonly keep?: (key: K, value: V) => boolean;
}

/** Makes the Reject for something absent; without one, absence is a Fault. */
export type Otherwise = () => Reject;

/** The reading side of one value. */
export interface ItemReader<V> {
  get(): V | undefined;
  /** @throws what `otherwise` makes, or Fault, when it was never set. */
  getOrFail(otherwise?: Otherwise): V;
  has(): boolean;
}

/** One value. */
export interface Item<V> extends ItemReader<V> {
  set(value: V): void;
  delete(): void;
}

/** The reading side of a map. Iterations run in key order and see the state as it was at the call. */
export interface MapReader<K, V, P = readonly []> {
  get(key: K): V | undefined;
  /** @throws what `otherwise` makes, or Fault, when the key is absent. */
  getOrFail(key: K, otherwise?: Otherwise): V;
  has(key: K): boolean;
  entries(range?: Range<K, P>): Iterable<readonly [K, V]>;
  keys(range?: Range<K, P>): Iterable<K>;
  values(range?: Range<K, P>): Iterable<V>;
  /** One page for a query. @throws Reject sdk/18 on a request with both key and offset. */
  page(request: PageRequest | undefined, options?: PageOptions<K, V, P>): Page<readonly [K, V]>;
}

/** Keys to values. */
export interface StoreMap<K, V, P = readonly []> extends MapReader<K, V, P> {
  set(key: K, value: V): void;
  /** Deleting an absent key changes nothing. */
  delete(key: K): void;
}

/** The reading side of a set of keys. */
export interface KeySetReader<K, P = readonly []> {
  has(key: K): boolean;
  keys(range?: Range<K, P>): Iterable<K>;
  page(request: PageRequest | undefined, options?: { readonly prefix?: P }): Page<K>;
}

/** Keys alone. */
export interface KeySet<K, P = readonly []> extends KeySetReader<K, P> {
  add(key: K): void;
  delete(key: K): void;
}

/** The reading side of a counter. */
export interface SequenceReader {
  /** What the next call of `next` will return. */
  peek(): bigint;
}

/** Hands out 1, 2, 3, ... */
export interface Sequence extends SequenceReader {
  next(): bigint;
  /** Continues from here; genesis import. */
  set(next: bigint): void;
}

/** One collection of a schema: a one-byte prefix and what to make of the keys under it. */
export interface Definition<Reader, Writer> {
  readonly prefix: number;
  read(store: ReadStore, name: string): Reader;
  open(store: Store, name: string): Writer;
}
