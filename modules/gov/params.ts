import type { Params } from "../../proto/gen/cosmos/gov/v1.js";
import type { Coin } from "../../proto/gen/cosmos/base/v1beta1.js";
import type { Duration } from "../../proto/gen/google/protobuf.js";
import { parseAddress } from "../../chain/codec/index.js";
import { SdkError, parseCoins, toCoins } from "../../chain/kernel/index.js";
import { DEC_ONE, Reject, UOPEN_PER_OPEN, formatDec, parseDec, toUopen } from "../../chain/primitives/index.js";
import type { Address, Dec, Uopen } from "../../chain/primitives/index.js";
import { readGov } from "./state.js";
import type { ReadStores } from "../../chain/store/index.js";

const DAY_SECONDS = 86_400n;
const NANOS = 1_000_000_000n;
/** Nobody waits longer for anything. */
const MAX_PERIOD_SECONDS = 366n * DAY_SECONDS;
/** A hundred deposits of this part of the minimum suffice, so that a proposal never has more depositors than one block can pay back. */
const MIN_DEPOSIT_RATIO = parseDec("0.01");

const open = (amount: bigint): Coin[] => toCoins(toUopen(amount * UOPEN_PER_OPEN));
const days = (count: bigint): Duration => ({ seconds: count * DAY_SECONDS, nanos: 0 });

/** The SDK's defaults, in OPEN. A deposit is returned unless the proposal is vetoed, so it need only cost a spammer his patience. */
export const DEFAULT_PARAMS: Params = {
  minDeposit: open(10n),
  expeditedMinDeposit: open(50n),
  maxDepositPeriod: days(2n),
  votingPeriod: days(2n),
  expeditedVotingPeriod: days(1n),
  quorum: "0.334000000000000000",
  threshold: "0.500000000000000000",
  expeditedThreshold: "0.667000000000000000",
  vetoThreshold: "0.334000000000000000",
  minInitialDepositRatio: "0.000000000000000000",
  proposalCancelRatio: "0.500000000000000000",
  proposalCancelDest: "",
  burnVoteQuorum: false,
  burnProposalDepositPrevote: false,
  burnVoteVeto: true,
  minDepositRatio: "0.010000000000000000",
};

/** The parameters as rules compute with them. Periods in nanoseconds. */
export interface Rules {
  readonly minDeposit: Uopen;
  readonly expeditedMinDeposit: Uopen;
  readonly depositPeriod: bigint;
  readonly votingPeriod: bigint;
  readonly expeditedVotingPeriod: bigint;
  readonly quorum: Dec;
  readonly threshold: Dec;
  readonly expeditedThreshold: Dec;
  readonly vetoThreshold: Dec;
  readonly minInitialDepositRatio: Dec;
  readonly minDepositRatio: Dec;
  readonly cancelRatio: Dec;
  /** Who gets what a cancellation costs; undefined: the community. */
  readonly cancelDestination: Address | undefined;
  readonly takesDepositWithoutQuorum: boolean;
  readonly takesDepositBeforeVote: boolean;
  readonly takesDepositOnVeto: boolean;
}

interface Bounds {
  /** In the SDK's words. */
  readonly name: string;
  readonly low: Dec;
  readonly isLowAllowed: boolean;
}

function part(text: string, { name, low, isLowAllowed }: Bounds): Dec {
  let value: Dec;
  try {
    value = parseDec(text);
  } catch (error) {
    if (error instanceof Reject) throw SdkError.InvalidRequest(`invalid ${name} string: ${text.slice(0, 100)}`);
    throw error;
  }
  if (value < low || (value === low && !isLowAllowed))
    throw SdkError.InvalidRequest(`${name} must be ${isLowAllowed ? "at least" : "above"} ${formatDec(low)}: ${text}`);
  if (value > DEC_ONE) throw SdkError.InvalidRequest(`${name} too large: ${text}`);
  return value;
}

const ratio = (name: string, low: Dec = parseDec("0")): Bounds => ({ name, low, isLowAllowed: true });
const positive = (name: string): Bounds => ({ name, low: parseDec("0"), isLowAllowed: false });

function period(name: string, duration: Duration | undefined): bigint {
  if (duration === undefined) throw SdkError.InvalidRequest(`${name} must not be nil`);
  const { seconds, nanos } = duration;
  if (seconds < 1n || nanos < 0 || nanos >= Number(NANOS)) throw SdkError.InvalidRequest(`${name} must be at least a second`);
  if (seconds > MAX_PERIOD_SECONDS) throw SdkError.InvalidRequest(`${name} must be at most ${MAX_PERIOD_SECONDS}s`);
  return seconds * NANOS + BigInt(nanos);
}

function deposit(name: string, coins: readonly Coin[]): Uopen {
  try {
    const amount = parseCoins(coins);
    if (amount > 0n) return amount;
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
  }
  throw SdkError.InvalidRequest(`invalid ${name}: one amount of uopen`);
}

/**
 * The parameters within their bounds (the SDK's Params.ValidateBasic; besides, one coin, periods up to a year, and a least deposit
 * that bounds the number of depositors).
 *
 * @throws Reject sdk/18.
 */
export function parseParams(params: Params): Rules {
  const rules: Rules = {
    minDeposit: deposit("minimum deposit", params.minDeposit),
    expeditedMinDeposit: deposit("expedited minimum deposit", params.expeditedMinDeposit),
    depositPeriod: period("maximum deposit period", params.maxDepositPeriod),
    votingPeriod: period("voting period", params.votingPeriod),
    expeditedVotingPeriod: period("expedited voting period", params.expeditedVotingPeriod),
    quorum: part(params.quorum, ratio("quorum")),
    threshold: part(params.threshold, positive("vote threshold")),
    expeditedThreshold: part(params.expeditedThreshold, positive("expedited vote threshold")),
    vetoThreshold: part(params.vetoThreshold, positive("veto threshold")),
    minInitialDepositRatio: part(params.minInitialDepositRatio, ratio("minimum initial deposit ratio")),
    minDepositRatio: part(params.minDepositRatio, ratio("minimum deposit ratio", MIN_DEPOSIT_RATIO)),
    cancelRatio: part(params.proposalCancelRatio, ratio("burn rate of cancel proposal")),
    cancelDestination: params.proposalCancelDest === "" ? undefined : parseAddress(params.proposalCancelDest),
    takesDepositWithoutQuorum: params.burnVoteQuorum,
    takesDepositBeforeVote: params.burnProposalDepositPrevote,
    takesDepositOnVeto: params.burnVoteVeto,
  };
  checkOrder(rules);
  return rules;
}

function checkOrder(rules: Rules): void {
  if (rules.expeditedMinDeposit <= rules.minDeposit)
    throw SdkError.InvalidRequest("expedited minimum deposit must be greater than minimum deposit");
  if (rules.expeditedThreshold <= rules.threshold)
    throw SdkError.InvalidRequest("expedited vote threshold must be greater than the regular threshold");
  if (rules.expeditedVotingPeriod >= rules.votingPeriod)
    throw SdkError.InvalidRequest("expedited voting period must be strictly less than the regular voting period");
}

/** @throws Reject sdk/18 or sdk/7. */
export function checkParams(params: Params): void {
  parseParams(params);
}

/** The rules in force. */
export function rulesOf(stores: ReadStores): Rules {
  return parseParams(readGov(stores).params.getOrFail());
}
