/** Whether this node is fit to be asked, for load balancers and operators. */
import type { EngineEvent, EngineStatus, PoolStatus } from "../engine/types.js";
import type { IndexStatus } from "../indexer/types.js";

export interface Health {
  /** True: send requests here. */
  readonly isHealthy: boolean;
  readonly height: string;
  /** Why not. */
  readonly reasons: readonly string[];
  /** What an operator should look at, while requests are answered. */
  readonly warnings: readonly string[];
}

export interface HealthDeps {
  readonly engine: {
    status(): Pick<EngineStatus, "latest" | "isCatchingUp">;
    subscribe(listener: (event: EngineEvent) => void): () => void;
  };
  readonly pool: { status(): PoolStatus };
  readonly index: { status(): IndexStatus };
  readonly peers: () => number;
  /** Whether whoever holds the validator's key is in reach; absent for a node that holds it. */
  readonly signer?: () => boolean;
  /** Milliseconds; only differences matter. */
  readonly now: () => number;
}

export interface HealthOptions {
  /** A node that has seen no block for so long is not asked. */
  readonly stalledMs: number;
  readonly maxTxs: number;
  /** A validator alone on its chain has none, and is well. */
  readonly expectsPeers: boolean;
}

/** Blocks the index may lag behind before that is worth a word. */
const MAX_INDEX_LAG = 100;

export interface HealthCheck {
  check(): Health;
  stop(): void;
}

export function createHealthCheck(deps: HealthDeps, { stalledMs, maxTxs, expectsPeers }: HealthOptions): HealthCheck {
  let lastBlockAt = deps.now();
  const stop = deps.engine.subscribe((event) => {
    if (event.kind === "block") lastBlockAt = deps.now();
  });
  const reasons = (): string[] => {
    const { latest, isCatchingUp } = deps.engine.status();
    const silentMs = deps.now() - lastBlockAt;
    return [
      ...(latest === null ? ["no block yet"] : []),
      ...(isCatchingUp ? ["catching up with the chain"] : []),
      ...(silentMs > stalledMs ? [`no block for ${Math.floor(silentMs / 1_000)} s`] : []),
    ];
  };
  const warnings = (): string[] => {
    const index = deps.index.status();
    const { count } = deps.pool.status();
    return [
      ...(index.isBroken ? ["the index has failed: nothing can be searched"] : []),
      ...(index.lag > MAX_INDEX_LAG ? [`the index is ${index.lag} blocks behind`] : []),
      ...(count >= maxTxs * 0.9 ? [`the mempool is nearly full: ${count} of ${maxTxs}`] : []),
      ...(deps.signer?.() === false ? ["the remote signer is out of reach: this validator does not vote"] : []),
      ...(expectsPeers && deps.peers() === 0 ? ["no peers"] : []),
    ];
  };
  const check = (): Health => {
    const why = reasons();
    const height = (deps.engine.status().latest?.height ?? 0n).toString();
    return { isHealthy: why.length === 0, height, reasons: why, warnings: warnings() };
  };
  return { check, stop };
}
