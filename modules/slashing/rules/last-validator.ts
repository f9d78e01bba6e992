import { DEC_ONE, UOPEN_PER_OPEN } from "../../../chain/primitives/index.js";
import type { Dec } from "../../../chain/primitives/index.js";

/**
 * The power that may be held against a validator of whose stake at most `spare` uopen may go: what is taken is `fraction` of
 * `power` in OPEN, rounded down, so this is the most power for which that is not more than `spare`.
 */
export function punishablePower({ power, fraction }: { readonly power: bigint; readonly fraction: Dec }, spare: bigint): bigint {
  if (fraction === 0n) return power;
  const most = ((spare + 1n) * DEC_ONE - 1n) / (fraction * UOPEN_PER_OPEN);
  return power < most ? power : most;
}
