import { MsgService, QueryService } from "../../../proto/gen/cosmos/feegrant/v1beta1.js";
import type { ModuleCommands } from "./types.js";

export const FEEGRANT: ModuleCommands = {
  name: "feegrant",
  about: "who pays whose fees",
  query: {
    service: QueryService,
    commands: [
      { method: "Allowance", use: "grant <granter> <grantee>", args: ["granter", "grantee"], about: "Query details of a single grant" },
      { method: "Allowances", use: "grants-by-grantee <grantee>", args: ["grantee"], about: "Query all grants of a grantee" },
      { method: "AllowancesByGranter", use: "grants-by-granter <granter>", args: ["granter"], about: "Query all grants by a granter" },
    ],
  },
  tx: {
    service: MsgService,
    elsewhere: { GrantAllowance: "grant" },
    commands: [
      { method: "RevokeAllowance", use: "revoke <granter> <grantee>", args: ["granter", "grantee"], about: "Revoke a fee grant", example: "ada open1..." },
      { method: "PruneAllowances", use: "prune", about: "Prune expired allowances" },
    ],
  },
};
