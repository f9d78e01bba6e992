import {
  MsgExec,
  MsgExecResponse,
  MsgGrant,
  MsgGrantResponse,
  MsgRevoke,
  MsgRevokeResponse,
} from "../../proto/gen/cosmos/authz/v1beta1.js";
import { createTypeRegistry } from "../../chain/codec/index.js";
import { genesisRoute, messageRoute } from "../../chain/kernel/index.js";
import type { MessageRoute, Module } from "../../chain/kernel/index.js";
import { AUTHORIZATION_TYPES } from "./authorization-wire.js";
import { authzGenesis } from "./genesis.js";
import { deleteExpired } from "./grants.js";
import { exec } from "./handlers/exec.js";
import { revokeGrant } from "./handlers/revoke-grant.js";
import { saveGrant } from "./handlers/save-grant.js";
import { authzInvariants } from "./invariants.js";
import { parseExec, parseGrant, parseRevoke } from "./messages.js";
import type { AuthzPorts } from "./ports.js";
import { authzQueries } from "./queries.js";
import { AUTHZ_STORE } from "./state.js";

/** Grants deleted in one block at most because they ended; one that waits is refused by its own expiration. */
export const PRUNED_PER_BLOCK = 200;

function messages(ports: AuthzPorts): readonly MessageRoute[] {
  return [
    messageRoute({
      request: MsgGrant,
      response: MsgGrantResponse,
      parse: parseGrant,
      signers: (msg) => [msg.key.granter],
      handle(ctx, msg) {
        saveGrant(ctx, ports, msg);
        return {};
      },
    }),
    messageRoute({
      request: MsgExec,
      response: MsgExecResponse,
      parse: (wire) => parseExec(wire, ports.messages),
      signers: (msg) => [msg.grantee],
      handle: (ctx, msg) => ({ results: exec(ctx, ports.messages, msg) }),
    }),
    messageRoute({
      request: MsgRevoke,
      response: MsgRevokeResponse,
      parse: parseRevoke,
      signers: (key) => [key.granter],
      handle(ctx, key) {
        revokeGrant(ctx, key);
        return {};
      },
    }),
  ];
}

/** Who may act for whom. Genesis comes after accounts. */
export function createAuthzModule(ports: AuthzPorts): Module {
  return {
    name: AUTHZ_STORE,
    messages: messages(ports),
    queries: authzQueries,
    types: AUTHORIZATION_TYPES,
    genesis: genesisRoute(authzGenesis(ports.accounts), createTypeRegistry(AUTHORIZATION_TYPES)),
    beginBlock: (ctx) => deleteExpired(ctx, PRUNED_PER_BLOCK),
    invariants: authzInvariants,
    tasks: [],
  };
}
