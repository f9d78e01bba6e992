import { genesisRoute } from "../../chain/kernel/genesis-route.js";
import { messageRoute } from "../../chain/kernel/module.js";
import type { Module } from "../../chain/kernel/module.js";
import { MsgClaimRewards, MsgClaimRewardsResponse } from "../../proto/gen/openledger/attribution/v1.js";
import { genesis } from "./genesis.js";
import { claimRewards } from "./handlers/claim-rewards.js";
import { invariants } from "./invariants.js";
import { parseClaimRewards } from "./messages.js";
import type { AttributionPorts } from "./ports.js";
import { queries } from "./queries.js";
import { createService } from "./service.js";
import type { AttributionService } from "./service.js";
import { ATTRIBUTION_STORE } from "./state.js";
import { attributionTask } from "./task.js";

/** Who shaped which answer, and what each was paid for it. */
export function createAttributionModule(ports: AttributionPorts): Module & { readonly service: AttributionService } {
  return {
    name: ATTRIBUTION_STORE,
    messages: [
      messageRoute({
        request: MsgClaimRewards,
        response: MsgClaimRewardsResponse,
        parse: parseClaimRewards,
        signers: (msg) => [msg.account],
        handle: (ctx, msg) => claimRewards(ctx, ports, msg),
      }),
    ],
    queries,
    genesis: genesisRoute(genesis),
    invariants: invariants(ports.token),
    tasks: [attributionTask(ports)],
    service: createService(ports),
  };
}
