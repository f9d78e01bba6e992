import type { BaseAccount } from "../../proto/gen/cosmos/auth/v1beta1.js";
import type {
  BaseVestingAccount} from "../../proto/gen/cosmos/vesting/v1beta1.js";
import {
  ContinuousVestingAccount,
  DelayedVestingAccount,
  PeriodicVestingAccount,
  PermanentLockedAccount,
} from "../../proto/gen/cosmos/vesting/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { SdkError, parseCoins, toCoins } from "../../chain/kernel/index.js";
import { toUopen } from "../../chain/primitives/index.js";
import type { Uopen } from "../../chain/primitives/index.js";
import { periodicSchedule } from "./rules/vesting.js";
import type { Delegated, Schedule } from "./rules/vesting.js";

/** Accounts whose coins are released over time. */
export const VESTING_TYPES: readonly AnyCodec[] = [
  ContinuousVestingAccount,
  DelayedVestingAccount,
  PeriodicVestingAccount,
  PermanentLockedAccount,
] as readonly AnyCodec[];

const CONTINUOUS = `/${ContinuousVestingAccount.typeName}`;
const DELAYED = `/${DelayedVestingAccount.typeName}`;
const PERIODIC = `/${PeriodicVestingAccount.typeName}`;
const PERMANENT = `/${PermanentLockedAccount.typeName}`;

export interface VestingParts {
  readonly base: BaseAccount | undefined;
  readonly schedule: Schedule;
  readonly delegated: Delegated;
}

/** Every read of the account walks its periods. */
export const MAX_PERIODS = 256;

function baseOf(baseAccount: BaseAccount, schedule: Schedule, delegated: Delegated): BaseVestingAccount {
  return {
    baseAccount,
    originalVesting: toCoins(schedule.original),
    delegatedFree: toCoins(delegated.free),
    delegatedVesting: toCoins(delegated.vesting),
    endTime: schedule.kind === "permanent" ? 0n : schedule.end,
  };
}

export function vestingToAny(baseAccount: BaseAccount, schedule: Schedule, delegated: Delegated): Any {
  const baseVestingAccount = baseOf(baseAccount, schedule, delegated);
  switch (schedule.kind) {
    case "continuous":
      return { typeUrl: CONTINUOUS, value: ContinuousVestingAccount.encode({ baseVestingAccount, startTime: schedule.start }) };
    case "delayed":
      return { typeUrl: DELAYED, value: DelayedVestingAccount.encode({ baseVestingAccount }) };
    case "periodic": {
      const vestingPeriods = schedule.periods.map(({ length, amount }) => ({ length, amount: toCoins(amount) }));
      const value = PeriodicVestingAccount.encode({ baseVestingAccount, startTime: schedule.start, vestingPeriods });
      return { typeUrl: PERIODIC, value };
    }
    case "permanent":
      return { typeUrl: PERMANENT, value: PermanentLockedAccount.encode({ baseVestingAccount }) };
    default:
      return schedule satisfies never;
  }
}

function amountOf(coins: BaseVestingAccount["originalVesting"]): Uopen {
  return coins.length === 0 ? toUopen(0n) : parseCoins(coins);
}

function partsOf(wire: BaseVestingAccount | undefined, schedule: (base: BaseVestingAccount, original: Uopen) => Schedule): VestingParts {
  if (wire === undefined) throw SdkError.InvalidType("vesting account without its base");
  const original = amountOf(wire.originalVesting);
  const delegated = { free: amountOf(wire.delegatedFree), vesting: amountOf(wire.delegatedVesting) };
  if (wire.endTime < 0n) throw SdkError.InvalidRequest("end time cannot be negative");
  if (delegated.vesting > original)
    throw SdkError.InvalidRequest("delegated vesting amount cannot be greater than original vesting amount");
  return { base: wire.baseAccount, schedule: schedule(wire, original), delegated };
}

function continuous(value: Uint8Array): VestingParts {
  const { baseVestingAccount, startTime: start } = ContinuousVestingAccount.decode(value);
  if (start < 0n) throw SdkError.InvalidRequest("start time cannot be negative");
  return partsOf(baseVestingAccount, ({ endTime: end }, original) => ({ kind: "continuous", original, start, end }));
}

function periodic(value: Uint8Array): VestingParts {
  const { baseVestingAccount, startTime, vestingPeriods } = PeriodicVestingAccount.decode(value);
  if (startTime < 0n || vestingPeriods.length > MAX_PERIODS || vestingPeriods.some((p) => p.length < 0n))
    throw SdkError.InvalidRequest(`vesting periods must be at most ${MAX_PERIODS}, and none negative`);
  const schedule = periodicSchedule(startTime, vestingPeriods.map(({ length, amount }) => ({ length, amount: parseCoins(amount) })));
  return partsOf(baseVestingAccount, ({ endTime }, original) => {
    if (endTime !== schedule.end || original !== schedule.original)
      throw SdkError.InvalidRequest("vesting end time and coins do not match those of all vesting periods");
    return schedule;
  });
}

/** undefined for an Any that is no vesting account. @throws Reject sdk/2, sdk/10, sdk/18 or sdk/29 on a malformed one. */
export function vestingFromAny(any: Any): VestingParts | undefined {
  switch (any.typeUrl) {
    case CONTINUOUS:
      return continuous(any.value);
    case PERIODIC:
      return periodic(any.value);
    case DELAYED: {
      const { baseVestingAccount } = DelayedVestingAccount.decode(any.value);
      return partsOf(baseVestingAccount, ({ endTime: end }, original) => ({ kind: "delayed", original, end }));
    }
    case PERMANENT: {
      const { baseVestingAccount } = PermanentLockedAccount.decode(any.value);
      return partsOf(baseVestingAccount, (base, original) => {
        if (base.endTime > 0n) throw SdkError.InvalidRequest("permanently vested accounts cannot have an end-time");
        return { kind: "permanent", original };
      });
    }
    default:
      return undefined;
  }
}
