import { UOPEN, UOPEN_PER_OPEN } from "../../chain/primitives/index.js";
import type { Uopen } from "../../chain/primitives/index.js";
import { parseUopen } from "../../chain/codec/index.js";
import { EdgeFailure } from "../errors.js";

/** "1000000uopen". @throws EdgeFailure "malformed" on another coin, more than one, or an amount that is not positive. */
export function parseCoinsArgument(text: string, place = "coins"): Uopen {
  if (text.includes(",")) throw new EdgeFailure("malformed", `${place}: this chain has one coin; give one amount, like 1000000uopen`);
  const match = /^(\d+)([A-Za-z][A-Za-z0-9/:._-]*)$/.exec(text);
  if (match?.[1] === undefined) throw new EdgeFailure("malformed", `${place} must look like 1000000uopen, got "${text.slice(0, 80)}"`);
  if (match[2] !== UOPEN) {
    const hint = match[2]?.toLowerCase() === "open" ? `; 1 OPEN is ${UOPEN_PER_OPEN}${UOPEN}` : "";
    throw new EdgeFailure("malformed", `${place}: this chain has no coin "${match[2] ?? ""}", only ${UOPEN}${hint}`);
  }
  const amount = parseUopen(match[1]);
  if (amount === 0n) throw new EdgeFailure("malformed", `${place} must be positive`);
  return amount;
}
