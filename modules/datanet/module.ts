import { updateParamsRoute } from "../../chain/kernel/authority.js";
import { genesisRoute } from "../../chain/kernel/genesis-route.js";
import { messageRoute } from "../../chain/kernel/module.js";
import type { MessageRoute, Module } from "../../chain/kernel/module.js";
import {
  MsgCommitContribution,
  MsgCommitContributionResponse,
  MsgCreateDatanet,
  MsgCreateDatanetResponse,
  MsgCreateVersion,
  MsgCreateVersionResponse,
  MsgPublishDatanet,
  MsgPublishDatanetResponse,
  MsgRevealContribution,
  MsgRevealContributionResponse,
  MsgSponsorContributor,
  MsgSponsorContributorResponse,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from "../../proto/gen/openledger/datanet/v1.js";
import type { Params } from "../../proto/gen/openledger/datanet/v1.js";
import { endBlock } from "./block.js";
import { genesis } from "./genesis.js";
import { commitContribution } from "./handlers/commit-contribution.js";
import { createDatanet } from "./handlers/create-datanet.js";
import { createVersion } from "./handlers/create-version.js";
import { publishDatanet } from "./handlers/publish-datanet.js";
import { revealContribution } from "./handlers/reveal-contribution.js";
import { sponsorContributor } from "./handlers/sponsor-contributor.js";
import { invariants } from "./invariants.js";
import { parseCommitContribution, parseCreateDatanet, parseOwnerAction, parseRevealContribution, parseSponsorContributor } from "./messages.js";
import { checkParams } from "./params.js";
import type { DatanetPorts } from "./ports.js";
import { queries } from "./queries.js";
import { datanetService } from "./service.js";
import type { DatanetService } from "./service.js";
import { DATANET_STORE, datanetState } from "./state.js";
import { qualityTask } from "./task.js";

const updateParams = updateParamsRoute<MsgUpdateParams, Params, MsgUpdateParamsResponse>({
  request: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  check: checkParams,
  set: (ctx, params) => datanetState.open(ctx.store(DATANET_STORE)).params.set(params),
});

function messages(ports: DatanetPorts): readonly MessageRoute[] {
  return [
    messageRoute({
      request: MsgCreateDatanet,
      response: MsgCreateDatanetResponse,
      parse: parseCreateDatanet,
      signers: (msg) => [msg.owner],
      handle: (ctx, msg) => createDatanet(ctx, ports, msg),
    }),
    messageRoute({
      request: MsgPublishDatanet,
      response: MsgPublishDatanetResponse,
      parse: parseOwnerAction,
      signers: (msg) => [msg.owner],
      handle: publishDatanet,
    }),
    messageRoute({
      request: MsgCommitContribution,
      response: MsgCommitContributionResponse,
      parse: parseCommitContribution,
      signers: (msg) => [msg.contributor],
      handle: (ctx, msg) => commitContribution(ctx, ports, msg),
    }),
    messageRoute({
      request: MsgRevealContribution,
      response: MsgRevealContributionResponse,
      parse: parseRevealContribution,
      signers: (msg) => [msg.contributor],
      handle: (ctx, msg) => revealContribution(ctx, ports, msg),
    }),
    messageRoute({
      request: MsgSponsorContributor,
      response: MsgSponsorContributorResponse,
      parse: parseSponsorContributor,
      signers: (msg) => [msg.sponsor],
      handle: sponsorContributor,
    }),
    messageRoute({
      request: MsgCreateVersion,
      response: MsgCreateVersionResponse,
      parse: parseOwnerAction,
      signers: (msg) => [msg.owner],
      handle: createVersion,
    }),
  ];
}

/** Who owns which row of which Datanet. */
export function createDatanetModule(ports: DatanetPorts): Module & { readonly service: DatanetService } {
  return {
    name: DATANET_STORE,
    messages: [...messages(ports), updateParams],
    queries,
    genesis: genesisRoute(genesis),
    endBlock(ctx) {
      endBlock(ctx, ports);
      return [];
    },
    invariants: invariants(ports.token),
    tasks: [qualityTask(ports)],
    service: datanetService,
  };
}
