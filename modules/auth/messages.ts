import type {
  MsgCreatePeriodicVestingAccount,
  MsgCreatePermanentLockedAccount,
  MsgCreateVestingAccount,
} from "../../proto/gen/cosmos/vesting/v1beta1.js";
import { parseAddress } from "../../chain/codec/index.js";
import { SdkError, parseCoins } from "../../chain/kernel/index.js";
import { MAX_INT64, splitTime } from "../../chain/primitives/index.js";
import type { Address, TimeNs } from "../../chain/primitives/index.js";
import { periodicSchedule } from "./rules/vesting.js";
import type { Schedule } from "./rules/vesting.js";
import { MAX_PERIODS } from "./vesting-wire.js";

/** A new account with coins that are released over time. */
export interface CreateVesting {
  readonly from: Address;
  readonly to: Address;
  /** Some schedules begin with the block that makes the account. */
  schedule(now: TimeNs): Schedule;
}

function parsePair(wire: { readonly fromAddress: string; readonly toAddress: string }): Pick<CreateVesting, "from" | "to"> {
  return { from: parseAddress(wire.fromAddress), to: parseAddress(wire.toAddress) };
}

/** @throws Reject sdk/7, sdk/10, sdk/5 on coins, sdk/18 on the end. */
export function parseCreateVesting(wire: MsgCreateVestingAccount): CreateVesting {
  const original = parseCoins(wire.amount);
  const { endTime: end, delayed } = wire;
  if (end <= 0n) throw SdkError.InvalidRequest("invalid end time");
  return {
    ...parsePair(wire),
    schedule: (now) =>
      delayed ? { kind: "delayed", original, end } : { kind: "continuous", original, start: splitTime(now).seconds, end },
  };
}

/** @throws Reject sdk/7, sdk/10 or sdk/5 on coins. */
export function parseCreatePermanent(wire: MsgCreatePermanentLockedAccount): CreateVesting {
  const original = parseCoins(wire.amount);
  return { ...parsePair(wire), schedule: () => ({ kind: "permanent", original }) };
}

/** @throws Reject sdk/7, sdk/10 or sdk/5 on coins, sdk/18 on start and periods. */
export function parseCreatePeriodic(wire: MsgCreatePeriodicVestingAccount): CreateVesting {
  const { startTime, vestingPeriods } = wire;
  if (startTime < 1n)
    throw SdkError.InvalidRequest(`invalid start time of ${startTime}, length must be greater than 0`);
  if (vestingPeriods.length === 0 || vestingPeriods.length > MAX_PERIODS)
    throw SdkError.InvalidRequest(`vesting periods must be 1 to ${MAX_PERIODS}`);
  const periods = vestingPeriods.map(({ length, amount }, i) => {
    if (length < 1n)
      throw SdkError.InvalidRequest(`invalid period length of ${length} in period ${i}, length must be greater than 0`);
    return { length, amount: parseCoins(amount) };
  });
  const schedule = periodicSchedule(startTime, periods);
  if (schedule.end > MAX_INT64) throw SdkError.InvalidRequest("cumulative endTime overflowed, and/or is less than startTime");
  return { ...parsePair(wire), schedule: () => schedule };
}
