import { updateParamsRoute } from "../../chain/kernel/authority.js";
import { genesisRoute } from "../../chain/kernel/genesis-route.js";
import { messageRoute } from "../../chain/kernel/module.js";
import type { Module } from "../../chain/kernel/module.js";
import {
  MsgClaimEmission,
  MsgClaimEmissionResponse,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
  MsgVoidAllocations,
  MsgVoidAllocationsResponse,
} from "../../proto/gen/openledger/emission/v1.js";
import { endBlock } from "./block.js";
import { emissionGenesis } from "./genesis.js";
import { claimEmission } from "./handlers/claim-emission.js";
import { voidAllocations } from "./handlers/void-allocations.js";
import { invariants } from "./invariants.js";
import { parseClaimEmission, parseVoidAllocations } from "./messages.js";
import { checkParams } from "./params.js";
import type { EmissionPorts } from "./ports.js";
import { queries } from "./queries.js";
import { EMISSION_STORE, emissionState } from "./state.js";

/** What accepted data earns from the community, epoch by epoch. Must come after datanet. */
export function createEmissionModule(ports: EmissionPorts): Module {
  return {
    name: EMISSION_STORE,
    messages: [
      messageRoute({
        request: MsgClaimEmission,
        response: MsgClaimEmissionResponse,
        parse: parseClaimEmission,
        signers: (msg) => [msg.account],
        handle: (ctx, msg) => claimEmission(ctx, ports, msg),
      }),
      messageRoute({
        request: MsgVoidAllocations,
        response: MsgVoidAllocationsResponse,
        parse: parseVoidAllocations,
        signers: (msg) => [msg.authority],
        handle: (ctx, msg) => voidAllocations(ctx, ports, msg),
      }),
      updateParamsRoute({
        request: MsgUpdateParams,
        response: MsgUpdateParamsResponse,
        check: checkParams,
        set: (ctx, params) => emissionState.open(ctx.store(EMISSION_STORE)).params.set(params),
      }),
    ],
    queries,
    genesis: genesisRoute(emissionGenesis(ports)),
    endBlock(ctx) {
      endBlock(ctx, ports);
      return [];
    },
    invariants: invariants(ports),
    tasks: [],
  };
}
