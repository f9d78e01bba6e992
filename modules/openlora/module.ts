import { updateParamsRoute } from "../../chain/kernel/authority.js";
import { genesisRoute } from "../../chain/kernel/genesis-route.js";
import { messageRoute } from "../../chain/kernel/module.js";
import type { Module } from "../../chain/kernel/module.js";
import {
  MsgRequestInference,
  MsgRequestInferenceResponse,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from "../../proto/gen/openledger/openlora/v1.js";
import type { Params } from "../../proto/gen/openledger/openlora/v1.js";
import { genesis } from "./genesis.js";
import { requestInference } from "./handlers/request-inference.js";
import { invariants } from "./invariants.js";
import { parseRequestInference } from "./messages.js";
import { checkParams } from "./params.js";
import type { OpenLoraPorts } from "./ports.js";
import { queries } from "./queries.js";
import { createService } from "./service.js";
import type { OpenLoraService } from "./service.js";
import { OPENLORA_STORE, openloraState } from "./state.js";
import { inferenceTask } from "./task.js";

const updateParams = updateParamsRoute<MsgUpdateParams, Params, MsgUpdateParamsResponse>({
  request: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  check: checkParams,
  set: (ctx, params) => openloraState.open(ctx.store(OPENLORA_STORE)).params.set(params),
});

/** Paid questions: escrow, answer, and the money's way out, once. */
export function createOpenLoraModule(ports: OpenLoraPorts): Module & { readonly service: OpenLoraService } {
  return {
    name: OPENLORA_STORE,
    messages: [
      updateParams,
      messageRoute({
        request: MsgRequestInference,
        response: MsgRequestInferenceResponse,
        parse: parseRequestInference,
        signers: (msg) => [msg.user],
        handle: (ctx, msg) => requestInference(ctx, ports, msg),
      }),
    ],
    queries,
    genesis: genesisRoute(genesis),
    invariants: invariants(ports.token),
    tasks: [inferenceTask(ports)],
    service: createService(ports),
  };
}
