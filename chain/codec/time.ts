import { Reject, splitTime, toTimeNs } from "../primitives/index.js";
import type { TimeNs } from "../primitives/index.js";

/** google.protobuf.Timestamp and Duration against nanoseconds, and their JSON texts. No clock and no Date. */

/** The fields of google.protobuf.Timestamp. */
export interface TimestampParts {
  readonly seconds: bigint;
  readonly nanos: number;
}

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: the range of a Timestamp. */
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;
/** About 10,000 years: the range of a Duration. */
const MAX_DURATION_SECONDS = 315_576_000_000n;
const SECONDS_PER_DAY = 86_400n;

function invalid(what: string): Reject {
  return new Reject("sdk", 18, `${what}: invalid request`);
}

export function toTimestamp(time: TimeNs): TimestampParts {
  return splitTime(time);
}

/** @throws Reject sdk/18 outside the years 1 to 9999 or the range of nanos. */
export function fromTimestamp(timestamp: TimestampParts): TimeNs {
  if (timestamp.seconds < MIN_SECONDS || timestamp.seconds > MAX_SECONDS)
    throw invalid("timestamp out of range");
  return toTimeNs(timestamp.seconds, timestamp.nanos);
}

/** Days since 1970-01-01 of a proleptic Gregorian date (era arithmetic: 400 years have 146,097 days). */
function daysOfCivil(year: bigint, month: bigint, day: bigint): bigint {
  const y = month <= 2n ? year - 1n : year;
  const era = (y >= 0n ? y : y - 399n) / 400n;
  const yearOfEra = y - era * 400n;
  const dayOfYear = (153n * (month + (month > 2n ? -3n : 9n)) + 2n) / 5n + day - 1n;
  const dayOfEra = yearOfEra * 365n + yearOfEra / 4n - yearOfEra / 100n + dayOfYear;
  return era * 146_097n + dayOfEra - 719_468n;
}

function civilOfDays(days: bigint): readonly [year: bigint, month: bigint, day: bigint] {
  const z = days + 719_468n;
  const era = (z >= 0n ? z : z - 146_096n) / 146_097n;
  const dayOfEra = z - era * 146_097n;
  const yearOfEra = (dayOfEra - dayOfEra / 1_460n + dayOfEra / 36_524n - dayOfEra / 146_096n) / 365n;
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n);
  const shifted = (5n * dayOfYear + 2n) / 153n;
  const day = dayOfYear - (153n * shifted + 2n) / 5n + 1n;
  const month = shifted < 10n ? shifted + 3n : shifted - 9n;
  return [yearOfEra + era * 400n + (month <= 2n ? 1n : 0n), month, day];
}

function pad(value: bigint | number, width: number): string {
  return value.toString().padStart(width, "0");
}

/** Fraction with 0, 3, 6 or 9 digits, as protobuf JSON writes it. */
function fraction(nanos: number): string {
  if (nanos === 0) return "";
  return `.${pad(nanos, 9).replace(/(?:000){1,2}$/, "")}`;
}

function dateTime(seconds: bigint): string {
  const days = seconds >= 0n ? seconds / SECONDS_PER_DAY : (seconds - SECONDS_PER_DAY + 1n) / SECONDS_PER_DAY;
  const [year, month, day] = civilOfDays(days);
  const rest = seconds - days * SECONDS_PER_DAY;
  const clock = `${pad(rest / 3600n, 2)}:${pad((rest / 60n) % 60n, 2)}:${pad(rest % 60n, 2)}`;
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${clock}`;
}

/** Protobuf JSON: "2026-01-02T03:04:05.120Z" with 0, 3, 6 or 9 digits of fraction. */
export function formatTimestamp(timestamp: TimestampParts): string {
  return `${dateTime(timestamp.seconds)}${fraction(timestamp.nanos)}Z`;
}

/** Go's RFC3339Nano in UTC, as CometBFT's RPC writes times: trailing zeros of the fraction are cut. */
export function formatRfc3339Nano(time: TimeNs): string {
  const { seconds, nanos } = splitTime(time);
  const digits = nanos === 0 ? "" : `.${pad(nanos, 9).replace(/0+$/, "")}`;
  return `${dateTime(seconds)}${digits}Z`;
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

function offsetSeconds(zone: string): bigint {
  if (zone === "Z") return 0n;
  const hours = BigInt(zone.slice(1, 3));
  const minutes = BigInt(zone.slice(4, 6));
  if (hours > 23n || minutes > 59n) throw invalid("not an RFC 3339 time");
  const total = hours * 3600n + minutes * 60n;
  return zone.startsWith("-") ? -total : total;
}

/** RFC 3339 with any offset and up to nine digits of fraction. @throws Reject sdk/18 on anything else. */
export function parseTimestamp(text: string): TimestampParts {
  const parts = RFC3339.exec(text);
  if (parts === null) throw invalid("not an RFC 3339 time");
  const at = (i: number): bigint => BigInt(parts[i] ?? "0");
  const days = daysOfCivil(at(1), at(2), at(3));
  const back = civilOfDays(days);
  if (back[0] !== at(1) || back[1] !== at(2) || back[2] !== at(3)) throw invalid("no such date");
  if (at(4) > 23n || at(5) > 59n || at(6) > 59n) throw invalid("no such time of day");
  const seconds =
    days * SECONDS_PER_DAY + at(4) * 3600n + at(5) * 60n + at(6) - offsetSeconds(parts[8] ?? "Z");
  const timestamp = { seconds, nanos: Number((parts[7] ?? "").padEnd(9, "0")) };
  fromTimestamp(timestamp);
  return timestamp;
}

/** RFC 3339 to nanoseconds. @throws Reject sdk/18. */
export function parseRfc3339(text: string): TimeNs {
  return fromTimestamp(parseTimestamp(text));
}

/** Protobuf JSON of a Duration: "1.500s", "-3s". Seconds and nanos have the same sign. */
export function formatDuration(duration: TimestampParts): string {
  const isNegative = duration.seconds < 0n || duration.nanos < 0;
  const seconds = duration.seconds < 0n ? -duration.seconds : duration.seconds;
  return `${isNegative ? "-" : ""}${seconds}${fraction(Math.abs(duration.nanos))}s`;
}

/** @throws Reject sdk/18 on anything but decimal seconds with at most nine digits of fraction. */
export function parseDuration(text: string): TimestampParts {
  const parts = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(text);
  if (parts === null) throw invalid("not a duration");
  const seconds = BigInt(parts[2] ?? "0");
  if (seconds > MAX_DURATION_SECONDS) throw invalid("duration out of range");
  const nanos = Number((parts[3] ?? "").padEnd(9, "0"));
  const isNegative = parts[1] === "-";
  return { seconds: isNegative ? -seconds : seconds, nanos: isNegative && nanos !== 0 ? -nanos : nanos };
}
