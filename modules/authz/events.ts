import type { Event } from "../../chain/abci/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { event } from "../../chain/kernel/index.js";
import type { GrantKey } from "./state.js";

/** A typed event of the SDK: attributes by name, values as JSON, which puts texts in quotes. */
function typed(name: "EventGrant" | "EventRevoke", { granter, grantee, message }: GrantKey): Event {
  return event(`cosmos.authz.v1beta1.${name}`, {
    grantee: `"${formatAddress(grantee)}"`,
    granter: `"${formatAddress(granter)}"`,
    msg_type_url: `"${message}"`,
  });
}

export function granted(key: GrantKey): Event {
  return typed("EventGrant", key);
}

/** Revoked, or used up. */
export function revoked(key: GrantKey): Event {
  return typed("EventRevoke", key);
}
