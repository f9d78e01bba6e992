import { DEC_ONE } from "../../../chain/primitives/index.js";
import type { Dec, TimeNs } from "../../../chain/primitives/index.js";
import { StakingError } from "../errors.js";

/** What a validator keeps of rewards, how high it may ever go, and how far a day may change it. */
export interface Rates {
  readonly rate: Dec;
  readonly maxRate: Dec;
  readonly maxChangeRate: Dec;
}

/** @throws Reject staking/9 to 11, 13 or 14, in the order of x/staking/types/commission.go. */
export function checkRates({ rate, maxRate, maxChangeRate }: Rates): void {
  if (maxRate < 0n) throw StakingError.CommissionNegative();
  if (maxRate > DEC_ONE) throw StakingError.CommissionHuge();
  if (rate < 0n) throw StakingError.CommissionNegative();
  if (rate > maxRate) throw StakingError.CommissionGTMaxRate();
  if (maxChangeRate < 0n) throw StakingError.CommissionChangeRateNegative();
  if (maxChangeRate > maxRate) throw StakingError.CommissionChangeRateGTMaxRate();
}

const DAY_NS = 86_400_000_000_000n;

/**
 * Once a day, never above the maximum, never up by more than the step; down as far as one likes.
 *
 * @throws Reject staking/12, 9, 11 or 15.
 */
export function checkNewRate(
  rates: Rates,
  newRate: Dec,
  times: { readonly now: TimeNs; readonly changed: TimeNs },
): void {
  if (times.now - times.changed < DAY_NS) throw StakingError.CommissionUpdateTime();
  if (newRate < 0n) throw StakingError.CommissionNegative();
  if (newRate > rates.maxRate) throw StakingError.CommissionGTMaxRate();
  if (newRate - rates.rate > rates.maxChangeRate) throw StakingError.CommissionGTMaxChangeRate();
}
