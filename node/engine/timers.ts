/** The timers of the core: at most one of each identity runs. */
import type { Timeout } from "../../chain/consensus/index.js";
import type { EngineConfig } from "../config/engine.js";

export class Timers {
  readonly #config: EngineConfig;
  readonly #elapsed: (timeout: Timeout) => void;
  readonly #running = new Map<string, NodeJS.Timeout>();

  constructor(config: EngineConfig, elapsed: (timeout: Timeout) => void) {
    this.#config = config;
    this.#elapsed = elapsed;
  }

  schedule(timeout: Timeout): void {
    const key = keyOf(timeout);
    clearTimeout(this.#running.get(key));
    const timer = setTimeout(
      () => {
        this.#running.delete(key);
        this.#elapsed(timeout);
      },
      durationMs(this.#config, timeout),
    );
    this.#running.set(key, timer);
  }

  cancel(timeout: Timeout): void {
    const key = keyOf(timeout);
    clearTimeout(this.#running.get(key));
    this.#running.delete(key);
  }

  clear(): void {
    for (const timer of this.#running.values()) clearTimeout(timer);
    this.#running.clear();
  }
}

/** base + growth * round; the commit timer does not grow, since its round is decided. */
function durationMs(config: EngineConfig, { kind, round }: Timeout): number {
  if (kind === "commit") return config.commitMs;
  const { baseMs, growthMs } = config[kind];
  return baseMs + growthMs * round;
}

function keyOf({ kind, height, round }: Timeout): string {
  return `${kind}/${height}/${round}`;
}
