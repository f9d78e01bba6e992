import { merkleRoot, verifyEd25519 } from "../crypto/index.js";
import { compareBytes, equalBytes, toVotingPower } from "../primitives/index.js";
import type { Hash32, TimeNs } from "../primitives/index.js";
import {
  DuplicateVoteEvidence as WireDuplicateVote,
  Evidence as WireEvidence,
} from "../../proto/gen/tendermint/types.js";
import { blockIdKey } from "./block-id.js";
import { CometError } from "./errors.js";
import { MAX_TOTAL_POWER, MAX_VOTE_BYTES } from "./limits.js";
import { voteSignBytes } from "./sign-bytes.js";
import type { DuplicateVoteEvidence, Evidence, ValidatorSet, Vote } from "./types.js";
import { findValidator } from "./validator-set.js";
import { parseVote, voteToWire } from "./vote.js";
import { decodeExact, parseTime, required, timestampOf } from "./wire.js";

/** Proof that a validator voted twice (CometBFT types/evidence.go, evidence/verify.go; cosmos-formats.md §4.8). */

const MAX_EVIDENCE_BYTES = 2 * MAX_VOTE_BYTES + 256;

function compareValues(a: Vote, b: Vote): number {
  return compareBytes(blockIdKey(a.blockId), blockIdKey(b.blockId));
}

/**
 * Orders the two votes and adds what the set says of the voter. `time` is that of the block of their height.
 * @throws Reject comet/12 when the votes are no contradiction, comet/18 when the voter is not in the set.
 */
export function makeDuplicateVoteEvidence(
  first: Vote,
  second: Vote,
  context: { readonly validators: ValidatorSet; readonly time: TimeNs },
): DuplicateVoteEvidence {
  const validator = findValidator(context.validators, first.validator);
  if (validator === undefined) throw CometError.ValidatorMismatch("voter is not in the set");
  checkContradiction(first, second);
  const [voteA, voteB] = compareValues(first, second) < 0 ? [first, second] : [second, first];
  return {
    kind: "duplicate-vote",
    voteA,
    voteB,
    totalVotingPower: context.validators.totalPower,
    validatorPower: validator.power,
    time: context.time,
  };
}

function checkContradiction(a: Vote, b: Vote): void {
  if (a.height !== b.height || a.round !== b.round || a.type !== b.type) {
    throw CometError.InvalidEvidence("the votes differ in height, round or type");
  }
  if (!equalBytes(a.validator, b.validator))
    throw CometError.InvalidEvidence("the votes are of two validators");
  if (compareValues(a, b) === 0) throw CometError.InvalidEvidence("the votes are for the same value");
}

/**
 * Whether the evidence convicts its validator, given the set of the votes' height. Age is the caller's to check.
 * @throws Reject comet/12 when it does not, comet/18 for a stranger to the set, comet/16 on a bad signature.
 */
export function verifyDuplicateVoteEvidence(
  evidence: DuplicateVoteEvidence,
  chainId: string,
  validators: ValidatorSet,
): void {
  const { voteA, voteB } = evidence;
  const validator = findValidator(validators, voteA.validator);
  if (validator === undefined) throw CometError.ValidatorMismatch("voter is not in the set");
  checkContradiction(voteA, voteB);
  if (compareValues(voteA, voteB) >= 0) throw CometError.InvalidEvidence("the votes are in the wrong order");
  if (evidence.validatorPower !== validator.power || evidence.totalVotingPower !== validators.totalPower) {
    throw CometError.InvalidEvidence("the voting power is not that of the set");
  }
  for (const vote of [voteA, voteB]) {
    if (!verifyEd25519(validator.publicKey, voteSignBytes(chainId, vote), vote.signature)) {
      throw CometError.WrongSignature("a vote of the evidence");
    }
  }
}

function duplicateVoteToWire(evidence: DuplicateVoteEvidence): WireDuplicateVote {
  return {
    voteA: voteToWire(evidence.voteA),
    voteB: voteToWire(evidence.voteB),
    totalVotingPower: evidence.totalVotingPower,
    validatorPower: evidence.validatorPower,
    timestamp: timestampOf(evidence.time),
  };
}

export function evidenceToWire(evidence: Evidence): WireEvidence {
  return { duplicateVoteEvidence: duplicateVoteToWire(evidence), lightClientAttackEvidence: undefined };
}

/** @throws Reject comet/12 on anything but two ordered, contradicting votes; light client attacks are not accepted. */
export function parseEvidence(message: WireEvidence): Evidence {
  if (message.duplicateVoteEvidence === undefined || message.lightClientAttackEvidence !== undefined) {
    throw CometError.InvalidEvidence("only duplicate votes are accepted");
  }
  const { voteA, voteB, totalVotingPower, validatorPower, timestamp } = message.duplicateVoteEvidence;
  if (totalVotingPower < 1n || totalVotingPower > MAX_TOTAL_POWER)
    throw CometError.OutOfRange(`total power ${totalVotingPower}`);
  if (validatorPower < 1n || validatorPower > totalVotingPower)
    throw CometError.OutOfRange(`power ${validatorPower}`);
  const evidence: DuplicateVoteEvidence = {
    kind: "duplicate-vote",
    voteA: parseVote(required(voteA, "vote_a")),
    voteB: parseVote(required(voteB, "vote_b")),
    totalVotingPower: toVotingPower(totalVotingPower),
    validatorPower: toVotingPower(validatorPower),
    time: parseTime(timestamp),
  };
  checkContradiction(evidence.voteA, evidence.voteB);
  if (compareValues(evidence.voteA, evidence.voteB) > 0)
    throw CometError.InvalidEvidence("the votes are in the wrong order");
  return evidence;
}

/** tendermint.types.Evidence, as gossiped and stored. */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  return WireEvidence.encode(evidenceToWire(evidence));
}

/** @throws Reject of codespace comet. */
export function decodeEvidence(bytes: Uint8Array): Evidence {
  return parseEvidence(decodeExact(WireEvidence, bytes, MAX_EVIDENCE_BYTES));
}

/** EvidenceHash: the Merkle root of each piece's own message, without the Evidence oneof around it. */
export function evidenceHash(evidence: readonly Evidence[]): Hash32 {
  return merkleRoot(evidence.map((e) => WireDuplicateVote.encode(duplicateVoteToWire(e))));
}
