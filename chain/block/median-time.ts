import { compareBigints, toHex } from "../primitives/index.js";
import type { TimeNs } from "../primitives/index.js";
import { CometError } from "./errors.js";
import type { Commit, ValidatorSet } from "./types.js";
import { findValidator } from "./validator-set.js";

/**
 * BFT time: the voting-power-weighted median of a commit's timestamps, which is the time of the next block. Votes for
 * nil count. The rule of CometBFT 0.38.21 and later: an address outside the set is an error (CSA-2026-001).
 * @throws Reject comet/18 on such an address, comet/10 when nobody voted.
 */
export function medianTime(commit: Commit, validators: ValidatorSet): TimeNs {
  const weighted = commit.signatures
    .filter((sig) => sig.flag !== "absent")
    .map((sig) => {
      const validator = findValidator(validators, sig.validator);
      if (validator === undefined)
        throw CometError.ValidatorMismatch(`${toHex(sig.validator)} is not in the set`);
      return { time: sig.time, weight: validator.power };
    })
    .sort((a, b) => compareBigints(a.time, b.time));
  let left = weighted.reduce((sum, w) => sum + w.weight, 0n) / 2n;
  for (const { time, weight } of weighted) {
    if (left <= weight) return time;
    left -= weight;
  }
  throw CometError.InvalidCommit("no vote has a time");
}
