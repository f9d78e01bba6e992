import { consensusParamsToWire } from "../../chain/block/index.js";
import { fromJson } from "../../chain/codec/index.js";
import { CONSENSUS_STORE, currentParams, messageRoute, queryRoute } from "../../chain/kernel/index.js";
import type { GenesisRoute, Module } from "../../chain/kernel/index.js";
import {
  MsgUpdateParams,
  MsgUpdateParamsResponse,
  QueryParamsRequest,
  QueryParamsResponse,
} from "../../proto/gen/cosmos/consensus/v1.js";
import { updateParams } from "./handlers/update-params.js";
import { parseUpdateParams } from "./messages.js";

/** Nothing of its own: the parameters of the first block stand in the genesis document itself, and the kernel has them. */
const genesis: GenesisRoute = {
  defaults: () => ({}),
  init(_, json) {
    // The SDK writes null. Anything else must be a document without fields.
    if (json !== null) fromJson(MsgUpdateParamsResponse, json);
    return [];
  },
  export: () => ({}),
};

/** The engine's limits under governance. Its store is the kernel's (ADR 0126). */
export const consensusModule: Module = {
  name: CONSENSUS_STORE,
  messages: [
    messageRoute({
      request: MsgUpdateParams,
      response: MsgUpdateParamsResponse,
      parse: parseUpdateParams,
      signers: (msg) => [msg.signer],
      handle: updateParams,
    }),
  ],
  queries: [
    queryRoute("/cosmos.consensus.v1.Query/Params", { request: QueryParamsRequest, response: QueryParamsResponse }, (ctx) => ({
      params: consensusParamsToWire(currentParams(ctx)),
    })),
  ],
  genesis,
  invariants: [],
  tasks: [],
};
