import type { Params } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { SdkError } from "../../chain/kernel/index.js";
import { UOPEN } from "../../chain/primitives/index.js";

/** The SDK's defaults; relayers need historical_entries above 0. */
export const DEFAULT_PARAMS: Params = {
  unbondingTime: { seconds: 1_814_400n, nanos: 0 },
  maxValidators: 100,
  maxEntries: 7,
  historicalEntries: 10_000,
  bondDenom: UOPEN,
  minCommissionRate: "0",
};

/** @throws Reject sdk/18. */
export function checkParams(params: Params): void {
  if (params.bondDenom !== UOPEN) throw SdkError.InvalidRequest("bond_denom must be uopen");
  if (params.maxValidators < 1 || params.maxValidators > 10_000)
    throw SdkError.InvalidRequest("max_validators must be 1 to 10000");
  if (params.historicalEntries < 1) throw SdkError.InvalidRequest("historical_entries must be positive");
  if (params.unbondingTime.seconds <= 0n) throw SdkError.InvalidRequest("unbonding_time must be positive");
}
