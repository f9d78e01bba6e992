import { MsgService, QueryService } from "../../../proto/gen/cosmos/consensus/v1.js";
import type { ModuleCommands } from "./types.js";

export const CONSENSUS: ModuleCommands = {
  name: "consensus",
  about: "parameters of the engine",
  query: { service: QueryService, commands: [{ method: "Params", use: "params", about: "Query the current consensus parameters" }] },
  tx: {
    service: MsgService,
    commands: [
      {
        method: "UpdateParams",
        use: "update-params-proposal <block> <evidence> <validator> [abci]",
        args: ["block", "evidence", "validator", "abci"],
        about: "Submit a proposal to update consensus module params; all of them must be given",
      },
    ],
  },
};
