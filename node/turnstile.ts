/**
 * What clients ask waits its turn, so that blocks do not: calls start in short slices, with rests between them in which
 * the event loop has time for consensus. Without it a flood fills each turn of the loop with hundreds of answers, and every
 * step of a block waits for all of them (ADR 0135).
 */
import { EdgeFailure } from "./errors.js";

export interface Pace {
  /** Longest time in which calls are started before the loop has a turn. */
  readonly sliceMs: number;
  /** How long others have the loop for themselves when calls are still waiting. */
  readonly restMs: number;
}

export interface TurnstileOptions {
  /** Between blocks. */
  readonly calm: Pace;
  /** While a block is on its way, once `holdMs` are over: it takes dozens of turns of the loop, and each waits for a slice. */
  readonly busy: Pace;
  /**
   * How long a block has the loop for itself, from its start: enough for one that need not wait for peers. Where block follows block
   * without a pause, as in sync, calls are held no longer than that either.
   */
  readonly holdMs: number;
  /**
   * When a slice comes later than it was due, the loop or the machine is short of time: the next rest is so many times as
   * long as it was late, up to `maxRestMs`.
   */
  readonly restPerLateMs: number;
  readonly maxRestMs: number;
  /** Calls that wait; more are refused. */
  readonly maxWaiting: number;
}

/** Measured with bench/doors.ts. */
export const DEFAULT_TURNSTILE_OPTIONS: TurnstileOptions = {
  calm: { sliceMs: 6, restMs: 2 },
  busy: { sliceMs: 2, restMs: 6 },
  holdMs: 250,
  restPerLateMs: 4,
  maxRestMs: 150,
  maxWaiting: 4_096,
};

export interface Turnstile {
  /** Starts the work in its turn, and answers what it answers. @throws EdgeFailure "busy" when too many wait. */
  pass<T>(work: () => Promise<T>): Promise<T>;
  /** Whether a block is on its way. */
  setBusy(isBusy: boolean): void;
}

/** Time, and what it brings. */
export interface Clock {
  /** Milliseconds; only differences matter. */
  now(): number;
  /** Runs something in so many milliseconds, 0 being the next turn of the loop; the function that comes back calls it off. */
  after(ms: number, run: () => void): () => void;
}

const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    if (ms === 0) {
      const due = setImmediate(run);
      return () => clearImmediate(due);
    }
    const due = setTimeout(run, ms);
    return () => clearTimeout(due);
  },
};

/** Lets everything through at once. */
export const OPEN_TURNSTILE: Turnstile = { pass: (work) => work(), setBusy: () => undefined };

class SlicedTurnstile implements Turnstile {
  readonly #options: TurnstileOptions;
  readonly #clock: Clock;
  /** In order of arrival from `#first` on. */
  #waiting: (() => void)[] = [];
  #first = 0;
  /** Calls off the slice that is due, if one is. */
  #cancel: (() => void) | undefined;
  #isServing = false;
  /** Since when a block is on its way. */
  #busySince: number | undefined;
  /** When the last slice ended, or the first call in line came after it. */
  #waitsSince = 0;

  constructor(options: TurnstileOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  setBusy(isBusy: boolean): void {
    if (isBusy) {
      this.#busySince ??= this.#clock.now();
      return;
    }
    this.#busySince = undefined;
    if (this.#cancel !== undefined) this.#after(0);
  }

  pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length - this.#first >= this.#options.maxWaiting) {
      return Promise.reject(new EdgeFailure("busy", "the node is busy; try again"));
    }
    if (this.#waiting.length === this.#first) this.#waitsSince = this.#clock.now();
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push(() => void (async () => work())().then(resolve, reject));
      if (this.#cancel === undefined && !this.#isServing) this.#after(this.#heldMs());
    });
  }

  /** What is left of a block's time for itself. */
  #heldMs(): number {
    if (this.#busySince === undefined) return 0;
    return Math.max(0, Math.min(this.#busySince, this.#waitsSince) + this.#options.holdMs - this.#clock.now());
  }

  #after(ms: number): void {
    this.#cancel?.();
    const at = this.#clock.now() + ms;
    this.#cancel = this.#clock.after(ms, () => void this.#serve(ms === 0 ? 0 : this.#clock.now() - at));
  }

  /** One slice: a call starts, more while there is time, and the next slice is set if some are left. */
  async #serve(lateMs: number): Promise<void> {
    this.#cancel = undefined;
    const held = this.#heldMs();
    if (held > 0) {
      this.#after(held);
      return;
    }
    this.#isServing = true;
    const { restPerLateMs, maxRestMs } = this.#options;
    const { sliceMs, restMs } = this.#busySince === undefined ? this.#options.calm : this.#options.busy;
    const end = this.#clock.now() + sliceMs;
    do {
      this.#waiting[this.#first++]?.();
      // What the call does before it first waits for something is over, and counts.
      await Promise.resolve();
    } while (this.#first < this.#waiting.length && this.#clock.now() < end);
    this.#isServing = false;
    this.#waitsSince = this.#clock.now();
    const isMore = this.#first < this.#waiting.length;
    if (this.#first > MAX_SPENT || !isMore) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    const rest = Math.max(restMs, Math.min(maxRestMs, lateMs * restPerLateMs));
    if (isMore) this.#after(Math.max(rest, this.#heldMs()));
  }
}

/** Spent places at the front of the queue before it is moved up. */
const MAX_SPENT = 1024;

export function createTurnstile(options: TurnstileOptions = DEFAULT_TURNSTILE_OPTIONS, clock: Clock = SYSTEM_CLOCK): Turnstile {
  return new SlicedTurnstile(options, clock);
}
