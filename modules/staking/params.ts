import type { Params } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { SdkError } from "../../chain/kernel/index.js";
import {
  DEC_ONE,
  MAX_INT64,
  Reject,
  UOPEN,
  formatDec,
  parseScaledDec,
} from "../../chain/primitives/index.js";

/** The SDK's defaults; relayers need historical_entries above 0. */
export const DEFAULT_PARAMS: Params = {
  unbondingTime: { seconds: 1_814_400n, nanos: 0 },
  maxValidators: 100,
  maxEntries: 7,
  historicalEntries: 10_000,
  bondDenom: UOPEN,
  minCommissionRate: "0",
};

/** Work of a block grows with the set, that of a query with the entries of a pair. */
const MAX_VALIDATORS = 10_000;
const MAX_ENTRIES = 1_000;
const MAX_HISTORY = 1_000_000;

/** The SDK's checks have no code of their own, so a transaction reports them as an error of nobody. */
function invalid(text: string): Reject {
  return new Reject("undefined", 1, text);
}

function checkUnbondingTime({ unbondingTime: { seconds, nanos } }: Params): void {
  const total = seconds * 1_000_000_000n + BigInt(nanos);
  if (total <= 0n) throw invalid(`unbonding time must be positive: ${total}`);
  // Go counts durations in an int64 of nanoseconds, 292 years.
  if (total > MAX_INT64 || nanos < 0) throw SdkError.InvalidRequest("unbonding_time is out of range");
}

function checkMinCommissionRate({ minCommissionRate }: Params): void {
  const rate = parseScaledDec(minCommissionRate);
  if (rate < 0n) throw invalid(`minimum commission rate cannot be negative: ${formatDec(rate)}`);
  if (rate > DEC_ONE)
    throw invalid(`minimum commission rate cannot be greater than 100%: ${formatDec(rate)}`);
}

/** The SDK's bounds, and ours on top (ADR 0119). @throws Reject undefined/1 with the SDK's text, sdk/18. */
export function checkParams(params: Params): void {
  checkUnbondingTime(params);
  if (params.maxValidators === 0) throw invalid("max validators must be positive: 0");
  if (params.maxValidators > MAX_VALIDATORS)
    throw SdkError.InvalidRequest(`max_validators must be at most ${MAX_VALIDATORS}`);
  if (params.maxEntries === 0) throw invalid("max entries must be positive: 0");
  if (params.maxEntries > MAX_ENTRIES)
    throw SdkError.InvalidRequest(`max_entries must be at most ${MAX_ENTRIES}`);
  if (params.bondDenom.trim() === "") throw invalid("bond denom cannot be blank");
  if (params.bondDenom !== UOPEN) throw SdkError.InvalidRequest("bond_denom must be uopen");
  checkMinCommissionRate(params);
  if (params.historicalEntries > MAX_HISTORY)
    throw SdkError.InvalidRequest(`historical_entries must be at most ${MAX_HISTORY}`);
}
