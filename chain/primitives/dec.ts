import { Reject } from "./errors.js";
import type { Uopen } from "./units.js";
import { toUopen } from "./units.js";

/**
 * The SDK's LegacyDec: eighteen decimal places, kept as an integer scaled by 10^18 (cosmos-formats.md §2.2). Shares of
 * delegators, exchange rates, commissions and rewards must come out to the last place as they do there, so every rounding
 * is the original's, checked against it by golden values (scripts/vectors/dec).
 */
declare const brand: unique symbol;
export type Dec = bigint & { readonly [brand]: "Dec" };

const PLACES = 18;
const ONE = 10n ** BigInt(PLACES);
const HALF = ONE / 2n;
/** The whole part has at most 256 bits, on either side of zero. */
const LIMIT = (1n << 256n) * ONE;
/** More digits than such a value has, so that a hostile text is refused before it is read as a number. */
const MAX_TEXT = 120;

export const DEC_ZERO = 0n as Dec;
export const DEC_ONE = ONE as Dec;

function invalid(detail: string): Reject {
  return new Reject("sdk", 18, `${detail}: invalid request`);
}

/** From the scaled integer that the wire carries. @throws Reject sdk/18 at 2^256 or beyond. */
export function toDec(scaled: bigint): Dec {
  if (scaled >= LIMIT || scaled <= -LIMIT) throw invalid("decimal out of range");
  return scaled as Dec;
}

/** A whole number as a decimal. @throws Reject sdk/18 at 2^256 or beyond. */
export function decFromInt(whole: bigint): Dec {
  return toDec(whole * ONE);
}

/** `numerator / denominator` of whole numbers, rounded half to even. @throws Reject sdk/18 on a zero denominator. */
export function decFromRatio(numerator: bigint, denominator: bigint): Dec {
  return quoDec(decFromInt(numerator), decFromInt(denominator));
}

/** Drops eighteen places, half to even; below zero it mirrors what it does above. */
function chopHalfEven(value: bigint): bigint {
  if (value < 0n) return -chopHalfEven(-value);
  const whole = value / ONE;
  const rest = value % ONE;
  if (rest < HALF || (rest === HALF && whole % 2n === 0n)) return whole;
  return whole + 1n;
}

/** Drops eighteen places, towards positive infinity. */
function chopUp(value: bigint): bigint {
  const whole = value / ONE;
  return value % ONE > 0n ? whole + 1n : whole;
}

function checkDivisor(b: bigint): void {
  if (b === 0n) throw invalid("division by zero");
}

export function addDec(a: Dec, b: Dec): Dec {
  return toDec(a + b);
}

/** May be negative. */
export function subDec(a: Dec, b: Dec): Dec {
  return toDec(a - b);
}

/** Rounded half to even. */
export function mulDec(a: Dec, b: Dec): Dec {
  return toDec(chopHalfEven(a * b));
}

/** Rounded towards zero. */
export function mulDecTruncate(a: Dec, b: Dec): Dec {
  return toDec((a * b) / ONE);
}

/** Rounded towards positive infinity. */
export function mulDecRoundUp(a: Dec, b: Dec): Dec {
  return toDec(chopUp(a * b));
}

/** Exact. */
export function mulDecInt(a: Dec, whole: bigint): Dec {
  return toDec(a * whole);
}

/**
 * Rounded half to even, after the quotient was cut at thirty-six places as the original cuts it.
 * @throws Reject sdk/18 on division by zero.
 */
export function quoDec(a: Dec, b: Dec): Dec {
  checkDivisor(b);
  return toDec(chopHalfEven((a * ONE * ONE) / b));
}

/** Rounded towards zero. @throws Reject sdk/18 on division by zero. */
export function quoDecTruncate(a: Dec, b: Dec): Dec {
  checkDivisor(b);
  return toDec((a * ONE) / b);
}

/**
 * Rounded up where nothing is negative. A negative quotient with a remainder becomes one place more than its truncation, as
 * in the original, which asks for the sign of the quotient where the dividend's is meant.
 * @throws Reject sdk/18 on division by zero.
 */
export function quoDecRoundUp(a: Dec, b: Dec): Dec {
  checkDivisor(b);
  const quotient = (a * ONE) / b;
  const rest = (a * ONE) % b;
  const isSameSign = quotient < 0n === b < 0n;
  const isUp = (rest > 0n && isSameSign) || (rest < 0n && !isSameSign);
  return toDec(isUp ? quotient + 1n : quotient);
}

/** By a whole number, rounded towards zero. @throws Reject sdk/18 on division by zero. */
export function quoDecInt(a: Dec, whole: bigint): Dec {
  checkDivisor(whole);
  return toDec(a / whole);
}

/** The whole part, towards zero. */
export function truncateInt(a: Dec): bigint {
  return a / ONE;
}

/** The nearest whole number, half to even. */
export function roundInt(a: Dec): bigint {
  return chopHalfEven(a);
}

/** The least whole decimal that is not below. */
export function ceilDec(a: Dec): Dec {
  return decFromInt(chopUp(a));
}

/** The whole part as an amount. @throws Reject sdk/18 below zero. */
export function truncateUopen(a: Dec): Uopen {
  return toUopen(truncateInt(a));
}

export function minDec(a: Dec, b: Dec): Dec {
  return a < b ? a : b;
}

/** "0.1" or "-3". @throws Reject sdk/18 on more than eighteen places, another form (a plus or a second minus too), or at 2^256 or beyond. */
export function parseDec(text: string): Dec {
  const parts = text.length > MAX_TEXT ? null : /^(-?)(\d+)(?:\.(\d{1,18}))?$/.exec(text);
  if (parts === null) throw invalid("not a decimal with at most eighteen places");
  return toDec(BigInt(`${parts[1] ?? ""}${parts[2] ?? ""}${(parts[3] ?? "").padEnd(PLACES, "0")}`));
}

/** With all eighteen places: "0.100000000000000000". */
export function formatDec(a: Dec): string {
  const sign = a < 0n ? "-" : "";
  const digits = a.toString().slice(sign.length).padStart(PLACES + 1, "0");
  return `${sign}${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`;
}

/** The text of a decimal field on the wire: the scaled integer; an empty text is zero. @throws Reject sdk/18. */
export function parseScaledDec(text: string): Dec {
  if (text === "") return DEC_ZERO;
  if (text.length > MAX_TEXT || !/^-?\d+$/.test(text)) throw invalid("not a scaled decimal");
  return toDec(BigInt(text));
}
