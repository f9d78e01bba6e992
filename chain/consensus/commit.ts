import type { BlockId, ExtendedCommit, ExtendedCommitSig, ValidatorSet, Vote } from "../block/types.js";
import { EMPTY_BYTES, ZERO_TIME } from "../primitives/index.js";
import type { Height } from "../primitives/index.js";
import type { Tally } from "./votes.js";
import { isSameValue } from "./value-key.js";

const ABSENT: ExtendedCommitSig = {
  flag: "absent",
  validator: EMPTY_BYTES,
  time: ZERO_TIME,
  signature: EMPTY_BYTES,
  extension: EMPTY_BYTES,
  extensionSignature: EMPTY_BYTES,
};

/**
 * The precommits of one round as a commit for a value, in validator-set order. A precommit for another value is absent: its
 * signature proves nothing about this one. Of an equivocator the vote for the value is taken, if it sent one.
 */
export function createExtendedCommit(
  validators: ValidatorSet,
  tally: Tally,
  decided: { readonly height: Height; readonly round: number; readonly blockId: BlockId },
): ExtendedCommit {
  const signatures = validators.validators.map((_, index) =>
    commitSig(tally.slots[index] ?? [], decided.blockId),
  );
  return { ...decided, signatures };
}

function commitSig(votes: readonly Vote[], blockId: BlockId): ExtendedCommitSig {
  const vote = votes.find((v) => isSameValue(v.blockId, blockId)) ?? votes.find((v) => v.blockId === null);
  if (vote === undefined) return ABSENT;
  return {
    flag: vote.blockId === null ? "nil" : "commit",
    validator: vote.validator,
    time: vote.time,
    signature: vote.signature,
    extension: vote.extension,
    extensionSignature: vote.extensionSignature,
  };
}
