import { UOPEN_PER_OPEN, toUopen } from "../../../chain/primitives/index.js";
import type { Uopen } from "../../../chain/primitives/index.js";

/** Entries of a validator's unbondings and redelegations for each of which any amount will do. */
export const CROWD = 2_000n;

/**
 * The least amount that may still begin to leave a validator from which `leaving` entries are on their way: nothing for the first
 * `CROWD`, one OPEN more for each `CROWD` after them.
 *
 * A slash reads every entry, in one block and for nobody's gas. With this rule, whoever wants there to be n of them has to lock
 * n²/(2 · CROWD) OPEN for an unbonding time: 100,000 entries take 2,450,000 OPEN, where they took a tenth of one before. The
 * many who leave together in earnest are let go all the same, the smallest of them last.
 */
export function leastLeaving(leaving: bigint): Uopen {
  return toUopen((leaving / CROWD) * UOPEN_PER_OPEN);
}
