import type { Context } from "../../chain/kernel/index.js";
import { toAddress } from "../../chain/primitives/index.js";
import type { TimeNs } from "../../chain/primitives/index.js";
import { AuthzError } from "./errors.js";
import { AUTHZ_STORE, authzState } from "./state.js";
import type { GrantKey, StoredGrant } from "./state.js";

/** Writes of a grant with its two indices, which must never disagree. */

function state(ctx: Context): ReturnType<typeof authzState.open> {
  return authzState.open(ctx.store(AUTHZ_STORE));
}

export function findGrant(ctx: Context, { granter, grantee, message }: GrantKey): StoredGrant | undefined {
  return state(ctx).grants.get([granter, grantee, message]);
}

/** Replaces what stands under this key. */
export function setGrant(ctx: Context, key: GrantKey, grant: StoredGrant): void {
  const { granter, grantee, message } = key;
  const { grants, byGrantee, queue } = state(ctx);
  const before = findGrant(ctx, key)?.expiration;
  if (before !== undefined && before !== grant.expiration) queue.delete([before, [granter, grantee, message]]);
  if (grant.expiration !== undefined) queue.add([grant.expiration, [granter, grantee, message]]);
  grants.set([granter, grantee, message], grant);
  byGrantee.add([grantee, granter, message]);
}

/** @throws Reject authz/2 where nothing stands under this key. */
export function deleteGrant(ctx: Context, key: GrantKey): void {
  const { granter, grantee, message } = key;
  const { grants, byGrantee, queue } = state(ctx);
  const { expiration } = grants.getOrFail([granter, grantee, message], () =>
    AuthzError.NoAuthorizationFound("failed to delete grant"),
  );
  if (expiration !== undefined) queue.delete([expiration, [granter, grantee, message]]);
  grants.delete([granter, grantee, message]);
  byGrantee.delete([grantee, granter, message]);
}

const LOWEST = toAddress(new Uint8Array(20));

/** Deletes at most `limit` grants that ended by now (inclusive, as in the SDK), the earliest first. */
export function deleteExpired(ctx: Context, limit: number): void {
  const end = (ctx.block.time + 1n) as TimeNs;
  const due = [...state(ctx).queue.keys({ end: [end, [LOWEST, LOWEST, ""]], limit })];
  for (const [, [granter, grantee, message]] of due) deleteGrant(ctx, { granter, grantee, message });
}
