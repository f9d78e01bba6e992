/**
 * Peers that we have heard of and where they may be reached: who told whom is remembered, so that no one group of hosts
 * can fill the book (after the buckets of CometBFT's and Bitcoin's address books).
 *
 * An address that was never reached is *new* and stands in one of 256 buckets, of which one source group can choose only
 * 32; one that was reached is *tried* and stands in one of 64, of which its own group can choose only 8. Which they are depends on a secret
 * key, so nobody can aim. A full bucket gives up its worst entry.
 */
import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, utf8 } from "../../chain/primitives/index.js";
import { parsePeerAddress } from "./peer-address.js";
import type { PeerAddress } from "./peer-address.js";
import type { PeerId } from "./types.js";

const NEW_BUCKETS = 256;
const NEW_BUCKETS_OF_SOURCE = 32;
const TRIED_BUCKETS = 64;
const TRIED_BUCKETS_OF_GROUP = 8;
const BUCKET_SIZE = 64;
/** After so many failures an address that never worked is forgotten, and one that did is new again. */
const MAX_FAILURES_NEW = 3;
const MAX_FAILURES_TRIED = 10;
const RETRY_MIN_MS = 15_000;
const RETRY_MAX_MS = 3_600_000;

/** Of one answer: a quarter of the book, but never more than 100. Nobody learns the whole book at once. */
export const MAX_TOLD = 100;
const MIN_TOLD = 32;

export interface BookOptions {
  readonly selfId: PeerId;
  /** Never kept and never told. */
  readonly privateIds: ReadonlySet<PeerId>;
  /** Only addresses that mean the same host everywhere. */
  readonly isStrict: boolean;
  /** 32 secret bytes. */
  readonly key: Uint8Array;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** A whole number from 0 to below `n`, by chance. */
  readonly random: (n: number) => number;
}

export interface BookEntry {
  readonly address: PeerAddress;
  /** Group of the host that told us. */
  readonly source: string;
  readonly isTried: boolean;
  /** Dials that failed since the last success. */
  readonly failures: number;
  /** Unix milliseconds; 0 for never. */
  readonly lastAttempt: number;
  readonly lastSuccess: number;
}

/** What became of an address that somebody told us. `ignored`: ours, private, or of no use to us; `full`: its bucket holds better ones. */
export type AddOutcome = "added" | "known" | "ignored" | "full";

export class AddressBook {
  readonly #options: BookOptions;
  readonly #entries = new Map<PeerId, BookEntry>();
  readonly #buckets = new Map<string, Set<PeerId>>();
  #version = 0;

  constructor(options: BookOptions, entries: readonly BookEntry[] = []) {
    this.#options = options;
    for (const entry of entries) if (this.#isWelcome(entry.address)) this.#put(entry);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Changes with every change of an entry. */
  get version(): number {
    return this.#version;
  }

  entries(): readonly BookEntry[] {
    return [...this.#entries.values()];
  }

  has(id: PeerId): boolean {
    return this.#entries.has(id);
  }

  /**
   * Takes what a host of group `source` says. Hearsay never moves a peer that we have reached, nor one whose known address has not
   * failed: otherwise anybody could misdirect us about anybody.
   */
  add(address: PeerAddress, source: string): AddOutcome {
    if (!this.#isWelcome(address)) return "ignored";
    const known = this.#entries.get(address.id);
    if (known !== undefined && (known.isTried || known.failures === 0 || known.address.text === address.text)) return "known";
    const entry = { address, source, isTried: false, failures: 0, lastAttempt: 0, lastSuccess: 0 };
    if (known !== undefined) this.#remove(address.id);
    return this.#put(entry) ? "added" : "full";
  }

  /** A connection of ours to it has opened and the peer is of this chain. */
  succeeded(id: PeerId): void {
    const known = this.#entries.get(id);
    if (known === undefined) return;
    const now = this.#options.now();
    this.#remove(id);
    const tried = { ...known, isTried: true, failures: 0, lastAttempt: now, lastSuccess: now };
    if (!this.#put(tried)) this.#put({ ...tried, isTried: false });
  }

  /** A dial of ours has failed. */
  failed(id: PeerId): void {
    const known = this.#entries.get(id);
    if (known === undefined) return;
    const failed = { ...known, failures: known.failures + 1, lastAttempt: this.#options.now() };
    this.#remove(id);
    if (known.isTried) this.#put(failed.failures < MAX_FAILURES_TRIED ? failed : { ...failed, isTried: false, failures: 1 });
    else if (failed.failures < MAX_FAILURES_NEW) this.#put(failed);
  }

  forget(id: PeerId): void {
    this.#remove(id);
  }

  /** Whom to dial, best first: by chance a tried one or a new one, then by chance within it. Without those that failed lately. */
  candidates(isWanted: (entry: BookEntry) => boolean): readonly PeerAddress[] {
    const now = this.#options.now();
    const due = this.#shuffled(this.entries().filter((entry) => now >= dueAt(entry) && isWanted(entry)));
    const tried = due.filter(({ isTried }) => isTried);
    const fresh = due.filter(({ isTried }) => !isTried);
    const order: PeerAddress[] = [];
    for (let at = { tried: 0, fresh: 0 }; order.length < due.length; ) {
      const isFromTried = at.tried < tried.length && (at.fresh >= fresh.length || this.#options.random(2) === 0);
      const next = isFromTried ? tried[at.tried] : fresh[at.fresh];
      at = isFromTried ? { ...at, tried: at.tried + 1 } : { ...at, fresh: at.fresh + 1 };
      if (next !== undefined) order.push(next.address);
    }
    return order;
  }

  /** What to tell a peer who asks: a random part, most of it tried, without the asker. */
  tell(asker: PeerId): readonly string[] {
    const told = this.entries().filter(({ address, failures }) => address.id !== asker && failures === 0);
    const most = Math.min(MAX_TOLD, Math.max(MIN_TOLD, Math.ceil(told.length / 4)));
    const tried = this.#shuffled(told.filter(({ isTried }) => isTried));
    const fresh = this.#shuffled(told.filter(({ isTried }) => !isTried));
    const share = Math.max(Math.ceil(most * 0.7), most - fresh.length);
    return [...tried.slice(0, share), ...fresh].slice(0, most).map(({ address }) => address.text);
  }

  #isWelcome({ id, isRoutable }: PeerAddress): boolean {
    const { selfId, privateIds, isStrict } = this.#options;
    return id !== selfId && !privateIds.has(id) && (isRoutable || !isStrict);
  }

  #put(entry: BookEntry): boolean {
    const bucket = this.#bucketOf(entry);
    if (bucket.size >= BUCKET_SIZE && !this.#makeRoom(bucket, entry)) return false;
    bucket.add(entry.address.id);
    this.#entries.set(entry.address.id, entry);
    this.#version += 1;
    return true;
  }

  /** The entry that failed most often, else the one that was tried longest ago. A tried one goes back among the new ones. */
  #makeRoom(bucket: ReadonlySet<PeerId>, incoming: BookEntry): boolean {
    const held = [...bucket].flatMap((id) => this.#entries.get(id) ?? []);
    const worst = held.reduce((a, b) => (isWorse(b, a) ? b : a), held[0] ?? incoming);
    if (!incoming.isTried && worst.failures === 0) return false;
    this.#remove(worst.address.id);
    if (worst.isTried) this.#put({ ...worst, isTried: false });
    return true;
  }

  #remove(id: PeerId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#bucketOf(entry).delete(id);
    this.#entries.delete(id);
    this.#version += 1;
  }

  #bucketOf({ address, source, isTried }: BookEntry): Set<PeerId> {
    const name = isTried ? this.#triedBucket(address) : this.#newBucket(address, source);
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) this.#buckets.set(name, (bucket = new Set()));
    return bucket;
  }

  #newBucket({ group }: PeerAddress, source: string): string {
    const slot = this.#hash(NEW_BUCKETS_OF_SOURCE, "new", group, source);
    return `new ${this.#hash(NEW_BUCKETS, "source", source, String(slot))}`;
  }

  #triedBucket({ group, text }: PeerAddress): string {
    const slot = this.#hash(TRIED_BUCKETS_OF_GROUP, "tried", text);
    return `tried ${this.#hash(TRIED_BUCKETS, "group", group, String(slot))}`;
  }

  #hash(below: number, ...parts: readonly string[]): number {
    const [a = 0, b = 0] = sha256(concatBytes(this.#options.key, utf8(parts.join("|"))));
    return ((a << 8) | b) % below;
  }

  #shuffled<T>(items: readonly T[]): readonly T[] {
    const left = [...items];
    for (let i = left.length - 1; i > 0; i -= 1) {
      const j = this.#options.random(i + 1);
      const [a, b] = [left[i], left[j]];
      if (a !== undefined && b !== undefined) [left[i], left[j]] = [b, a];
    }
    return left;
  }
}

function isWorse(a: BookEntry, b: BookEntry): boolean {
  return a.failures !== b.failures ? a.failures > b.failures : a.lastSuccess < b.lastSuccess;
}

/** When an address may be dialled again, Unix milliseconds: later after each failure. */
function dueAt({ failures, lastAttempt }: BookEntry): number {
  if (failures === 0) return 0;
  return lastAttempt + Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (failures - 1));
}

/** @returns undefined for an entry that was not written by us. */
export function parseEntry(value: unknown): BookEntry | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { address: text, source, isTried, failures, lastAttempt, lastSuccess } = fields;
  const address = typeof text === "string" ? parsePeerAddress(text) : undefined;
  const isWhole = (n: unknown): n is number => typeof n === "number" && Number.isSafeInteger(n) && n >= 0;
  if (address === undefined || typeof source !== "string" || source.length > 64 || typeof isTried !== "boolean") return undefined;
  if (!isWhole(failures) || !isWhole(lastAttempt) || !isWhole(lastSuccess)) return undefined;
  return { address, source, isTried, failures, lastAttempt, lastSuccess };
}
