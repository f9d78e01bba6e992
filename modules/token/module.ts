import {
  MsgMultiSend,
  MsgMultiSendResponse,
  MsgSend,
  MsgSendResponse,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from "../../proto/gen/cosmos/bank/v1beta1.js";
import type { Params } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { genesisRoute, messageRoute, updateParamsRoute } from "../../chain/kernel/index.js";
import type { Module } from "../../chain/kernel/index.js";
import { keyText } from "../../chain/primitives/index.js";
import { bankGenesis } from "./genesis.js";
import { handleMultiSend } from "./handlers/multi-send.js";
import { handleSend } from "./handlers/send.js";
import type { TransferRules } from "./handlers/send.js";
import { bankInvariants } from "./invariants.js";
import { parseMultiSend, parseSend } from "./messages.js";
import { checkParams } from "./params.js";
import type { AccountsPort } from "./ports.js";
import { bankQueries } from "./queries.js";
import type { TokenService } from "./service.js";
import { BANK_STORE, bankState } from "./state.js";

const updateParams = updateParamsRoute<MsgUpdateParams, Params, MsgUpdateParamsResponse>({
  request: MsgUpdateParams,
  response: MsgUpdateParamsResponse,
  check: checkParams,
  set: (ctx, params) => bankState.open(ctx.store(BANK_STORE)).params.set(params),
});

/** `blockedModules`: names whose accounts plain transfers may not reach; modules reach them through the service. */
export function createTokenModule(
  token: TokenService,
  accounts: AccountsPort,
  blockedModules: readonly string[],
): Module {
  const blocked = new Set(blockedModules.map((name) => keyText(moduleAddress(name))));
  const rules: TransferRules = { token, isBlocked: (address) => blocked.has(keyText(address)) };
  return {
    name: BANK_STORE,
    messages: [
      updateParams,
      messageRoute({
        request: MsgSend,
        response: MsgSendResponse,
        parse: parseSend,
        signers: (m) => [m.from],
        handle(ctx, m) {
          handleSend(ctx, rules, m);
          return {};
        },
      }),
      messageRoute({
        request: MsgMultiSend,
        response: MsgMultiSendResponse,
        parse: parseMultiSend,
        signers: (m) => [m.from],
        handle(ctx, m) {
          handleMultiSend(ctx, rules, m);
          return {};
        },
      }),
    ],
    queries: bankQueries(token),
    genesis: genesisRoute(bankGenesis),
    invariants: bankInvariants(accounts),
    tasks: [],
  };
}
