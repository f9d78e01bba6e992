import { keyText } from "../primitives/index.js";
import type { MutableTree, TreeView } from "./iavl/index.js";
import type { Entry, IterateOptions, ReadStore, Store } from "./types.js";

/** A store that can be asked with the text of a key at hand, so that layers above one another build it once. */
export interface TextStore extends ReadStore {
  lookup(text: string, key: Uint8Array): Uint8Array | undefined;
  holds(text: string, key: Uint8Array): boolean;
}

export function isTextStore(store: ReadStore): store is TextStore {
  return "lookup" in store;
}

/** What one remembered answer takes beside its bytes: key text, array, a decoded value noted on it. */
const ENTRY_BYTES = 300;

/** Memory that the stores of a chain share: when half of it is full, all of them drop what was not used since half of it was full before. */
export class AnswerBudget {
  readonly #half: number;
  readonly #stores: CommittedValues[] = [];
  #room: number;

  constructor(bytes: number) {
    this.#half = bytes >>> 1;
    this.#room = this.#half;
  }

  /** The memory of one more store. */
  open(): CommittedValues {
    const store = new CommittedValues((bytes) => this.#spend(bytes));
    this.#stores.push(store);
    return store;
  }

  #spend(bytes: number): void {
    this.#room -= bytes;
    if (this.#room > 0) return;
    this.#room = this.#half;
    for (const store of this.#stores) store.age();
  }
}

/**
 * What the last committed version of one store answers, from block to block: the same few accounts are checked, proposed and
 * executed again and again, and each way down a tree costs some microseconds. Only speed depends on it.
 */
class CommittedValues {
  readonly #spend: (bytes: number) => void;
  #young = new Map<string, Uint8Array | undefined>();
  #old = new Map<string, Uint8Array | undefined>();

  constructor(spend: (bytes: number) => void) {
    this.#spend = spend;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** `below` answers what is not remembered. */
  lookup(text: string, key: Uint8Array, below: ReadStore): Uint8Array | undefined {
    const young = this.#young.get(text);
    if (young !== undefined || this.#young.has(text)) return young;
    const value = this.#old.has(text) ? this.#old.get(text) : below.get(key);
    this.put(text, value);
    return value;
  }

  put(text: string, value: Uint8Array | undefined): void {
    this.#young.set(text, value);
    this.#spend(ENTRY_BYTES + text.length + (value === undefined ? 0 : 4 * value.length));
  }

  /** Drops what was not used since the last time. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}

/** Asks for a key by its text. */
abstract class TextReader implements TextStore {
  abstract lookup(text: string, key: Uint8Array): Uint8Array | undefined;
  abstract iterate(start?: Uint8Array, end?: Uint8Array, options?: IterateOptions): Iterable<Entry>;

  get(key: Uint8Array): Uint8Array | undefined {
    return this.lookup(keyText(key), key);
  }

  has(key: Uint8Array): boolean {
    return this.holds(keyText(key), key);
  }

  holds(text: string, key: Uint8Array): boolean {
    return this.lookup(text, key) !== undefined;
  }
}

/** The working version of one store over what its committed version is remembered to answer. */
export class WorkingStore extends TextReader implements Store {
  readonly #tree: MutableTree;
  readonly #values: CommittedValues;
  /** Written since the last commit. */
  readonly #written = new Map<string, Uint8Array | undefined>();

  constructor(tree: MutableTree, budget: AnswerBudget) {
    super();
    this.#tree = tree;
    this.#values = budget.open();
  }

  /** Answers of the committed version that are held in memory. */
  get remembered(): number {
    return this.#values.size;
  }

  lookup(text: string, key: Uint8Array): Uint8Array | undefined {
    const written = this.#written.get(text);
    if (written !== undefined || this.#written.has(text)) return written;
    return this.#values.lookup(text, key, this.#tree);
  }

  iterate(start?: Uint8Array, end?: Uint8Array, options?: IterateOptions): Iterable<Entry> {
    return this.#tree.iterate(start, end, options);
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.#tree.set(key, value);
    this.#written.set(keyText(key), value);
  }

  delete(key: Uint8Array): void {
    this.#tree.delete(key);
    this.#written.set(keyText(key), undefined);
  }

  /** The tree has saved its working version. */
  committed(): void {
    // eslint-disable-next-line determinism/core -- one entry for each key: their order changes nothing
    for (const [text, value] of this.#written) this.#values.put(text, value);
    this.#written.clear();
  }

  /** The tree has forgotten its working version. */
  rolledBack(): void {
    this.#written.clear();
  }

  /** The tree stands at another version. */
  loaded(): void {
    this.#written.clear();
    this.#values.clear();
  }

  /** A committed version; `isLast`: whether it still is the one that is remembered. */
  view(view: TreeView, isLast: () => boolean): TextStore {
    return new CommittedView(view, this.#values, isLast);
  }
}

class CommittedView extends TextReader {
  readonly #view: TreeView;
  readonly #values: CommittedValues;
  readonly #isLast: () => boolean;

  constructor(view: TreeView, values: CommittedValues, isLast: () => boolean) {
    super();
    this.#view = view;
    this.#values = values;
    this.#isLast = isLast;
  }

  lookup(text: string, key: Uint8Array): Uint8Array | undefined {
    return this.#isLast() ? this.#values.lookup(text, key, this.#view) : this.#view.get(key);
  }

  iterate(start?: Uint8Array, end?: Uint8Array, options?: IterateOptions): Iterable<Entry> {
    return this.#view.iterate(start, end, options);
  }
}
