import { DEC_ZERO, addDec, decFromInt, quoDec, subDec, toDec, truncateInt } from "../../../chain/primitives/index.js";
import type { Dec, Uopen } from "../../../chain/primitives/index.js";
import { OPTIONS } from "./weights.js";
import type { Weights } from "./weights.js";

/** 10^18: a Dec of one. */
const ONE = 10n ** 18n;

/** What one bonded validator brings to a tally. */
export interface Count {
  /** uopen behind all its shares. */
  readonly tokens: bigint;
  readonly shares: Dec;
  /** Answer -> shares of its voting delegators times their weights, in units of 10^-36. */
  readonly delegated: ReadonlyMap<number, bigint>;
  /** The validator's own vote, which speaks for the shares of all who did not vote. */
  readonly own: Weights | undefined;
}

/** Power behind each answer, in uopen. */
export interface Tally {
  readonly yes: Dec;
  readonly abstain: Dec;
  readonly no: Dec;
  readonly veto: Dec;
  /** The sum of the four. */
  readonly total: Dec;
}

/** Answer -> power of one validator, rounded down at the eighteenth place. */
function powerOf({ tokens, shares, delegated, own }: Count, option: number): bigint {
  if (shares === 0n) return 0n;
  const voting = OPTIONS.reduce((sum, o) => sum + (delegated.get(o) ?? 0n), 0n);
  // Weights sum to one, so this is whole: the shares that speak for themselves.
  const silent = shares - voting / ONE;
  const weight = (delegated.get(option) ?? 0n) + silent * (own?.get(option) ?? 0n);
  return (weight * tokens) / shares;
}

/**
 * Adds up the votes. A delegator's vote counts for its own shares, wherever they are; what its validator says counts for the rest.
 *
 * The SDK rounds per voter; here each validator's power is rounded once per answer, so the two differ by less than 10^-18 uopen per
 * voter, and no more than one uopen in what is shown.
 */
export function tally(counts: readonly Count[]): Tally {
  const sum = (option: number): Dec => toDec(counts.reduce((total, count) => total + powerOf(count, option), 0n));
  const [yes, abstain, no, veto] = [sum(1), sum(2), sum(3), sum(4)];
  return { yes, abstain, no, veto, total: [yes, abstain, no, veto].reduce(addDec, DEC_ZERO) };
}

/** The tally as queries show it: whole uopen. */
export function formatTally({ yes, abstain, no, veto }: Tally): {
  yesCount: string;
  abstainCount: string;
  noCount: string;
  noWithVetoCount: string;
} {
  const text = (power: Dec): string => truncateInt(power).toString();
  return { yesCount: text(yes), abstainCount: text(abstain), noCount: text(no), noWithVetoCount: text(veto) };
}

export interface Thresholds {
  /** Part of the bonded stake that must vote. */
  readonly quorum: Dec;
  /** Part of the votes that do not abstain which must be exceeded by yes. */
  readonly threshold: Dec;
  /** Part of all votes that no-with-veto must exceed to defeat the proposal. */
  readonly veto: Dec;
}

/** Why a proposal passed or did not. */
export type Verdict = "passed" | "rejected" | "no stake" | "no quorum" | "vetoed";

/** The SDK's order of questions: stake, quorum, abstention, veto, threshold. */
export function judge(found: Tally, bonded: Uopen, { quorum, threshold, veto }: Thresholds): Verdict {
  if (bonded === 0n) return "no stake";
  if (quoDec(found.total, decFromInt(bonded)) < quorum) return "no quorum";
  const decisive = subDec(found.total, found.abstain);
  if (decisive === 0n) return "rejected";
  if (quoDec(found.veto, found.total) > veto) return "vetoed";
  return quoDec(found.yes, decisive) > threshold ? "passed" : "rejected";
}
