import { parseUopen } from "../../chain/codec/index.js";
import { addUopen, subUopen, toUopen } from "../../chain/primitives/index.js";
import type { Uopen } from "../../chain/primitives/index.js";
import type { Allocation } from "../../proto/gen/openledger/emission/v1.js";
import { shareOf } from "./rules/allocate.js";

/** What `bytes` of an allocation are paid, before or after maturity. */
export function payOf(allocation: Allocation, bytes: bigint): Uopen {
  return shareOf({ amount: parseUopen(allocation.amount), bytes: allocation.bytes }, bytes);
}

/** What of an allocation the module still holds. */
export function heldFor({ amount, paid, returned }: Allocation): Uopen {
  return subUopen(parseUopen(amount), addUopen(parseUopen(paid), parseUopen(returned)));
}

/** The allocation after `bytes` of it were claimed, and what rounding leaves to the community once all are. */
export function afterClaim(before: Allocation, bytes: bigint): { readonly after: Allocation; readonly left: Uopen } {
  const paid = addUopen(parseUopen(before.paid), payOf(before, bytes));
  const after = { ...before, claimedBytes: before.claimedBytes + bytes, paid: paid.toString() };
  if (after.claimedBytes < after.bytes) return { after, left: toUopen(0n) };
  const left = heldFor(after);
  return { after: { ...after, returned: left.toString() }, left };
}
