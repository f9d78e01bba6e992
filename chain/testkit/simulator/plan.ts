import { BEHAVIOURS } from "./behaviours.js";
import type { Behaviour } from "./behaviours.js";
import { createRandom } from "./random.js";

/** Everything about a run that is decided before it starts. A seed has exactly one plan. */
export interface Plan {
  readonly seed: number;
  /** Voting power by validator; the last `liars` of them are Byzantine, with less than a third in all. */
  readonly powers: readonly bigint[];
  readonly liars: number;
  /** How they lie; "twins" runs their key in two honest processes at once. */
  readonly lie: Behaviour | "twins" | null;
  /** Faults end here; from then on the network is timely and nobody dies. */
  readonly healMs: number;
  /** Percentages while faults last. */
  readonly dropPercent: number;
  readonly duplicatePercent: number;
  /** Drops of votes and decisions alone: some nodes lock or decide and others do not, which is what locks are for. */
  readonly voteDropPercent: number;
  readonly slowPercent: number;
  readonly slowMs: number;
  /** Links are cut anew at this interval; 0 is never. */
  readonly partitionMs: number;
  /** Chance in ten thousand to die at each point where a process can die. */
  readonly crashPerTenThousand: number;
  /** Clock rate by node in percent; 100 is right. */
  readonly clocks: readonly number[];
}

/** Virtual time that honest nodes get, after faults stop, for `BLOCKS_AFTER_HEAL` more blocks. */
export const LIVENESS_MS = 120_000;
export const BLOCKS_AFTER_HEAL = 5n;

/** By the last digit of the seed: mostly the smallest network that bears a liar. */
const SIZES = [4, 4, 4, 4, 4, 4, 5, 6, 10, 7] as const;

export function planOf(seed: number): Plan {
  const random = createRandom(seed);
  const size = SIZES[seed % SIZES.length] ?? 4;
  const liars = seed % 4 === 3 ? 0 : Math.floor((size - 1) / 3);
  const lies: readonly Plan["lie"][] = [...BEHAVIOURS, "twins"];
  const isWeighted = random.chance(30);
  const honest = Array.from({ length: size - liars }, () => BigInt(isWeighted ? 10 + random.below(5) : 10));
  return {
    seed,
    powers: [...honest, ...Array.from({ length: liars }, () => 10n)],
    liars,
    lie: liars === 0 ? null : (lies[random.below(lies.length)] ?? null),
    healMs: 4_000 + random.below(4_000),
    dropPercent: random.chance(60) ? random.below(40) : 0,
    voteDropPercent: random.chance(50) ? 30 + random.below(60) : 0,
    duplicatePercent: random.chance(50) ? random.below(20) : 0,
    slowPercent: random.chance(60) ? random.below(30) : 0,
    slowMs: 100 + random.below(3_000),
    partitionMs: random.chance(50) ? 500 + random.below(2_500) : 0,
    crashPerTenThousand: random.chance(60) ? 1 + random.below(60) : 0,
    clocks: Array.from({ length: size + 2 }, () => (random.chance(50) ? 70 + random.below(60) : 100)),
  };
}
