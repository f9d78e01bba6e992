import { genesisRoute, messageRoute, updateParamsRoute } from "../../chain/kernel/index.js";
import type { Context, Module } from "../../chain/kernel/index.js";
import {
  MsgUnjail,
  MsgUnjailResponse,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from "../../proto/gen/cosmos/slashing/v1beta1.js";
import type { Params } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { slashingGenesis } from "./genesis.js";
import { unjail } from "./handlers/unjail.js";
import { slashingHooks } from "./hooks.js";
import type { SlashingHooks } from "./hooks.js";
import { invariants } from "./invariants.js";
import { countSignatures } from "./liveness.js";
import { parseUnjail } from "./messages.js";
import { checkParams } from "./params.js";
import type { Staking } from "./ports.js";
import { slashingQueries } from "./queries.js";
import { createSlashingService } from "./service.js";
import type { SlashingService } from "./service.js";
import { restartAll } from "./signing-info.js";
import { SLASHING_STORE, slashingState } from "./state.js";

/** Another window starts all counts over: an index of the old one means another block in the new. */
function setParams(ctx: Context, next: Params): void {
  const { params } = slashingState.open(ctx.store(SLASHING_STORE));
  const before = params.getOrFail();
  params.set(next);
  if (before.signedBlocksWindow !== next.signedBlocksWindow) restartAll(ctx);
}

export interface SlashingModule extends Module {
  readonly service: SlashingService;
  /** Staking calls them. */
  readonly hooks: SlashingHooks;
}

/** What happens to validators that are absent or proven wrong, and how they return. Must follow staking in genesis order. */
export function createSlashingModule(staking: Staking): SlashingModule {
  return {
    name: SLASHING_STORE,
    messages: [
      messageRoute({
        request: MsgUnjail,
        response: MsgUnjailResponse,
        parse: parseUnjail,
        signers: (msg) => [msg.operator],
        handle: (ctx, msg) => unjail(ctx, staking, msg),
      }),
      updateParamsRoute({ request: MsgUpdateParams, response: MsgUpdateParamsResponse, check: checkParams, set: setParams }),
    ],
    queries: slashingQueries,
    genesis: genesisRoute(slashingGenesis(staking)),
    beginBlock: (ctx) => countSignatures(ctx, staking),
    invariants: invariants(staking),
    tasks: [],
    service: createSlashingService(staking),
    hooks: slashingHooks,
  };
}
