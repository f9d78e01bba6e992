import type { Context } from "../../chain/kernel/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import { leastLeaving } from "./rules/crowd.js";
import { writing } from "./validators.js";

/** How many entries are on their way from a validator, which is what a slash of it has to read. */

/** `change`: entries more, or fewer. */
export function countLeaving(ctx: Context, operator: Address, change: number): void {
  if (change === 0) return;
  const { leaving } = writing(ctx);
  const now = (leaving.get(operator) ?? 0n) + BigInt(change);
  if (now === 0n) leaving.delete(operator);
  else leaving.set(operator, now);
}

/** An entry of its own must be worth being read by a slash (rules/crowd.ts, ADR 0149). @throws Reject sdk/18. */
export function checkWorthAnEntry(ctx: Context, operator: Address, amount: Uopen): void {
  const count = writing(ctx).leaving.get(operator) ?? 0n;
  const least = leastLeaving(count);
  if (amount < least)
    throw SdkError.InvalidRequest(`${count} entries are leaving this validator: the next must have at least ${least}uopen`);
}
