import { MAX_UINT64, Reject, toGas } from "../primitives/index.js";
import type { Gas } from "../primitives/index.js";

/**
 * Counts the work of one transaction (cosmos-formats.md §7.3). What is counted never depends on a cache, so every node
 * counts the same.
 */
export interface GasMeter {
  /** `MAX_UINT64` when there is no limit. */
  readonly limit: Gas;
  /** What was used so far. Goes above `limit` once, by the step that ran out. */
  readonly consumed: Gas;
  /** @throws Reject sdk/11 when the total passes the limit; `descriptor` names the place in the SDK's text. */
  consume(amount: bigint, descriptor: string): void;
}

class LimitedGasMeter implements GasMeter {
  readonly limit: Gas;
  #consumed = 0n;

  constructor(limit: Gas) {
    this.limit = limit;
  }

  get consumed(): Gas {
    return toGas(this.#consumed);
  }

  consume(amount: bigint, descriptor: string): void {
    const total = this.#consumed + amount;
    this.#consumed = total > MAX_UINT64 ? MAX_UINT64 : total;
    if (total <= this.limit) return;
    const used = this.#consumed;
    const text = `out of gas in location: ${descriptor}; gasWanted: ${this.limit}, gasUsed: ${used}: out of gas`;
    throw new Reject("sdk", 11, text, { location: descriptor, gasWanted: this.limit, gasUsed: used });
  }
}

/** A meter that rejects at `limit`; a limit of 0 rejects the first step. */
export function createGasMeter(limit: Gas): GasMeter {
  return new LimitedGasMeter(limit);
}

/** Counts without a limit: genesis, begin and end of block. */
export function createInfiniteGasMeter(): GasMeter {
  return new LimitedGasMeter(toGas(MAX_UINT64));
}
