import {
  MsgGrantAllowance,
  MsgGrantAllowanceResponse,
  MsgPruneAllowances,
  MsgPruneAllowancesResponse,
  MsgRevokeAllowance,
  MsgRevokeAllowanceResponse,
} from "../../proto/gen/cosmos/feegrant/v1beta1.js";
import { createTypeRegistry } from "../../chain/codec/index.js";
import { genesisRoute, messageRoute } from "../../chain/kernel/index.js";
import type { MessageRoute, Module } from "../../chain/kernel/index.js";
import { ALLOWANCE_TYPES } from "./allowance-wire.js";
import { feegrantGenesis } from "./genesis.js";
import { deleteExpired } from "./grants.js";
import { grantAllowance } from "./handlers/grant-allowance.js";
import { pruneAllowances } from "./handlers/prune-allowances.js";
import { revokeAllowance } from "./handlers/revoke-allowance.js";
import { feegrantInvariants } from "./invariants.js";
import { parseGrantAllowance, parsePruneAllowances, parseRevokeAllowance } from "./messages.js";
import type { AccountsPort } from "./ports.js";
import { feegrantQueries } from "./queries.js";
import { FEEGRANT_STORE } from "./state.js";

/** Allowances that end in one block at most (the SDK's figure); one that waits is refused by its own expiration. */
export const PRUNED_PER_BLOCK = 200;

function messages(accounts: AccountsPort): readonly MessageRoute[] {
  return [
    messageRoute({
      request: MsgGrantAllowance,
      response: MsgGrantAllowanceResponse,
      parse: parseGrantAllowance,
      signers: (msg) => [msg.granter],
      handle(ctx, msg) {
        grantAllowance(ctx, accounts, msg);
        return {};
      },
    }),
    messageRoute({
      request: MsgRevokeAllowance,
      response: MsgRevokeAllowanceResponse,
      parse: parseRevokeAllowance,
      signers: (msg) => [msg.granter],
      handle(ctx, msg) {
        revokeAllowance(ctx, msg);
        return {};
      },
    }),
    messageRoute({
      request: MsgPruneAllowances,
      response: MsgPruneAllowancesResponse,
      parse: parsePruneAllowances,
      signers: (msg) => [msg.pruner],
      handle(ctx, msg) {
        pruneAllowances(ctx, msg);
        return {};
      },
    }),
  ];
}

/** Who may spend whose coins on fees. Genesis comes after accounts. */
export function createFeegrantModule(accounts: AccountsPort): Module {
  return {
    name: FEEGRANT_STORE,
    messages: messages(accounts),
    queries: feegrantQueries,
    types: ALLOWANCE_TYPES,
    genesis: genesisRoute(feegrantGenesis(accounts), createTypeRegistry(ALLOWANCE_TYPES)),
    endBlock(ctx) {
      deleteExpired(ctx, PRUNED_PER_BLOCK);
      return [];
    },
    invariants: feegrantInvariants,
    tasks: [],
  };
}
