import {
  MsgMultiSend,
  MsgMultiSendResponse,
  MsgSend,
  MsgSendResponse,
} from "../../proto/gen/cosmos/bank/v1beta1.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { genesisRoute, messageRoute } from "../../chain/kernel/index.js";
import type { Module } from "../../chain/kernel/index.js";
import { toHex } from "../../chain/primitives/index.js";
import { bankGenesis } from "./genesis.js";
import { handleMultiSend } from "./handlers/multi-send.js";
import { handleSend } from "./handlers/send.js";
import type { TransferRules } from "./handlers/send.js";
import { bankInvariants } from "./invariants.js";
import { parseMultiSend, parseSend } from "./messages.js";
import type { AccountsPort } from "./ports.js";
import { bankQueries } from "./queries.js";
import type { TokenService } from "./service.js";
import { BANK_STORE } from "./state.js";

/** `blockedModules`: names whose accounts plain transfers may not reach; modules reach them through the service. */
export function createTokenModule(
  token: TokenService,
  accounts: AccountsPort,
  blockedModules: readonly string[],
): Module {
  const blocked = new Set(blockedModules.map((name) => toHex(moduleAddress(name))));
  const rules: TransferRules = { token, isBlocked: (address) => blocked.has(toHex(address)) };
  return {
    name: BANK_STORE,
    messages: [
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
