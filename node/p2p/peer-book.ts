/** Who behaved how: penalty points that fade, and bans that end. Bounded, whatever identities an attacker makes up. */
import type { Clock } from "./rate.js";
import type { PeerId } from "./types.js";

/** What each kind of misbehaviour costs. At `banPenalty` (100 by default) the peer is banned. */
export const POINTS = {
  /** A message that no honest peer sends, found by a handler. */
  rejected: 20,
  /** Broken framing or protocol: no honest implementation does it, so one is enough. */
  violation: 100,
  /** Did not read what we sent for a whole slow-peer period. */
  slow: 10,
  /** Went on over its rate where we cannot slow it down (topics, requests). */
  flood: 1,
} as const;

export interface PeerBookOptions {
  readonly banPenalty: number;
  readonly banMs: number;
  /** Points forgiven per second. */
  readonly fadePerSecond: number;
  /** Bound on remembered peers; the one noted longest ago is forgotten first. */
  readonly maxEntries: number;
}

interface Entry {
  penalty: number;
  at: number;
  bannedUntil: number;
}

export class PeerBook {
  readonly #options: PeerBookOptions;
  readonly #clock: Clock;
  readonly #entries = new Map<PeerId, Entry>();

  constructor(options: PeerBookOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Adds points. True if the peer is banned as of now and was not before. */
  penalize(peer: PeerId, points: number): boolean {
    const entry = this.#touch(peer);
    entry.penalty += points;
    if (entry.penalty < this.#options.banPenalty || entry.bannedUntil > this.#clock()) return false;
    this.ban(peer, this.#options.banMs);
    return true;
  }

  /** Shuts a peer out for `ms`, and starts it afresh after that. */
  ban(peer: PeerId, ms: number): void {
    const entry = this.#touch(peer);
    entry.penalty = 0;
    entry.bannedUntil = this.#clock() + ms;
  }

  isBanned(peer: PeerId): boolean {
    return (this.#entries.get(peer)?.bannedUntil ?? 0) > this.#clock();
  }

  penaltyOf(peer: PeerId): number {
    const entry = this.#entries.get(peer);
    return entry === undefined ? 0 : this.#faded(entry);
  }

  #touch(peer: PeerId): Entry {
    const entry = this.#entries.get(peer) ?? { penalty: 0, at: 0, bannedUntil: 0 };
    entry.penalty = this.#faded(entry);
    entry.at = this.#clock();
    this.#entries.delete(peer);
    this.#entries.set(peer, entry);
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size > this.#options.maxEntries && oldest !== undefined) this.#entries.delete(oldest);
    return entry;
  }

  #faded(entry: Entry): number {
    const seconds = (this.#clock() - entry.at) / 1000;
    return Math.max(0, entry.penalty - seconds * this.#options.fadePerSecond);
  }
}
