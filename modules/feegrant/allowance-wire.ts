import { AllowedMsgAllowance, BasicAllowance, PeriodicAllowance } from "../../proto/gen/cosmos/feegrant/v1beta1.js";
import type { Any, Duration } from "../../proto/gen/google/protobuf.js";
import { fromTimestamp, toTimestamp } from "../../chain/codec/index.js";
import type { AnyCodec } from "../../chain/codec/index.js";
import { SdkError, parseCoins, toCoins } from "../../chain/kernel/index.js";
import { MAX_INT64 } from "../../chain/primitives/index.js";
import { FeegrantError } from "./errors.js";
import type { Allowance, BasicAllowance as Basic, PeriodicAllowance as Periodic } from "./rules/allowance.js";

/** What may stand in the Any of a grant. */
export const ALLOWANCE_TYPES: readonly AnyCodec[] = [
  BasicAllowance,
  PeriodicAllowance,
  AllowedMsgAllowance,
] as readonly AnyCodec[];

const BASIC = `/${BasicAllowance.typeName}`;
const PERIODIC = `/${PeriodicAllowance.typeName}`;
const MESSAGES = `/${AllowedMsgAllowance.typeName}`;

const NANOS_PER_SECOND = 1_000_000_000n;
/** An allowance for messages around another and so on: nobody needs more. */
const MAX_NESTING = 4;
/** Every use of the allowance reads them all. */
const MAX_MESSAGES = 256;
/** No type URL is longer. */
const MAX_URL_LENGTH = 256;

function parseBasic(wire: BasicAllowance): Basic {
  const limit = wire.spendLimit.length === 0 ? undefined : parseCoins(wire.spendLimit);
  if (wire.expiration !== undefined && wire.expiration.seconds < 0n)
    throw FeegrantError.InvalidDuration("expiration time cannot be negative");
  return { kind: "basic", limit, expiration: wire.expiration && fromTimestamp(wire.expiration) };
}

function parsePeriod({ seconds, nanos }: Duration): bigint {
  const period = seconds * NANOS_PER_SECOND + BigInt(nanos);
  if (period < 0n) throw FeegrantError.InvalidDuration("negative clock step");
  if (period > MAX_INT64) throw FeegrantError.InvalidDuration("period is too long");
  return period;
}

function parsePeriodic(wire: PeriodicAllowance): Periodic {
  return {
    kind: "periodic",
    basic: parseBasic(wire.basic),
    period: parsePeriod(wire.period),
    periodLimit: parseCoins(wire.periodSpendLimit),
    periodLeft: parseCoins(wire.periodCanSpend, true),
    periodReset: fromTimestamp(wire.periodReset),
  };
}

function checkMessages(messages: readonly string[]): void {
  if (messages.length === 0) throw FeegrantError.NoMessages("allowed messages shouldn't be empty");
  if (messages.length > MAX_MESSAGES || messages.some((url) => url.length > MAX_URL_LENGTH))
    throw SdkError.InvalidRequest(`more than ${MAX_MESSAGES} allowed messages, or one beyond ${MAX_URL_LENGTH} characters`);
}

function parse(any: Any | undefined, depth: number): Allowance {
  if (any === undefined) throw FeegrantError.NoAllowance("allowance should not be empty");
  if (depth > MAX_NESTING) throw SdkError.InvalidRequest(`allowances nest deeper than ${MAX_NESTING}`);
  switch (any.typeUrl) {
    case BASIC:
      return parseBasic(BasicAllowance.decode(any.value));
    case PERIODIC:
      return parsePeriodic(PeriodicAllowance.decode(any.value));
    case MESSAGES: {
      const { allowance, allowedMessages } = AllowedMsgAllowance.decode(any.value);
      checkMessages(allowedMessages);
      return { kind: "messages", inner: parse(allowance, depth + 1), messages: allowedMessages };
    }
    default:
      throw SdkError.UnpackAny(`no fee allowance: ${any.typeUrl.slice(0, 100)}`);
  }
}

/** @throws Reject feegrant/4, 5 or 6, sdk/10 or sdk/5 on coins, sdk/34 on another type, sdk/2 or sdk/18 on malformed values. */
export function allowanceFromAny(any: Any | undefined): Allowance {
  return parse(any, 1);
}

function basicWire({ limit, expiration }: Basic): BasicAllowance {
  return {
    spendLimit: limit === undefined ? [] : toCoins(limit),
    expiration: expiration === undefined ? undefined : toTimestamp(expiration),
  };
}

/** The Any that state, queries and genesis hold. */
export function allowanceToAny(allowance: Allowance): Any {
  switch (allowance.kind) {
    case "basic":
      return { typeUrl: BASIC, value: BasicAllowance.encode(basicWire(allowance)) };
    case "periodic": {
      const { basic, period, periodLimit, periodLeft, periodReset } = allowance;
      const value = PeriodicAllowance.encode({
        basic: basicWire(basic),
        period: { seconds: period / NANOS_PER_SECOND, nanos: Number(period % NANOS_PER_SECOND) },
        periodSpendLimit: toCoins(periodLimit),
        periodCanSpend: toCoins(periodLeft),
        periodReset: toTimestamp(periodReset),
      });
      return { typeUrl: PERIODIC, value };
    }
    case "messages": {
      const inner = allowanceToAny(allowance.inner);
      const value = AllowedMsgAllowance.encode({ allowance: inner, allowedMessages: allowance.messages });
      return { typeUrl: MESSAGES, value };
    }
    default:
      return allowance satisfies never;
  }
}
