/** Times and durations as people type them, in the JSON of protobuf. */
import { unfit } from "./scalar-json.js";

const UNITS: Readonly<Record<string, bigint>> = { ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n };
const NANOS = 1_000_000_000n;

/** "1h30m", "90s" or "1.5h", as Go writes durations, to nanoseconds. @throws EdgeFailure "malformed". */
export function parseDurationNanos(text: string): bigint {
  const parts = [...text.matchAll(/(\d{1,12})(?:\.(\d{1,9}))?(ns|us|ms|s|m|h)/gy)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== text) throw unfit(`must be a duration like 1h30m or 90s, got "${text.slice(0, 60)}"`);
  return parts.reduce((sum, [, whole = "0", places = "", unit = "s"]) => {
    const scaled = BigInt(whole + places) * (UNITS[unit] ?? 0n);
    return sum + scaled / 10n ** BigInt(places.length);
  }, 0n);
}

/** Seconds with nanoseconds, as in the JSON of google.protobuf.Duration. */
export function durationJson(text: string): string {
  const nanos = parseDurationNanos(text);
  const places = (nanos % NANOS).toString().padStart(9, "0").replace(/0+$/, "");
  return `${nanos / NANOS}${places === "" ? "" : `.${places}`}s`;
}

/** RFC 3339, a date, or Unix seconds. @throws EdgeFailure "malformed". */
export function timestampJson(text: string): string {
  if (/^\d{1,11}$/.test(text)) return new Date(Number(text) * 1_000).toISOString().replace(".000Z", "Z");
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T00:00:00Z`;
  if (/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw unfit(`must be a time like 2027-01-31T12:00:00Z or Unix seconds, got "${text.slice(0, 60)}"`);
}
