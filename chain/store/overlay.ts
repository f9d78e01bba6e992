import { Fault, keyText } from "../primitives/index.js";

/** A pending write; `value` undefined is a deletion. Replaced, never mutated, so a snapshot of entries stays true. */
export interface DirtyEntry {
  readonly text: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Below this many new keys, inserting each in place beats merging two sorted lists. */
const INSERT_LIMIT = 16;

/** First index whose text is not below `text`. */
function lowerBound(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mergeSorted(a: readonly string[], b: readonly string[]): string[] {
  const out: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    out.push((a[i] as string) < (b[j] as string) ? (a[i++] as string) : (b[j++] as string));
  }
  while (i < a.length) out.push(a[i++] as string);
  while (j < b.length) out.push(b[j++] as string);
  return out;
}

/** The dirty keys of a branch: constant-time lookups, and an order that is built only when somebody asks for it. */
export class Overlay {
  readonly #entries = new Map<string, DirtyEntry>();
  #sorted: string[] = [];
  #fresh: string[] = [];

  get size(): number {
    return this.#entries.size;
  }

  find(text: string): DirtyEntry | undefined {
    return this.#entries.get(text);
  }

  /** @throws Fault on an empty key. */
  put(key: Uint8Array, value: Uint8Array | undefined): void {
    if (key.length === 0) throw new Fault("a store key has at least one byte");
    this.adopt({ text: keyText(key), key, value });
  }

  /** Takes an entry over from another overlay: the text of its key is at hand. */
  adopt(entry: DirtyEntry): void {
    const before = this.#entries.size;
    this.#entries.set(entry.text, entry);
    if (this.#entries.size !== before) this.#fresh.push(entry.text);
  }

  /** Gives every entry to another overlay, in no particular order: that one sorts when it is asked to. */
  moveTo(other: Overlay): void {
    // eslint-disable-next-line determinism/core -- one entry for each key, and an overlay orders what it is asked for
    for (const entry of this.#entries.values()) other.adopt(entry);
    this.clear();
  }

  clear(): void {
    if (this.#entries.size === 0) return;
    this.#entries.clear();
    this.#sorted = [];
    this.#fresh = [];
  }

  /** The dirty entries with start <= key < end, ascending, as they are now. */
  range(start?: Uint8Array, end?: Uint8Array): DirtyEntry[] {
    const sorted = this.#settle();
    const from = start === undefined ? 0 : lowerBound(sorted, keyText(start));
    const to = end === undefined ? sorted.length : lowerBound(sorted, keyText(end));
    const out: DirtyEntry[] = [];
    for (let i = from; i < to; i++) {
      const entry = this.#entries.get(sorted[i] as string);
      if (entry !== undefined) out.push(entry);
    }
    return out;
  }

  #settle(): readonly string[] {
    if (this.#fresh.length > INSERT_LIMIT) {
      this.#fresh.sort((a, b) => (a < b ? -1 : 1)); // distinct by construction
      this.#sorted = mergeSorted(this.#sorted, this.#fresh);
    } else {
      for (const text of this.#fresh) this.#sorted.splice(lowerBound(this.#sorted, text), 0, text);
    }
    this.#fresh = [];
    return this.#sorted;
  }
}
