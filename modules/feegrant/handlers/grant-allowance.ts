import { formatAddress } from "../../../chain/codec/index.js";
import { SdkError } from "../../../chain/kernel/index.js";
import type { Context } from "../../../chain/kernel/index.js";
import { feegrantEvent } from "../events.js";
import { hasGrant, setGrant } from "../grants.js";
import type { GrantAllowance } from "../messages.js";
import type { AccountsPort } from "../ports.js";
import { expiresAt } from "../rules/allowance.js";

/** The grantee gets an account if there is none: whoever has no coins can sign from then on. */
export function grantAllowance(ctx: Context, accounts: AccountsPort, msg: GrantAllowance): void {
  const { granter, grantee, allowance } = msg;
  // What a module holds belongs to others; only governance could name its own account here.
  if (accounts.isBlocked(granter))
    throw SdkError.Unauthorized(`${formatAddress(granter)} is the account of a module`);
  if (hasGrant(ctx, msg)) throw SdkError.InvalidRequest("fee allowance already exists");
  if (accounts.find(ctx, grantee) === undefined && accounts.isBlocked(grantee))
    throw SdkError.Unauthorized(`${formatAddress(grantee)} is not allowed to receive funds`);
  const expiration = expiresAt(allowance);
  if (expiration !== undefined && expiration < ctx.block.time)
    throw SdkError.InvalidRequest("expiration is before current block time");
  accounts.ensure(ctx, grantee);
  setGrant(ctx, msg, allowance);
  ctx.emit(feegrantEvent("set", msg));
}
