import { toUopen } from "../../../chain/primitives/index.js";
import type { Uopen } from "../../../chain/primitives/index.js";

/** The arithmetic of an epoch. A browser recomputes a contributor's pay with it. */

const MIB = 1n << 20n;

/** What one Datanet brings to the end of an epoch. */
export interface Candidate {
  readonly datanetId: bigint;
  /** 0 where governance has taken the weight away since its rows were counted. */
  readonly weight: number;
  readonly bytes: bigint;
}

/** What there is to give. */
export interface Budget {
  readonly amount: Uopen;
  readonly maxPerMib: Uopen;
  /** What the community pool can spend. */
  readonly available: Uopen;
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/**
 * Uopen for each Datanet, in the order given: the amount by weighted bytes, and no more for bytes than they may cost. A weight is the
 * price of a byte beside that of others, so Datanets of one weight are paid as one would be, however data is spread over
 * them. All are cut in proportion where the pool has less. Rounded down everywhere; what is not given stays with the community.
 */
export function allocate({ amount, maxPerMib, available }: Budget, candidates: readonly Candidate[]): readonly Uopen[] {
  const worth = candidates.map(({ weight, bytes }) => BigInt(weight) * bytes);
  const total = worth.reduce((sum, w) => sum + w, 0n);
  if (total === 0n) return candidates.map(() => toUopen(0n));
  const wanted = candidates.map(({ bytes }, i) => lesser((amount * (worth[i] ?? 0n)) / total, (bytes * maxPerMib) / MIB));
  const sum = wanted.reduce((all, part) => all + part, 0n);
  return wanted.map((part) => toUopen(sum <= available ? part : (part * available) / sum));
}

/** The part of `bytes` in an allocation, rounded down; the community owns the rest. */
export function shareOf(allocation: { readonly amount: Uopen; readonly bytes: bigint }, bytes: bigint): Uopen {
  return toUopen(allocation.bytes === 0n ? 0n : (allocation.amount * bytes) / allocation.bytes);
}
