import { setTimeout as pause } from "node:timers/promises";

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
  /** How far it has come; a change starts the time again, so that slow is not taken for stuck. */
  readonly progress?: () => number;
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
  let until = Date.now() + options.timeoutMs;
  let reached = options.progress?.();
  for (;;) {
    options.signal?.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    const now = options.progress?.();
    if (now !== reached) until = Date.now() + options.timeoutMs;
    reached = now;
    if (Date.now() > until) {
      const seconds = Math.round(options.timeoutMs / 1_000);
      throw new Error(`${what}: not within ${seconds} s. ${options.advice ?? "Look into the logs for the reason."}`);
    }
    await pause(options.everyMs ?? EVERY_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}
