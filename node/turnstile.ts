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
  /** How long a block has the loop for itself, from its start: enough for one that need not wait for peers. */
  readonly holdMs: number;
  /** Calls that wait; more are refused. */
  readonly maxWaiting: number;
}

/** Measured with bench/doors.ts. */
export const DEFAULT_TURNSTILE_OPTIONS: TurnstileOptions = {
  calm: { sliceMs: 6, restMs: 2 },
  busy: { sliceMs: 2, restMs: 6 },
  holdMs: 250,
  maxWaiting: 4_096,
};

export interface Turnstile {
  /** Starts the work in its turn, and answers what it answers. @throws EdgeFailure "busy" when too many wait. */
  pass<T>(work: () => Promise<T>): Promise<T>;
  /** Whether a block is on its way. */
  setBusy(isBusy: boolean): void;
}

/** Lets everything through at once. */
export const OPEN_TURNSTILE: Turnstile = { pass: (work) => work(), setBusy: () => undefined };

class SlicedTurnstile implements Turnstile {
  readonly #options: TurnstileOptions;
  /** In order of arrival from `#first` on. */
  #waiting: (() => void)[] = [];
  #first = 0;
  /** Calls off the slice that is due, if one is. */
  #cancel: (() => void) | undefined;
  #isServing = false;
  /** Since when a block is on its way. */
  #busySince: number | undefined;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  setBusy(isBusy: boolean): void {
    if (isBusy) {
      this.#busySince ??= performance.now();
      return;
    }
    this.#busySince = undefined;
    if (this.#cancel !== undefined) this.#after(0);
  }

  pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length - this.#first >= this.#options.maxWaiting) {
      return Promise.reject(new EdgeFailure("busy", "the node is busy; try again"));
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push(() => void work().then(resolve, reject));
      if (this.#cancel === undefined && !this.#isServing) this.#after(this.#heldMs());
    });
  }

  /** What is left of a block's time for itself. */
  #heldMs(): number {
    if (this.#busySince === undefined) return 0;
    return Math.max(0, this.#busySince + this.#options.holdMs - performance.now());
  }

  #after(ms: number): void {
    this.#cancel?.();
    if (ms === 0) {
      const due = setImmediate(() => void this.#serve());
      this.#cancel = () => clearImmediate(due);
    } else {
      const due = setTimeout(() => void this.#serve(), ms);
      this.#cancel = () => clearTimeout(due);
    }
  }

  /** One slice: a call starts, more while there is time, and the next slice is set if some are left. */
  async #serve(): Promise<void> {
    this.#cancel = undefined;
    this.#isServing = true;
    const { sliceMs, restMs } = this.#busySince === undefined ? this.#options.calm : this.#options.busy;
    const end = performance.now() + sliceMs;
    do {
      this.#waiting[this.#first++]?.();
      // What the call does before it first waits for something is over, and counts.
      await Promise.resolve();
    } while (this.#first < this.#waiting.length && performance.now() < end);
    this.#isServing = false;
    const isMore = this.#first < this.#waiting.length;
    if (this.#first > MAX_SPENT || !isMore) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    if (isMore) this.#after(Math.max(restMs, this.#heldMs()));
  }
}

/** Spent places at the front of the queue before it is moved up. */
const MAX_SPENT = 1024;

export function createTurnstile(options: TurnstileOptions = DEFAULT_TURNSTILE_OPTIONS): Turnstile {
  return new SlicedTurnstile(options);
}
