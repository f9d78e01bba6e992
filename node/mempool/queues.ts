/**
 * The waiting transactions in their order: a queue by sequence per account, and beside it those that have no order. Knows what
 * to propose first and what to drop first; knows nothing of the application.
 */
import { compareBigints } from "../../chain/primitives/index.js";
import { Heap } from "./heap.js";

/** One waiting transaction. */
export interface Entry {
  /** Its hash. */
  readonly key: string;
  readonly tx: Uint8Array;
  /** Whose it is; the hash where the application does not say. */
  readonly account: string;
  readonly isUnordered: boolean;
  /** Place among the account's ordered transactions. */
  readonly sequence: bigint;
  /** What it pays per unit of gas; higher first. */
  readonly priority: bigint;
  readonly gasWanted: bigint;
  /** Order of arrival. */
  readonly number: number;
  /** Height at which it arrived. */
  readonly height: bigint;
}

/** What must fit beside the waiting transactions. */
export interface Newcomer {
  readonly account: string;
  readonly isUnordered: boolean;
  readonly priority: bigint;
  readonly bytes: number;
}

export interface QueueLimits {
  readonly maxTxs: number;
  readonly maxBytes: number;
}

interface Account {
  /** By sequence. */
  readonly ordered: Entry[];
  readonly unordered: Map<string, Entry>;
}

/** The last of a queue: the only place where something can be dropped without leaving a gap. */
interface Candidate {
  readonly entry: Entry;
  readonly worth: bigint;
}

/** Candidates that are none any more may pile up to this many beyond the live ones before the heap is built anew. */
const SPARE_CANDIDATES = 1_024;

export class Queues {
  readonly #limits: QueueLimits;
  readonly #byHash = new Map<string, Entry>();
  readonly #accounts = new Map<string, Account>();
  #cheapest = emptyCandidates();
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byHash.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Entry | undefined {
    return this.#byHash.get(key);
  }

  entries(): readonly Entry[] {
    return [...this.#byHash.values()];
  }

  accounts(): readonly string[] {
    return [...this.#accounts.keys()];
  }

  /** An account's transactions: the ordered by sequence, then the others as they came. */
  of(account: string): readonly Entry[] {
    const found = this.#accounts.get(account);
    return found === undefined ? [] : [...found.ordered, ...found.unordered.values()];
  }

  countOf(account: string): number {
    const found = this.#accounts.get(account);
    return found === undefined ? 0 : found.ordered.length + found.unordered.size;
  }

  fits(bytes: number): boolean {
    return this.#byHash.size < this.#limits.maxTxs && this.#bytes + bytes <= this.#limits.maxBytes;
  }

  add(entry: Entry): void {
    const account = this.#accounts.get(entry.account) ?? { ordered: [], unordered: new Map<string, Entry>() };
    this.#accounts.set(entry.account, account);
    if (entry.isUnordered) account.unordered.set(entry.key, entry);
    else insert(account.ordered, entry);
    this.#byHash.set(entry.key, entry);
    this.#bytes += entry.tx.length;
    this.#offer(entry.isUnordered ? entry : account.ordered.at(-1));
  }

  remove(key: string): Entry | undefined {
    const entry = this.#byHash.get(key);
    const account = entry === undefined ? undefined : this.#accounts.get(entry.account);
    if (entry === undefined || account === undefined) return undefined;
    this.#byHash.delete(key);
    this.#bytes -= entry.tx.length;
    if (entry.isUnordered) account.unordered.delete(key);
    else account.ordered.splice(account.ordered.indexOf(entry), 1);
    if (account.ordered.length + account.unordered.size === 0) this.#accounts.delete(entry.account);
    this.#offer(account.ordered.at(-1));
    return entry;
  }

  /** An ordered transaction and those that can only follow it. */
  withFollowers(entry: Entry): readonly Entry[] {
    if (entry.isUnordered) return [entry];
    return this.#accounts.get(entry.account)?.ordered.filter((e) => e.sequence >= entry.sequence) ?? [];
  }

  /**
   * Drops the cheapest until the newcomer fits: always the last of a queue, never one of the newcomer's own account, and only
   * what pays less than the newcomer would. A transaction that waits behind cheaper ones of its account is worth what they are.
   * @returns what was dropped, or undefined, with nothing changed, when that makes too little room.
   */
  makeRoom(newcomer: Newcomer): readonly Entry[] | undefined {
    const worth = this.#worthOf(newcomer);
    const dropped: Entry[] = [];
    while (!this.fits(newcomer.bytes)) {
      const cheapest = this.#takeCheapest(worth, newcomer.account);
      if (cheapest === undefined) {
        for (const entry of dropped.toReversed()) this.add(entry);
        return undefined;
      }
      this.remove(cheapest.key);
      dropped.push(cheapest);
    }
    return dropped;
  }

  /** The best next transaction first; ordered ones of an account by sequence. */
  *inOrder(): Generator<Entry> {
    const heads = new Heap<{ readonly queue: readonly Entry[]; readonly at: number; readonly entry: Entry }>((a, b) =>
      isBefore(a.entry, b.entry),
    );
    for (const { ordered, unordered } of this.#accounts.values()) {
      const [first] = ordered;
      if (first !== undefined) heads.push({ queue: ordered, at: 0, entry: first });
      for (const entry of unordered.values()) heads.push({ queue: [], at: 0, entry });
    }
    for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
      yield head.entry;
      const at = head.at + 1;
      const entry = head.queue[at];
      if (entry !== undefined) heads.push({ queue: head.queue, at, entry });
    }
  }

  #worthOf({ account, isUnordered, priority }: Newcomer): bigint {
    const ordered = isUnordered ? [] : (this.#accounts.get(account)?.ordered ?? []);
    return least(ordered, priority);
  }

  #offer(entry: Entry | undefined): void {
    if (entry === undefined) return;
    this.#cheapest.push({ entry, worth: this.#worthNow(entry) });
    if (this.#cheapest.size > 2 * this.#byHash.size + SPARE_CANDIDATES) this.#rebuild();
  }

  #worthNow(entry: Entry): bigint {
    if (entry.isUnordered) return entry.priority;
    return least(this.#accounts.get(entry.account)?.ordered ?? [], entry.priority);
  }

  /** The cheapest last transaction worth less than `worth` of another account; it stays in the pool. */
  #takeCheapest(worth: bigint, except: string): Entry | undefined {
    const passed: Candidate[] = [];
    let found: Entry | undefined;
    while (found === undefined) {
      const candidate = this.#cheapest.pop();
      if (candidate === undefined) break;
      const current = this.#current(candidate);
      if (current === undefined) continue;
      if (current.worth !== candidate.worth) this.#cheapest.push(current);
      else if (current.worth >= worth) passed.push(current);
      else if (current.entry.account === except) passed.push(current);
      else found = current.entry;
      if (current.worth === candidate.worth && current.worth >= worth) break;
    }
    for (const candidate of passed) this.#cheapest.push(candidate);
    return found;
  }

  /** undefined for what has gone, or is the last no more. Its worth rises when cheaper ones before it were taken. */
  #current({ entry }: Candidate): Candidate | undefined {
    if (this.#byHash.get(entry.key) !== entry) return undefined;
    if (!entry.isUnordered && this.#accounts.get(entry.account)?.ordered.at(-1) !== entry) return undefined;
    return { entry, worth: this.#worthNow(entry) };
  }

  #rebuild(): void {
    this.#cheapest = emptyCandidates();
    for (const { ordered, unordered } of this.#accounts.values()) {
      const last = ordered.at(-1);
      for (const entry of [...(last === undefined ? [] : [last]), ...unordered.values()]) {
        this.#cheapest.push({ entry, worth: this.#worthNow(entry) });
      }
    }
  }
}

function emptyCandidates(): Heap<Candidate> {
  return new Heap<Candidate>((a, b) =>
    a.worth !== b.worth ? a.worth < b.worth : a.entry.number > b.entry.number,
  );
}

function insert(ordered: Entry[], entry: Entry): void {
  let at = ordered.length;
  while (at > 0 && compareBigints(ordered[at - 1]?.sequence ?? 0n, entry.sequence) > 0) at--;
  ordered.splice(at, 0, entry);
}

function least(entries: readonly Entry[], priority: bigint): bigint {
  return entries.reduce((low, e) => (e.priority < low ? e.priority : low), priority);
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.number < b.number;
}
