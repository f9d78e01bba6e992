import { MsgService, QueryService } from "../../../proto/gen/cosmos/slashing/v1beta1.js";
import type { ModuleCommands } from "./types.js";

export const SLASHING: ModuleCommands = {
  name: "slashing",
  about: "downtime, jail and unjailing",
  query: {
    service: QueryService,
    commands: [
      { method: "Params", use: "params", about: "Query the current slashing parameters" },
      { method: "SigningInfo", use: "signing-info <validator-cons-address>", args: ["cons_address"], about: "Query a validator's signing information", example: "$(openledgerd comet show-address)" },
      { method: "SigningInfos", use: "signing-infos", about: "Query signing information of all validators" },
    ],
  },
  tx: {
    service: MsgService,
    commands: [
      { method: "Unjail", use: "unjail", about: "Unjail a jailed validator", example: "--from ada" },
    ],
  },
};
