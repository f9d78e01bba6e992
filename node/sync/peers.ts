/** What peers say they hold, who may be asked, and who is left alone for a while because it did not help. */
import type { Height } from "../../chain/primitives/index.js";
import type { PeerId } from "../p2p/types.js";

/** A claim that is not repeated is forgotten; an honest peer repeats it every second. */
const CLAIM_MS = 10_000;
/** How long a peer that did not help is not asked again; each further time twice as long, up to 64 times. */
const AVOID_MS = 10_000;
const MAX_DOUBLINGS = 6;
/** How long a peer that is busy is left alone. */
const BUSY_MS = 500;
/** Peers that we keep something of, the oldest first out. */
const MAX_REMEMBERED = 1_024;

interface Claim {
  /** Lowest block held. */
  readonly base: Height;
  /** Highest block committed. */
  readonly top: bigint;
  /** When it said so, in ms of our monotonic clock. */
  readonly at: number;
}

interface Standing {
  readonly until: number;
  readonly strikes: number;
}

export class SyncPeers {
  readonly #now: () => number;
  readonly #claims = new Map<PeerId, Claim>();
  readonly #avoided = new Map<PeerId, Standing>();

  /** @param now our monotonic clock in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** False when the peer says less than before, which no honest peer does (ASA-2025-001): then it claims nothing any more. */
  claim(peer: PeerId, { top, base }: { readonly top: bigint; readonly base: Height }): boolean {
    const before = this.#claims.get(peer);
    if (before !== undefined && top < before.top) {
      this.#claims.delete(peer);
      this.avoid(peer);
      return false;
    }
    this.#claims.set(peer, { base, top, at: this.#now() });
    return true;
  }

  forget(peer: PeerId): void {
    this.#claims.delete(peer);
  }

  /** Highest block that a peer claims which has not failed us lately; 0 when nobody does. */
  best(): bigint {
    return this.#usable().reduce((best, [, { top }]) => (top > best ? top : best), 0n);
  }

  /** Lowest block that anybody holds; undefined without peers. */
  lowest(): bigint | undefined {
    const bases = this.#usable().map(([, { base }]) => base);
    return bases.length === 0 ? undefined : bases.reduce((a, b) => (a < b ? a : b));
  }

  /** Who may be asked for a height, and up to where each holds blocks. */
  holding(height: bigint): readonly (readonly [peer: PeerId, top: bigint])[] {
    return this.#usable()
      .filter(([, { top, base }]) => top >= height && base <= height)
      .map(([peer, { top }]) => [peer, top] as const);
  }

  #usable(): (readonly [PeerId, Claim])[] {
    const now = this.#now();
    for (const [peer, { at }] of this.#claims) if (at < now - CLAIM_MS) this.#claims.delete(peer);
    return [...this.#claims].filter(([peer]) => (this.#avoided.get(peer)?.until ?? 0) <= now);
  }

  /** It did not help. */
  avoid(peer: PeerId): void {
    const strikes = (this.#avoided.get(peer)?.strikes ?? 0) + 1;
    this.#remember(peer, { strikes, until: this.#now() + AVOID_MS * 2 ** Math.min(strikes - 1, MAX_DOUBLINGS) });
  }

  /** It helps, but not now. */
  postpone(peer: PeerId): void {
    const { strikes } = this.#avoided.get(peer) ?? { strikes: 0 };
    this.#remember(peer, { strikes, until: this.#now() + BUSY_MS });
  }

  /** It helped: what it owed is forgiven. */
  thank(peer: PeerId): void {
    this.#avoided.delete(peer);
  }

  #remember(peer: PeerId, standing: Standing): void {
    this.#avoided.delete(peer);
    this.#avoided.set(peer, standing);
    const [oldest] = this.#avoided.keys();
    if (this.#avoided.size > MAX_REMEMBERED && oldest !== undefined) this.#avoided.delete(oldest);
  }
}
