/** Counted permits per key with a bounded line of waiters. */
import { EdgeFailure } from "../errors.js";
import type { Deadline } from "./deadline.js";

interface Line {
  used: number;
  readonly waiting: Set<() => void>;
}

export class Slots {
  readonly #perKey: number;
  readonly #maxWaiting: number;
  readonly #lines = new Map<string, Line>();

  constructor(perKey: number, maxWaiting: number) {
    this.#perKey = perKey;
    this.#maxWaiting = maxWaiting;
  }

  /** Resolves with a permit, which `release` gives back. @throws EdgeFailure "busy", or what the deadline says. */
  async take(key: string, deadline: Deadline): Promise<void> {
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = { used: 0, waiting: new Set() }));
    if (line.used < this.#perKey) {
      line.used += 1;
      return;
    }
    if (line.waiting.size >= this.#maxWaiting)
      throw new EdgeFailure("busy", "too many requests are waiting", { key });
    await wait(line, deadline);
  }

  release(key: string): void {
    const line = this.#lines.get(key);
    if (line === undefined) return;
    const next = line.waiting.values().next().value;
    if (next !== undefined)
      next(); // the permit passes on; `used` stays
    else line.used -= 1;
    if (line.used === 0 && line.waiting.size === 0) this.#lines.delete(key);
  }
}

async function wait(line: Line, deadline: Deadline): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const granted = (): void => {
      line.waiting.delete(granted);
      deadline.signal.removeEventListener("abort", expired);
      resolve();
    };
    const expired = (): void => {
      line.waiting.delete(granted);
      reject(deadline.failure());
    };
    if (deadline.signal.aborted) return expired();
    line.waiting.add(granted);
    deadline.signal.addEventListener("abort", expired, { once: true });
  });
}
