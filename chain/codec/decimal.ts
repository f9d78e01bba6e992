import { CodecError } from "./errors.js";

/** The SDK's LegacyDec: eighteen decimal places, an integer scaled by 10^18 on the wire (cosmos-formats.md §2.2). */
const PLACES = 18;
/** 315 bits in the SDK; 100 digits hold them all. */
export const MAX_DECIMAL_DIGITS = 100;

/** Whether the text is what a decimal field may hold on the wire; the empty text is nothing given. */
export function isScaledDecimal(scaled: string): boolean {
  return scaled === "" || (scaled.length <= MAX_DECIMAL_DIGITS && /^-?\d+$/.test(scaled));
}

/** "100000000000000000" to "0.100000000000000000". An empty wire text is zero. @throws Reject sdk/35. */
export function formatDecimal(scaled: string): string {
  if (scaled === "") return `0.${"0".repeat(PLACES)}`;
  if (!isScaledDecimal(scaled)) throw CodecError.Json("not a scaled decimal");
  const sign = scaled.startsWith("-") ? "-" : "";
  const digits = scaled.slice(sign.length).padStart(PLACES + 1, "0");
  return `${sign}${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`;
}

/** "0.1" to "100000000000000000". @throws Reject sdk/35 on more than eighteen places or anything but a decimal. */
export function parseDecimal(text: string): string {
  const parts = /^(-?)(\d{1,80})(?:\.(\d{1,18}))?$/.exec(text);
  if (parts === null) throw CodecError.Json("not a decimal with at most eighteen places");
  return BigInt(`${parts[1]}${parts[2]}${(parts[3] ?? "").padEnd(PLACES, "0")}`).toString();
}
