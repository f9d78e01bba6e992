import { updateParamsRoute } from "../../chain/kernel/authority.js";
import { genesisRoute } from "../../chain/kernel/genesis-route.js";
import { messageRoute } from "../../chain/kernel/module.js";
import type { MessageRoute, Module } from "../../chain/kernel/module.js";
import {
  MsgAbandonTraining,
  MsgAbandonTrainingResponse,
  MsgChooseHalf,
  MsgChooseHalfResponse,
  MsgClaimTraining,
  MsgClaimTrainingResponse,
  MsgCompleteTraining,
  MsgCompleteTrainingResponse,
  MsgDisputeTraining,
  MsgDisputeTrainingResponse,
  MsgOpenStep,
  MsgOpenStepResponse,
  MsgOrderTraining,
  MsgOrderTrainingResponse,
  MsgProvideState,
  MsgProvideStateResponse,
  MsgPublishAdapter,
  MsgPublishAdapterResponse,
  MsgRegisterBaseModel,
  MsgRegisterBaseModelResponse,
  MsgSubmitCheckpoint,
  MsgSubmitCheckpointResponse,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Params } from "../../proto/gen/openledger/modelfactory/v1.js";
import { endBlock } from "./block.js";
import { parseChooseHalf, parseDisputeTraining, parseOpenStep, parseProvideState } from "./dispute-messages.js";
import { genesis } from "./genesis.js";
import { abandonTraining } from "./handlers/abandon-training.js";
import { chooseHalf } from "./handlers/choose-half.js";
import { claimTraining } from "./handlers/claim-training.js";
import { completeTraining } from "./handlers/complete-training.js";
import { disputeTraining } from "./handlers/dispute-training.js";
import { openStep } from "./handlers/open-step.js";
import { orderTraining } from "./handlers/order-training.js";
import { provideState } from "./handlers/provide-state.js";
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
import { checkParams } from "./params.js";
import type { ModelFactoryPorts } from "./ports.js";
import { queries } from "./queries.js";
import { createService } from "./service.js";
import type { ModelFactoryService } from "./service.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";
import { replayTask } from "./task.js";

const updateParams = updateParamsRoute<MsgUpdateParams, Params, MsgUpdateParamsResponse>({
  request: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  check: checkParams,
  set: (ctx, params) => modelfactoryState.open(ctx.store(MODELFACTORY_STORE)).params.set(params),
});

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
      handle: completeTraining,
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

function disputeMessages(ports: ModelFactoryPorts): readonly MessageRoute[] {
  return [
    messageRoute({
      request: MsgDisputeTraining,
      response: MsgDisputeTrainingResponse,
      parse: parseDisputeTraining,
      signers: (msg) => [msg.challenger],
      handle: (ctx, msg) => disputeTraining(ctx, ports, msg),
    }),
    messageRoute({
      request: MsgOpenStep,
      response: MsgOpenStepResponse,
      parse: parseOpenStep,
      signers: (msg) => [msg.trainer],
      handle: (ctx, msg) => openStep(ctx, ports, msg),
    }),
    messageRoute({
      request: MsgChooseHalf,
      response: MsgChooseHalfResponse,
      parse: parseChooseHalf,
      signers: (msg) => [msg.challenger],
      handle: (ctx, msg) => chooseHalf(ctx, ports, msg),
    }),
    messageRoute({
      request: MsgProvideState,
      response: MsgProvideStateResponse,
      parse: parseProvideState,
      signers: (msg) => [msg.challenger],
      handle: (ctx, msg) => provideState(ctx, ports, msg),
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

/** Base models, training jobs, disputes about them, and the adapters that come of them. */
export function createModelFactoryModule(ports: ModelFactoryPorts): Module & { readonly service: ModelFactoryService } {
  return {
    name: MODELFACTORY_STORE,
    messages: [...ownerMessages(ports), ...trainerMessages(ports), ...disputeMessages(ports), updateParams],
    queries,
    genesis: genesisRoute(genesis),
    endBlock(ctx) {
      endBlock(ctx, ports);
      return [];
    },
    invariants: invariants(ports.token),
    tasks: [replayTask(ports)],
    service: createService(ports.datasets),
  };
}
