import { equalBytes } from "../primitives/index.js";
import type { TimeNs } from "../primitives/index.js";
import { CometError } from "./errors.js";
import { headerHash } from "./header.js";
import type { Commit, Header, ValidatorSet } from "./types.js";
import { validatorSetHash } from "./validator-codec.js";
import { verifyCommitLight, verifyCommitTrusting } from "./verify-commit.js";
import type { CommitClaim, Fraction } from "./verify-commit.js";

/** Header verification of a light client (CometBFT light/verifier.go; cosmos-formats.md §4.11). */

export interface LightBlock {
  readonly header: Header;
  readonly commit: Commit;
  /** The set of the header's height. */
  readonly validators: ValidatorSet;
}

/** The client's clock and patience, all nanoseconds. */
export interface LightOptions {
  readonly now: TimeNs;
  /** How long a verified header may be built upon; below the unbonding period. */
  readonly trustingPeriodNs: bigint;
  /** How far ahead of `now` a new header may be. */
  readonly maxClockDriftNs: bigint;
}

/** At least one correct validator signed. */
export const DEFAULT_TRUST_LEVEL: Fraction = { numerator: 1n, denominator: 3n };

function checkFollows(trusted: Header, next: LightBlock, options: LightOptions): void {
  const { header, commit, validators } = next;
  const rules: readonly (readonly [boolean, string])[] = [
    [trusted.time + options.trustingPeriodNs > options.now, "the trusted header has expired"],
    [header.chainId === trusted.chainId, "the header is of another chain"],
    [commit.height === header.height, "the commit is of another height"],
    [equalBytes(commit.blockId.hash, headerHash(header)), "the commit is of another header"],
    [header.height > trusted.height, "the header is not above the trusted one"],
    [header.time > trusted.time, "the header is not later than the trusted one"],
    [header.time < options.now + options.maxClockDriftNs, "the header is from the future"],
    [equalBytes(header.validatorsHash, validatorSetHash(validators)), "the validators are not the header's"],
  ];
  for (const [holds, what] of rules) if (!holds) throw CometError.UntrustedHeader(what);
}

function claimOf({ header, commit, validators }: LightBlock): CommitClaim {
  return { chainId: header.chainId, validators, height: header.height, blockId: commit.blockId };
}

/**
 * The header right after a trusted one: its set is the one announced there.
 * @throws Reject comet/19 when it does not follow, and verifyCommitLight's codes.
 */
export function verifyAdjacent(trusted: Header, next: LightBlock, options: LightOptions): void {
  if (next.header.height !== trusted.height + 1n)
    throw CometError.UntrustedHeader("the heights are not adjacent");
  checkFollows(trusted, next, options);
  if (!equalBytes(next.header.validatorsHash, trusted.nextValidatorsHash)) {
    throw CometError.UntrustedHeader("the validators are not the announced ones");
  }
  verifyCommitLight(claimOf(next), next.commit);
}

/** What a skipping step starts from: a trusted header with the set announced in it. */
export interface TrustedState {
  readonly header: Header;
  readonly nextValidators: ValidatorSet;
  /** From 1/3 to 1 of that set must have signed. */
  readonly level: Fraction;
}

/**
 * A header further up: enough of the trusted set signed it, and two thirds of its own.
 * @throws Reject comet/19 when it does not follow, comet/17 when the sets have too little in common.
 */
export function verifySkipping(trusted: TrustedState, next: LightBlock, options: LightOptions): void {
  const { numerator, denominator } = trusted.level;
  if (denominator <= 0n || numerator * 3n < denominator || numerator > denominator) {
    throw CometError.OutOfRange("a trust level is from 1/3 to 1");
  }
  if (next.header.height === trusted.header.height + 1n)
    throw CometError.UntrustedHeader("the heights are adjacent");
  checkFollows(trusted.header, next, options);
  verifyCommitTrusting(next.header.chainId, trusted.nextValidators, next.commit, trusted.level);
  verifyCommitLight(claimOf(next), next.commit);
}
