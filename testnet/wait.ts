import { setTimeout as pause } from "node:timers/promises";

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
  /** What to do when it does not come. */
  readonly advice?: string;
}

const EVERY_MS = 400;

/**
 * Asks until the answer is not undefined. @throws Error naming what was waited for and what to do next; rethrows what
 * `look` throws, and the signal's reason.
 */
export async function waitFor<T>(what: string, look: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const until = Date.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) {
      const seconds = Math.round(options.timeoutMs / 1_000);
      throw new Error(`${what}: not within ${seconds} s. ${options.advice ?? "Look into the logs for the reason."}`);
    }
    await pause(options.everyMs ?? EVERY_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}
