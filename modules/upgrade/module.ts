import { genesisRoute, messageRoute } from "../../chain/kernel/index.js";
import type { Module } from "../../chain/kernel/index.js";
import {
  MsgCancelUpgrade,
  MsgCancelUpgradeResponse,
  MsgSoftwareUpgrade,
  MsgSoftwareUpgradeResponse,
} from "../../proto/gen/cosmos/upgrade/v1beta1.js";
import { preBlock } from "./block.js";
import { upgradeGenesis } from "./genesis.js";
import { cancelUpgrade } from "./handlers/cancel-upgrade.js";
import { softwareUpgrade } from "./handlers/software-upgrade.js";
import { invariants } from "./invariants.js";
import { parseCancelUpgrade, parseSoftwareUpgrade } from "./messages.js";
import type { UpgradeOptions } from "./options.js";
import { upgradeQueries } from "./queries.js";
import { UPGRADE_STORE } from "./state.js";

/** Which program runs from which height on. First of all modules. */
export function createUpgradeModule(options: UpgradeOptions): Module {
  return {
    name: UPGRADE_STORE,
    messages: [
      messageRoute({
        request: MsgSoftwareUpgrade,
        response: MsgSoftwareUpgradeResponse,
        parse: parseSoftwareUpgrade,
        signers: (msg) => [msg.signer],
        handle: softwareUpgrade,
      }),
      messageRoute({
        request: MsgCancelUpgrade,
        response: MsgCancelUpgradeResponse,
        parse: parseCancelUpgrade,
        signers: (msg) => [msg.signer],
        handle: cancelUpgrade,
      }),
    ],
    queries: upgradeQueries,
    genesis: genesisRoute(upgradeGenesis(options)),
    preBlock: (ctx) => preBlock(ctx, options),
    invariants,
    tasks: [],
  };
}
