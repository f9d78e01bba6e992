/** Token buckets: one second's worth may burst, then the rate holds. */
import type { RateLimit } from "./types.js";

/** Milliseconds on a clock that never goes back. */
export type Clock = () => number;

class Bucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = perSecond;
    this.#tokens = perSecond;
    this.#at = now;
  }

  refill(now: number): number {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    return this.#tokens;
  }

  /** May go below zero: one message larger than the bucket passes, and is paid back before the next. */
  take(count: number): void {
    this.#tokens -= count;
  }

  delayMs(): number {
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs);
  }
}

/** A peer's allowance on one channel: messages and bytes together. */
export class RateMeter {
  readonly #messages: Bucket;
  readonly #bytes: Bucket;
  readonly #clock: Clock;

  constructor(limit: RateLimit, clock: Clock) {
    const now = clock();
    this.#messages = new Bucket(limit.messagesPerSecond, now);
    this.#bytes = new Bucket(limit.bytesPerSecond, now);
    this.#clock = clock;
  }

  /** Counts a message; returns how many milliseconds to wait before reading the next. */
  charge(bytes: number): number {
    const now = this.#clock();
    this.#messages.refill(now);
    this.#bytes.refill(now);
    this.#messages.take(1);
    this.#bytes.take(bytes);
    return Math.max(this.#messages.delayMs(), this.#bytes.delayMs());
  }

  /** Counts a message if the allowance is not used up; false means it is. */
  admit(bytes: number): boolean {
    const now = this.#clock();
    if (this.#messages.refill(now) < 1 || this.#bytes.refill(now) <= 0) return false;
    this.#messages.take(1);
    this.#bytes.take(bytes);
    return true;
  }
}

/** One meter per key, forgotten when its peer leaves. */
export class RateMeters {
  readonly #limit: RateLimit | undefined;
  readonly #clock: Clock;
  readonly #meters = new Map<string, RateMeter>();

  constructor(limit: RateLimit | undefined, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** True if there is no limit or the peer is within it. */
  admit(peer: string, bytes: number): boolean {
    if (this.#limit === undefined) return true;
    let meter = this.#meters.get(peer);
    if (meter === undefined) this.#meters.set(peer, (meter = new RateMeter(this.#limit, this.#clock)));
    return meter.admit(bytes);
  }

  forget(peer: string): void {
    this.#meters.delete(peer);
  }
}
