import { incrementPriority } from "../block/index.js";
import type { Validator, ValidatorSet } from "../block/types.js";

/**
 * Proposer of a round: the set as it stands at round 0, its priorities incremented `round` times in one call
 * (cosmos-formats.md §4.10). Costs a pass over the set per round, so bound the round first: see `MAX_ROUND`.
 */
export function proposerAt(set: ValidatorSet, round: number): Validator {
  return round === 0 ? set.proposer : incrementPriority(set, round).proposer;
}
