import { Reject, toUopen } from "../primitives/index.js";
import type { Uopen } from "../primitives/index.js";

/** Amounts as messages carry them: decimal uopen, one text per amount. */

/** 2^128 has 39 digits. */
const AMOUNT = /^(?:0|[1-9]\d{0,38})$/;

/** @throws Reject sdk/18 unless plain decimal digits without sign or leading zero, below 2^128. */
export function parseUopen(text: string): Uopen {
  if (!AMOUNT.test(text)) throw new Reject("sdk", 18, "not a decimal amount of uopen: invalid request");
  return toUopen(BigInt(text));
}
