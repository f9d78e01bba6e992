import { parseBase64, parseHex } from "../../../chain/primitives/index.js";
import { EdgeFailure } from "../../errors.js";

/**
 * Bytes as people have them at hand: hex, with or without 0x, or base64. What could be both is hex, as in other Cosmos daemons.
 *
 * @throws EdgeFailure "malformed"
 */
export function fromBase64OrHex(text: string): Uint8Array {
  const digits = text.startsWith("0x") ? text.slice(2) : text;
  if (/^([0-9a-f]{2})*$/i.test(digits)) return parseHex(digits.toLowerCase());
  try {
    return parseBase64(text);
  } catch (cause) {
    throw new EdgeFailure("malformed", `must be hex or base64, got "${text.slice(0, 60)}"`, {}, cause);
  }
}
