import { SdkError } from "../../chain/kernel/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { toAddress } from "../../chain/primitives/index.js";
import type { TimeNs } from "../../chain/primitives/index.js";
import type { Pair } from "./events.js";
import { expiresAt } from "./rules/allowance.js";
import type { Allowance } from "./rules/allowance.js";
import { FEEGRANT_STORE, feegrantState } from "./state.js";

/** Writes of an allowance with its two indices, which must never disagree. */

function state(ctx: Context): ReturnType<typeof feegrantState.open> {
  return feegrantState.open(ctx.store(FEEGRANT_STORE));
}

/** @throws Reject sdk/38 where nothing was granted. */
export function getGrant(ctx: Context, { granter, grantee }: Pair): Allowance {
  return state(ctx).allowances.getOrFail([grantee, granter], () => SdkError.NotFound("fee-grant not found"));
}

export function hasGrant(ctx: Context, { granter, grantee }: Pair): boolean {
  return state(ctx).allowances.has([grantee, granter]);
}

/** Replaces the allowance of a pair, or makes the first. The expiration of one that stands never changes. */
export function setGrant(ctx: Context, { granter, grantee }: Pair, allowance: Allowance): void {
  const { allowances, byGranter, queue } = state(ctx);
  const expiration = expiresAt(allowance);
  allowances.set([grantee, granter], allowance);
  byGranter.add([granter, grantee]);
  if (expiration !== undefined) queue.add([expiration, grantee, granter]);
}

/** @throws Reject sdk/38 where nothing was granted. */
export function deleteGrant(ctx: Context, pair: Pair): void {
  const { granter, grantee } = pair;
  const expiration = expiresAt(getGrant(ctx, pair));
  const { allowances, byGranter, queue } = state(ctx);
  allowances.delete([grantee, granter]);
  byGranter.delete([granter, grantee]);
  if (expiration !== undefined) queue.delete([expiration, grantee, granter]);
}

const LOWEST = toAddress(new Uint8Array(20));

/** Deletes at most `limit` allowances that ended by now (inclusive, as in the SDK), the earliest first. */
export function deleteExpired(ctx: Context, limit: number): void {
  const end: TimeNs = (ctx.block.time + 1n) as TimeNs;
  const due = [...state(ctx).queue.keys({ end: [end, LOWEST, LOWEST], limit })];
  for (const [, grantee, granter] of due) deleteGrant(ctx, { granter, grantee });
}
