import { updateParamsRoute } from "../../chain/kernel/authority.js";
import { genesisRoute } from "../../chain/kernel/genesis-route.js";
import { messageRoute } from "../../chain/kernel/module.js";
import type { MessageRoute, Module } from "../../chain/kernel/module.js";
import {
  MsgClaimRewards,
  MsgClaimRewardsResponse,
  MsgDisputeAttribution,
  MsgDisputeAttributionResponse,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from "../../proto/gen/openledger/attribution/v1.js";
import type { Params } from "../../proto/gen/openledger/attribution/v1.js";
import { auditTask } from "./audits.js";
import { beginBlock, endBlock } from "./block.js";
import { genesis } from "./genesis.js";
import { claimRewards } from "./handlers/claim-rewards.js";
import { disputeAttribution } from "./handlers/dispute-attribution.js";
import { invariants } from "./invariants.js";
import { parseClaimRewards, parseDisputeAttribution } from "./messages.js";
import { checkParams } from "./params.js";
import type { AttributionPorts } from "./ports.js";
import { queries } from "./queries.js";
import { createService } from "./service.js";
import type { AttributionService } from "./service.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";
import { attributionTask } from "./task.js";

const updateParams = updateParamsRoute<MsgUpdateParams, Params, MsgUpdateParamsResponse>({
  request: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  check: checkParams,
  set: (ctx, params) => attributionState.open(ctx.store(ATTRIBUTION_STORE)).params.set(params),
});

const messages = (ports: AttributionPorts): readonly MessageRoute[] => [
  messageRoute({
    request: MsgClaimRewards,
    response: MsgClaimRewardsResponse,
    parse: parseClaimRewards,
    signers: (msg) => [msg.account],
    handle: (ctx, msg) => claimRewards(ctx, ports, msg),
  }),
  messageRoute({
    request: MsgDisputeAttribution,
    response: MsgDisputeAttributionResponse,
    parse: parseDisputeAttribution,
    signers: (msg) => [msg.challenger],
    handle: (ctx, msg) => disputeAttribution(ctx, ports, msg),
  }),
];

/** Who shaped which answer, and what each was paid for it. */
export function createAttributionModule(ports: AttributionPorts): Module & { readonly service: AttributionService } {
  return {
    name: ATTRIBUTION_STORE,
    messages: [...messages(ports), updateParams],
    queries,
    genesis: genesisRoute(genesis),
    beginBlock: (ctx) => beginBlock(ctx, ports),
    endBlock: (ctx) => endBlock(ctx, ports),
    invariants: invariants(ports.token),
    tasks: [attributionTask(ports), auditTask(ports)],
    service: createService(ports),
  };
}
