import type { ExtendedCommit, ValidatorSet, Vote } from "../../block/types.js";
import { equalBytes } from "../../primitives/index.js";
import { isExtensionGood, isVoteSigned } from "./symbolic.js";

/** Signed, and with the extension that belongs to it. */
export function isVoteGood(vote: Vote): boolean {
  return isVoteSigned(vote) && isExtensionGood(vote);
}

/** More than two thirds signed for the block, each with a good extension, in validator-set order. */
export function isCommitGood({ validators, totalPower }: ValidatorSet, commit: ExtendedCommit): boolean {
  let power = 0n;
  for (const [index, validator] of validators.entries()) {
    const sig = commit.signatures[index];
    if (sig === undefined) return false;
    if (sig.flag === "absent") continue;
    const blockId = sig.flag === "commit" ? commit.blockId : null;
    const vote: Vote = { ...sig, ...commit, type: "precommit", blockId, index, validator: validator.address };
    if (!equalBytes(sig.validator, validator.address) || !isVoteGood(vote)) return false;
    if (sig.flag === "commit") power += validator.power;
  }
  return commit.signatures.length === validators.length && power * 3n > totalPower * 2n;
}
