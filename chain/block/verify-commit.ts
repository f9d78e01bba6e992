import { verifyEd25519 } from "../crypto/index.js";
import { equalBytes, toHex } from "../primitives/index.js";
import type { Height } from "../primitives/index.js";
import { equalBlockIds } from "./block-id.js";
import { CometError } from "./errors.js";
import { toCommit } from "./extended-commit.js";
import { commitSignBytes, voteExtensionSignBytes } from "./sign-bytes.js";
import type { BlockId, Commit, CommitSig, ExtendedCommit, Validator, ValidatorSet } from "./types.js";
import { indexOfValidator } from "./validator-set.js";

/** Whether a commit proves a block (CometBFT types/validation.go; cosmos-formats.md §4.9, §4.11). */

/** What a commit is said to prove: this set decided this block at this height. */
export interface CommitClaim {
  readonly chainId: string;
  readonly validators: ValidatorSet;
  readonly height: Height;
  readonly blockId: BlockId;
}

/** A part of a whole, such as 1/3 of a trusted set's power. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

function checkClaim({ validators, height, blockId }: CommitClaim, commit: Commit): void {
  if (commit.signatures.length !== validators.validators.length) {
    throw CometError.InvalidCommit(
      `${commit.signatures.length} signatures of ${validators.validators.length} validators`,
    );
  }
  if (commit.height !== height)
    throw CometError.InvalidCommit(`commit of height ${commit.height}, not ${height}`);
  if (!equalBlockIds(commit.blockId, blockId)) throw CometError.InvalidCommit("commit of another block");
}

function checkPower(signed: bigint, needed: bigint): void {
  if (signed <= needed)
    throw CometError.InsufficientPower(`${signed} signed, more than ${needed} needed`, { signed, needed });
}

function checkSignature(chainId: string, commit: Commit, sig: CommitSig, validator: Validator): void {
  if (!verifyEd25519(validator.publicKey, commitSignBytes(chainId, commit, sig), sig.signature)) {
    throw CometError.WrongSignature(`commit signature of ${toHex(validator.address)}`);
  }
}

/**
 * The full check of consensus and block sync: each place that is not absent holds a valid signature of the validator at
 * that position, votes for nil included, and more than two thirds of the power is for the block.
 * @throws Reject comet/10 when the commit is of something else, comet/18 when a place names another validator, comet/16
 * on a wrong signature, comet/17 when too little power signed.
 */
export function verifyCommit(claim: CommitClaim, commit: Commit): void {
  checkClaim(claim, commit);
  const { validators, totalPower } = claim.validators;
  let signed = 0n;
  commit.signatures.forEach((sig, i) => {
    const validator = validators[i];
    if (sig.flag === "absent" || validator === undefined) return;
    if (!equalBytes(sig.validator, validator.address)) {
      throw CometError.ValidatorMismatch(
        `place ${i} names ${toHex(sig.validator)}, not ${toHex(validator.address)}`,
      );
    }
    checkSignature(claim.chainId, commit, sig, validator);
    if (sig.flag === "commit") signed += validator.power;
  });
  checkPower(signed, (totalPower * 2n) / 3n);
}

/**
 * As verifyCommit, and every precommit for the block carries a valid extension signature where extensions are on and
 * none where they are off.
 * @throws Reject as verifyCommit, comet/16 on a missing or wrong extension signature, comet/10 on one too many.
 */
export function verifyExtendedCommit(
  claim: CommitClaim,
  commit: ExtendedCommit,
  extensionsEnabled: boolean,
): void {
  verifyCommit(claim, toCommit(commit));
  const { height, round } = commit;
  commit.signatures.forEach(({ flag, extension, extensionSignature }, i) => {
    if (!extensionsEnabled || flag !== "commit") {
      if (extension.length > 0 || extensionSignature.length > 0)
        throw CometError.InvalidCommit(`place ${i} is extended`);
      return;
    }
    const key = claim.validators.validators[i]?.publicKey;
    const signed = voteExtensionSignBytes(claim.chainId, { height, round, extension });
    if (key === undefined || !verifyEd25519(key, signed, extensionSignature)) {
      throw CometError.WrongSignature(`extension signature at place ${i}`);
    }
  });
}

/**
 * What a light client needs of a header's own set: more than two thirds signed the block. Stops at the threshold and
 * looks at votes for the block only, so a later signature may be wrong: full nodes use verifyCommit.
 * @throws Reject as verifyCommit.
 */
export function verifyCommitLight(claim: CommitClaim, commit: Commit): void {
  checkClaim(claim, commit);
  const { validators, totalPower } = claim.validators;
  const needed = (totalPower * 2n) / 3n;
  let signed = 0n;
  for (const [i, sig] of commit.signatures.entries()) {
    const validator = validators[i];
    if (sig.flag !== "commit" || validator === undefined) continue;
    if (!equalBytes(sig.validator, validator.address)) throw CometError.ValidatorMismatch(`place ${i}`);
    checkSignature(claim.chainId, commit, sig, validator);
    signed += validator.power;
    if (signed > needed) return;
  }
  checkPower(signed, needed);
}

/**
 * Whether more than `level` of a trusted set, which need not be the commit's own, signed the block.
 * @throws Reject comet/17 when too little did, comet/10 on a validator that signed twice, comet/16 on a wrong signature.
 */
export function verifyCommitTrusting(
  chainId: string,
  trusted: ValidatorSet,
  commit: Commit,
  level: Fraction,
): void {
  const needed = (trusted.totalPower * level.numerator) / level.denominator;
  const seen = new Set<number>();
  let signed = 0n;
  for (const sig of commit.signatures) {
    const position = sig.flag === "commit" ? indexOfValidator(trusted, sig.validator) : -1;
    const validator = trusted.validators[position];
    if (validator === undefined) continue;
    if (seen.has(position)) throw CometError.InvalidCommit(`${toHex(sig.validator)} signed twice`);
    seen.add(position);
    checkSignature(chainId, commit, sig, validator);
    signed += validator.power;
    if (signed > needed) return;
  }
  checkPower(signed, needed);
}
