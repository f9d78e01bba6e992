/** What state looks like to a module: ordered bytes to bytes. Values and keys are frozen by convention: never mutate one. */

export type Entry = readonly [key: Uint8Array, value: Uint8Array];

export interface IterateOptions {
  /** Largest key first. Bounds keep their meaning: start inclusive, end exclusive. */
  readonly reverse?: boolean;
}

/** The reading side: a committed version, a branch, or a metered view of either. */
export interface ReadStore {
  get(key: Uint8Array): Uint8Array | undefined;
  has(key: Uint8Array): boolean;
  /**
   * Entries with start <= key < end in byte order; a missing bound is open. On a branch the iteration sees the
   * branch's writes as they were at the call, so the loop's body may set and delete.
   */
  iterate(start?: Uint8Array, end?: Uint8Array, options?: IterateOptions): Iterable<Entry>;
}

/** A store one may write. */
export interface Store extends ReadStore {
  /** @throws Fault on an empty key. An empty value is allowed, but ICS23 cannot prove it. */
  set(key: Uint8Array, value: Uint8Array): void;
  /** Deleting a missing key changes nothing. */
  delete(key: Uint8Array): void;
}

/** The named stores of a chain, one per module. */
export interface ReadStores {
  /** @throws Fault for a name that was not registered. */
  store(name: string): ReadStore;
}

/** Named stores one may write. */
export interface Stores extends ReadStores {
  /** @throws Fault for a name that was not registered. */
  store(name: string): Store;
}
