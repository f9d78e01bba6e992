import { MsgService, QueryService } from "../../../proto/gen/cosmos/mint/v1beta1.js";
import type { ModuleCommands } from "./types.js";

export const MINT: ModuleCommands = {
  name: "mint",
  about: "inflation, which is zero",
  query: {
    service: QueryService,
    commands: [
      { method: "Params", use: "params", about: "Query the current minting parameters" },
      { method: "Inflation", use: "inflation", about: "Query the current minting inflation value" },
      { method: "AnnualProvisions", use: "annual-provisions", about: "Query the current minting annual provisions value" },
    ],
  },
  tx: { service: MsgService, commands: [] },
};
