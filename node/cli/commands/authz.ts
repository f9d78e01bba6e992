import { MsgService, QueryService } from "../../../proto/gen/cosmos/authz/v1beta1.js";
import type { ModuleCommands } from "./types.js";

export const AUTHZ: ModuleCommands = {
  name: "authz",
  about: "who may act for whom",
  query: {
    service: QueryService,
    commands: [
      { method: "Grants", use: "grants <granter-addr> <grantee-addr> [msg-type-url]", args: ["granter", "grantee", "msg_type_url"], about: "Query grants for a granter-grantee pair and optionally a msg-type-url" },
      { method: "GranterGrants", use: "grants-by-granter <granter-addr>", args: ["granter"], aliases: ["granter-grants"], about: "Query authorization grants granted by granter" },
      { method: "GranteeGrants", use: "grants-by-grantee <grantee-addr>", args: ["grantee"], aliases: ["grantee-grants"], about: "Query authorization grants granted to a grantee" },
    ],
  },
  tx: {
    service: MsgService,
    elsewhere: { Grant: "grant", Exec: "exec" },
    commands: [{ method: "Revoke", use: "revoke <grantee> <msg-type-url>", args: ["grantee", "msg_type_url"], about: "Revoke authorization from a granter to a grantee" }],
  },
};
