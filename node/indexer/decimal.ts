/** Unsigned decimals of any precision: attributes hold amounts beyond 2^53, so doubles would compare wrongly. */
export interface Decimal {
  /** value = digits / 10^scale */
  readonly digits: bigint;
  readonly scale: number;
}

/** Longer numbers are compared by nobody and would cost quadratic time to read. */
const MAX_NUMBER_CHARS = 128;

/** A decimal number that may be followed by a unit ("8uopen" is 8), as CometBFT reads attributes; else undefined, also for what begins with a sign. */
export function parseNumber(text: string): Decimal | undefined {
  const found = /^(\d+)(?:\.(\d*))?/.exec(text.slice(0, MAX_NUMBER_CHARS + 1));
  if (found === null || found[0].length > MAX_NUMBER_CHARS) return undefined;
  const fraction = found[2] ?? "";
  return { digits: BigInt(`${found[1] ?? ""}${fraction}`), scale: fraction.length };
}

/** Negative, zero or positive, exactly. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const left = a.digits * 10n ** BigInt(scale - a.scale);
  const right = b.digits * 10n ** BigInt(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}
