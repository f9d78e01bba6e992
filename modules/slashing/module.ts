import { genesisRoute, messageRoute } from "../../chain/kernel/index.js";
import type { Invariant, Module } from "../../chain/kernel/index.js";
import { MsgUnjail, MsgUnjailResponse } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { slashingGenesis } from "./genesis.js";
import { unjail } from "./handlers/unjail.js";
import { parseUnjail } from "./messages.js";
import type { Staking } from "./ports.js";
import { createSlashingService } from "./service.js";
import type { SlashingService } from "./service.js";
import { SLASHING_STORE, slashingState } from "./state.js";

const invariants = (staking: Staking): readonly Invariant[] => [
  {
    name: "only jailed validators have a sentence",
    holds(ctx) {
      for (const operator of slashingState.read(ctx.store(SLASHING_STORE)).sentences.keys()) {
        const stake = staking.byOperator(ctx, operator);
        if (stake?.isJailed !== true) return { power: stake?.power ?? 0n };
      }
      return true;
    },
  },
];

/** What happens to validators that are proven wrong, and how they return. Must follow staking in genesis order. */
export function createSlashingModule(staking: Staking): Module & { readonly service: SlashingService } {
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
    ],
    queries: [],
    genesis: genesisRoute(slashingGenesis(staking)),
    invariants: invariants(staking),
    tasks: [],
    service: createSlashingService(staking),
  };
}
