import { subUopen } from "../../../chain/primitives/index.js";
import type { TimeNs, Uopen } from "../../../chain/primitives/index.js";
import { FeegrantError } from "../errors.js";
import type { Allowance, BasicAllowance, MessagesAllowance, PeriodicAllowance } from "./allowance.js";

/** One transaction that wants its fee paid. */
export interface Spending {
  readonly fee: Uopen;
  /** Of the block. */
  readonly time: TimeNs;
  /** Type URLs of the transaction's messages. */
  readonly messages: readonly string[];
}

/** What is left; undefined once nothing is. */
type Left<A> = A | undefined;

function spendBasic(allowance: BasicAllowance, { fee, time }: Spending): Left<BasicAllowance> {
  const { limit, expiration } = allowance;
  if (expiration !== undefined && expiration < time) throw FeegrantError.Expired("basic allowance");
  if (limit === undefined) return allowance;
  if (fee > limit) throw FeegrantError.LimitExceeded("basic allowance");
  const left = subUopen(limit, fee);
  return left === 0n ? undefined : { ...allowance, limit: left };
}

/**
 * A new period where one is due: it begins where the last one ended, or now when more than a whole period went by unused. It never
 * offers more than is left in all.
 */
export function renewPeriod(allowance: PeriodicAllowance, time: TimeNs): PeriodicAllowance {
  const { basic, period, periodLimit, periodReset } = allowance;
  if (time < periodReset) return allowance;
  const periodLeft = basic.limit !== undefined && basic.limit < periodLimit ? basic.limit : periodLimit;
  const next = (periodReset + period) as TimeNs;
  return { ...allowance, periodLeft, periodReset: time > next ? ((time + period) as TimeNs) : next };
}

function spendPeriodic(allowance: PeriodicAllowance, { fee, time }: Spending): Left<PeriodicAllowance> {
  const { expiration, limit } = allowance.basic;
  if (expiration !== undefined && time > expiration) throw FeegrantError.Expired("absolute limit");
  const current = renewPeriod(allowance, time);
  if (fee > current.periodLeft) throw FeegrantError.LimitExceeded("period limit");
  const after = { ...current, periodLeft: subUopen(current.periodLeft, fee) };
  if (limit === undefined) return after;
  if (fee > limit) throw FeegrantError.LimitExceeded("absolute limit");
  const left = subUopen(limit, fee);
  return left === 0n ? undefined : { ...after, basic: { ...after.basic, limit: left } };
}

function spendMessages(allowance: MessagesAllowance, spending: Spending): Left<MessagesAllowance> {
  if (!spending.messages.every((url) => allowance.messages.includes(url)))
    throw FeegrantError.MessageNotAllowed("message does not exist in allowed messages");
  const inner = spend(allowance.inner, spending);
  return inner === undefined ? undefined : { ...allowance, inner };
}

/**
 * The allowance after the fee was taken off it; undefined when it is used up and ends.
 *
 * @throws Reject feegrant/2, 3 or 7 when it does not cover the fee, has ended, or is not for these messages.
 */
export function spend(allowance: Allowance, spending: Spending): Left<Allowance> {
  switch (allowance.kind) {
    case "basic":
      return spendBasic(allowance, spending);
    case "periodic":
      return spendPeriodic(allowance, spending);
    case "messages":
      return spendMessages(allowance, spending);
    default:
      return allowance satisfies never;
  }
}
