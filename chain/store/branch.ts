import { keyText } from "../primitives/index.js";
import { isTextStore } from "./committed-values.js";
import type { TextStore } from "./committed-values.js";
import { Overlay } from "./overlay.js";
import type { DirtyEntry } from "./overlay.js";
import type { Entry, IterateOptions, ReadStore, Store } from "./types.js";

/** A copy-on-write view: reads fall through to the parent, writes stay here until `flush`. Branches nest. */
export interface Branch extends Store {
  /** Number of keys written here and not yet flushed. */
  readonly dirty: number;
  /** Writes every dirty key to the parent in byte order of the keys (the tree's shape depends on it) and empties the branch. */
  flush(): void;
  /** Forgets every write. */
  discard(): void;
}

class StoreBranch implements TextStore {
  protected readonly overlay = new Overlay();
  readonly #parent: ReadStore;
  /** The parent, where it can be asked with the text of a key. */
  readonly #texts: TextStore | undefined;

  constructor(parent: ReadStore) {
    this.#parent = parent;
    this.#texts = isTextStore(parent) ? parent : undefined;
  }

  get dirty(): number {
    return this.overlay.size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.lookup(keyText(key), key);
  }

  has(key: Uint8Array): boolean {
    return this.holds(keyText(key), key);
  }

  /** A metered parent asks another price for `has` than for `get`. */
  holds(text: string, key: Uint8Array): boolean {
    const own = this.overlay.find(text);
    if (own !== undefined) return own.value !== undefined;
    return this.#texts === undefined ? this.#parent.has(key) : this.#texts.holds(text, key);
  }

  lookup(text: string, key: Uint8Array): Uint8Array | undefined {
    const own = this.overlay.find(text);
    if (own !== undefined) return own.value;
    return this.#texts === undefined ? this.#parent.get(key) : this.#texts.lookup(text, key);
  }

  iterate(start?: Uint8Array, end?: Uint8Array, options?: IterateOptions): Iterable<Entry> {
    const own = this.overlay.range(start, end);
    const below = this.#parent.iterate(start, end, options);
    if (own.length === 0) return below;
    return merge(below, options?.reverse === true ? own.reverse() : own, options?.reverse === true ? -1 : 1);
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.overlay.put(key, value);
  }

  delete(key: Uint8Array): void {
    this.overlay.put(key, undefined);
  }

  discard(): void {
    this.overlay.clear();
  }

  /** What a branch of this one wrote. */
  take(overlay: Overlay): void {
    overlay.moveTo(this.overlay);
  }
}

class FlushingBranch extends StoreBranch implements Branch {
  readonly #target: Store;

  constructor(parent: Store) {
    super(parent);
    this.#target = parent;
  }

  flush(): void {
    if (this.#target instanceof StoreBranch) {
      this.#target.take(this.overlay);
      return;
    }
    for (const { key, value } of this.overlay.range()) {
      if (value === undefined) this.#target.delete(key);
      else this.#target.set(key, value);
    }
    this.overlay.clear();
  }
}

function* merge(below: Iterable<Entry>, own: readonly DirtyEntry[], direction: 1 | -1): Generator<Entry> {
  let at = 0;
  for (const entry of below) {
    const text = keyText(entry[0]);
    let next = own[at];
    while (next !== undefined && (direction === 1 ? next.text < text : next.text > text)) {
      if (next.value !== undefined) yield [next.key, next.value];
      next = own[++at];
    }
    if (next === undefined || next.text !== text) {
      yield entry;
      continue;
    }
    if (next.value !== undefined) yield [next.key, next.value];
    at++;
  }
  for (; at < own.length; at++) {
    const { key, value } = own[at] as DirtyEntry;
    if (value !== undefined) yield [key, value];
  }
}

/** A branch that can be flushed into its parent. */
export function createBranch(parent: Store): Branch {
  return new FlushingBranch(parent);
}

/** A store with nothing in it. */
export const EMPTY_STORE: ReadStore = { get: () => undefined, has: () => false, iterate: () => [] };

/** Writes over something read-only that are only ever discarded: CheckTx, simulation, or (over nothing) a test's state. */
export function createScratchStore(parent: ReadStore = EMPTY_STORE): Store & { discard(): void } {
  return new StoreBranch(parent);
}
