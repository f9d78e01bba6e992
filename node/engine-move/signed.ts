/**
 * What the validator signed last, as both engines keep it (priv_validator_state.json). A vote above the end of the stores may be a
 * lock on a block, which only the WAL of the engine that made it knows; and the other engine would begin that height at a round in
 * which the validator has signed already, and stand still.
 */
import { existsSync, readFileSync } from "node:fs";
import { EdgeFailure } from "../errors.js";

function signedHeight(path: string): bigint {
  if (!existsSync(path)) return 0n;
  try {
    const { height } = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
    if (typeof height !== "string") throw new SyntaxError("a height is needed");
    return BigInt(height);
  } catch (cause) {
    throw new EdgeFailure("config", "what the validator signed last cannot be read", { path }, cause);
  }
}

/**
 * @param path of priv_validator_state.json
 * @param lastHeight of the stores
 * @throws EdgeFailure "config" when the validator has signed above it.
 */
export function checkNothingInProgress(path: string, lastHeight: bigint): void {
  const signed = signedHeight(path);
  if (signed <= lastHeight) return;
  const what = `this validator has signed at height ${signed}, and its stores end at ${lastHeight}`;
  throw new EdgeFailure("config", `${what}. Start it again with halt_height ${signed} or above in app.toml, wait until it stands there, and move then (docs/engines.md)`, {
    signed,
    lastHeight,
  });
}
