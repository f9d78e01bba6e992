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
  /** `consume` of a small whole number, below 2^32, which is what stores charge: without the cost of a bigint. */
  charge(amount: number, descriptor: string): void;
}

/** Far below where whole numbers end: what `charge` adds to it stays exact. */
const MOST_SMALL = 2 ** 52;

class LimitedGasMeter implements GasMeter {
  readonly limit: Gas;
  /** The total is `#large + #small`: small steps are counted as a number until somebody asks. */
  #large = 0n;
  #small = 0;
  /** What `#small` may reach before the sum must be looked at. */
  #room: number;

  constructor(limit: Gas) {
    this.limit = limit;
    this.#room = limit < BigInt(MOST_SMALL) ? Number(limit) : MOST_SMALL;
  }

  get consumed(): Gas {
    return toGas(this.#fold());
  }

  charge(amount: number, descriptor: string): void {
    this.#small += amount;
    if (this.#small > this.#room) this.#check(descriptor);
  }

  consume(amount: bigint, descriptor: string): void {
    if (amount >= 0n && amount < 0xffffffffn) {
      this.charge(Number(amount), descriptor);
      return;
    }
    this.#large = this.#fold() + amount;
    this.#check(descriptor);
  }

  #fold(): bigint {
    if (this.#small > 0) {
      this.#large += BigInt(this.#small);
      this.#small = 0;
      this.#measure();
    }
    return this.#large;
  }

  #measure(): void {
    const left = this.limit - this.#large;
    this.#room = left < 0n ? -1 : left < BigInt(MOST_SMALL) ? Number(left) : MOST_SMALL;
  }

  #check(descriptor: string): void {
    const total = this.#fold();
    this.#large = total > MAX_UINT64 ? MAX_UINT64 : total;
    this.#measure();
    if (total <= this.limit) return;
    const used = this.#large;
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
