import type { Event } from "../../chain/abci/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { event } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";

export interface Pair {
  readonly granter: Address;
  readonly grantee: Address;
}

/** `set_feegrant`, `update_feegrant`, `use_feegrant` and `revoke_feegrant` say the same of the same two. */
export function feegrantEvent(what: "set" | "update" | "use" | "revoke", { granter, grantee }: Pair): Event {
  return event(`${what}_feegrant`, { granter: formatAddress(granter), grantee: formatAddress(grantee) });
}

export function pruned(pruner: Address): Event {
  return event("prune_feegrant", { pruner: formatAddress(pruner) });
}
