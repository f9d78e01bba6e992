import { formatAddress, formatTimestamp, toTimestamp } from "../../../chain/codec/index.js";
import { SdkError } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import type { TimeNs } from "../../../chain/primitives/index.js";
import { AuthzError } from "../errors.js";
import { granted } from "../events.js";
import { setGrant } from "../grants.js";
import type { SaveGrant } from "../messages.js";
import type { AuthzPorts } from "../ports.js";

/** Go's RFC3339: without fractions. */
function seconds(time: TimeNs): string {
  return formatTimestamp({ ...toTimestamp(time), nanos: 0 });
}

/** The grantee gets an account if there is none; what was granted for the same messages before is replaced. */
export function saveGrant(
  ctx: TxContext,
  { accounts, messages }: AuthzPorts,
  { key, grant }: SaveGrant,
): void {
  const { granter, grantee, message } = key;
  // What a module holds belongs to others; only governance could name its own account here.
  if (accounts.isBlocked(granter))
    throw SdkError.Unauthorized(`${formatAddress(granter)} is the account of a module`);
  if (accounts.find(ctx, grantee) === undefined && accounts.isBlocked(grantee))
    throw SdkError.Unauthorized(`${formatAddress(grantee)} is not allowed to receive funds`);
  if (!messages.handles(message)) throw SdkError.InvalidType(`${message} doesn't exist.`);
  const { expiration } = grant;
  if (expiration !== undefined && expiration <= ctx.block.time) {
    const times = `(${seconds(ctx.block.time)}), got ${seconds(expiration)}`;
    throw AuthzError.InvalidExpirationTime(`expiration must be after the current block time ${times}`);
  }
  accounts.ensure(ctx, grantee);
  setGrant(ctx, key, grant);
  ctx.emit(granted(key));
}
