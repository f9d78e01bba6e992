import { genesisRoute } from "../../chain/kernel/genesis-route.js";
import { messageRoute } from "../../chain/kernel/module.js";
import type { MessageRoute, Module } from "../../chain/kernel/module.js";
import {
  MsgAbandonTraining,
  MsgAbandonTrainingResponse,
  MsgClaimTraining,
  MsgClaimTrainingResponse,
  MsgCompleteTraining,
  MsgCompleteTrainingResponse,
  MsgOrderTraining,
  MsgOrderTrainingResponse,
  MsgPublishAdapter,
  MsgPublishAdapterResponse,
  MsgRegisterBaseModel,
  MsgRegisterBaseModelResponse,
  MsgSubmitCheckpoint,
  MsgSubmitCheckpointResponse,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import { endBlock } from "./block.js";
import { genesis } from "./genesis.js";
import { abandonTraining } from "./handlers/abandon-training.js";
import { claimTraining } from "./handlers/claim-training.js";
import { completeTraining } from "./handlers/complete-training.js";
import { orderTraining } from "./handlers/order-training.js";
import { publishAdapter } from "./handlers/publish-adapter.js";
import { registerBaseModel } from "./handlers/register-base-model.js";
import { submitCheckpoint } from "./handlers/submit-checkpoint.js";
import { invariants } from "./invariants.js";
import {
  parseAbandonTraining,
  parseClaimTraining,
  parseCompleteTraining,
  parseOrderTraining,
  parsePublishAdapter,
  parseRegisterBaseModel,
  parseSubmitCheckpoint,
} from "./messages.js";
import type { ModelFactoryPorts } from "./ports.js";
import { queries } from "./queries.js";
import { createService } from "./service.js";
import type { ModelFactoryService } from "./service.js";
import { MODELFACTORY_STORE } from "./state.js";

function trainerMessages(ports: ModelFactoryPorts): readonly MessageRoute[] {
  return [
    messageRoute({
      request: MsgClaimTraining,
      response: MsgClaimTrainingResponse,
      parse: parseClaimTraining,
      signers: (msg) => [msg.trainer],
      handle: (ctx, msg) => claimTraining(ctx, ports, msg),
    }),
    messageRoute({
      request: MsgSubmitCheckpoint,
      response: MsgSubmitCheckpointResponse,
      parse: parseSubmitCheckpoint,
      signers: (msg) => [msg.trainer],
      handle: submitCheckpoint,
    }),
    messageRoute({
      request: MsgCompleteTraining,
      response: MsgCompleteTrainingResponse,
      parse: parseCompleteTraining,
      signers: (msg) => [msg.trainer],
      handle: (ctx, msg) => completeTraining(ctx, ports, msg),
    }),
    messageRoute({
      request: MsgAbandonTraining,
      response: MsgAbandonTrainingResponse,
      parse: parseAbandonTraining,
      signers: (msg) => [msg.trainer],
      handle: (ctx, msg) => abandonTraining(ctx, ports, msg),
    }),
  ];
}

function ownerMessages(ports: ModelFactoryPorts): readonly MessageRoute[] {
  return [
    messageRoute({
      request: MsgRegisterBaseModel,
      response: MsgRegisterBaseModelResponse,
      parse: parseRegisterBaseModel,
      signers: (msg) => [msg.owner],
      handle: registerBaseModel,
    }),
    messageRoute({
      request: MsgOrderTraining,
      response: MsgOrderTrainingResponse,
      parse: parseOrderTraining,
      signers: (msg) => [msg.developer],
      handle: (ctx, msg) => orderTraining(ctx, ports, msg),
    }),
    messageRoute({
      request: MsgPublishAdapter,
      response: MsgPublishAdapterResponse,
      parse: parsePublishAdapter,
      signers: (msg) => [msg.owner],
      handle: publishAdapter,
    }),
  ];
}

/** Base models, training jobs and the adapters that come of them. */
export function createModelFactoryModule(ports: ModelFactoryPorts): Module & { readonly service: ModelFactoryService } {
  return {
    name: MODELFACTORY_STORE,
    messages: [...ownerMessages(ports), ...trainerMessages(ports)],
    queries,
    genesis: genesisRoute(genesis),
    endBlock(ctx) {
      endBlock(ctx, ports);
      return [];
    },
    invariants: invariants(ports.token),
    tasks: [],
    service: createService(ports.datasets),
  };
}
