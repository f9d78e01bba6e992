import type { ValidatorUpdate } from "../abci/index.js";
import { Fault, compareBytes, equalBytes } from "../primitives/index.js";

/** CometBFT's bound on the total power of a set: int64 / 8. */
const MAX_POWER = ((1n << 63n) - 1n) / 8n;

/**
 * The updates of all modules as one list in order of public key. Engines apply them as they come, so a key may stand
 * once only.
 *
 * @throws Fault on a repeated key, a key that is not 32 bytes or a power out of range: a module broke its promise.
 */
export function mergeValidatorUpdates(lists: readonly (readonly ValidatorUpdate[])[]): ValidatorUpdate[] {
  const merged = lists.flat().toSorted((a, b) => compareBytes(a.publicKey, b.publicKey));
  merged.forEach((update, i) => {
    const before = merged[i - 1];
    if (before !== undefined && equalBytes(before.publicKey, update.publicKey)) {
      throw new Fault("two updates for one validator");
    }
    if (update.publicKey.length !== 32 || update.power < 0n || update.power > MAX_POWER) {
      throw new Fault("invalid validator update", {
        power: update.power,
        keyLength: update.publicKey.length,
      });
    }
  });
  return merged;
}

/** Same keys with the same powers, in any order. */
export function sameValidators(a: readonly ValidatorUpdate[], b: readonly ValidatorUpdate[]): boolean {
  const left = mergeValidatorUpdates([a]);
  const right = mergeValidatorUpdates([b]);
  return (
    left.length === right.length &&
    left.every((u, i) => {
      const other = right[i];
      return other !== undefined && equalBytes(u.publicKey, other.publicKey) && u.power === other.power;
    })
  );
}
