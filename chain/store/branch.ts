import { keyText } from "../primitives/index.js";
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

/** What a branch over a still parent remembers at most: enough for every account of the largest block. */
const MAX_REMEMBERED = 200_000;

class StoreBranch implements ReadStore {
  protected readonly overlay = new Overlay();
  readonly #parent: ReadStore;
  /** What the parent answered, where it cannot change under the branch. */
  readonly #answers: Map<string, Uint8Array | undefined> | undefined;

  constructor(parent: ReadStore, isStill = false) {
    this.#parent = parent;
    this.#answers = isStill ? new Map() : undefined;
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

  /** `has` with the text of the key at hand. A metered parent asks another price for `has` than for `get`. */
  holds(text: string, key: Uint8Array): boolean {
    const own = this.overlay.find(text);
    if (own !== undefined) return own.value !== undefined;
    if (this.#parent instanceof StoreBranch) return this.#parent.holds(text, key);
    return this.#answers === undefined ? this.#parent.has(key) : this.#recall(this.#answers, text, key) !== undefined;
  }

  /** `get` with the text of the key at hand, so that nested branches build it once. */
  lookup(text: string, key: Uint8Array): Uint8Array | undefined {
    const own = this.overlay.find(text);
    if (own !== undefined) return own.value;
    if (this.#parent instanceof StoreBranch) return this.#parent.lookup(text, key);
    return this.#answers === undefined ? this.#parent.get(key) : this.#recall(this.#answers, text, key);
  }

  #recall(answers: Map<string, Uint8Array | undefined>, text: string, key: Uint8Array): Uint8Array | undefined {
    const known = answers.get(text);
    if (known !== undefined || answers.has(text)) return known;
    const value = this.#parent.get(key);
    if (answers.size >= MAX_REMEMBERED) answers.clear();
    answers.set(text, value);
    return value;
  }

  /** The parent changed after all. */
  protected forget(): void {
    this.#answers?.clear();
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

  constructor(parent: Store, isStill: boolean) {
    super(parent, isStill);
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
    this.forget();
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

/**
 * A branch that can be flushed into its parent. `isStill`: nobody else writes to the parent as long as the branch is used, and reading it
 * costs no gas, so what it answered is remembered: the same few accounts are read many times in a block.
 */
export function createBranch(parent: Store, isStill = false): Branch {
  return new FlushingBranch(parent, isStill);
}

/** A store with nothing in it. */
export const EMPTY_STORE: ReadStore = { get: () => undefined, has: () => false, iterate: () => [] };

/** Writes over something read-only that are only ever discarded: CheckTx, simulation, or (over nothing) a test's state. `isStill` as above. */
export function createScratchStore(parent: ReadStore = EMPTY_STORE, isStill = false): Store & { discard(): void } {
  return new StoreBranch(parent, isStill);
}
