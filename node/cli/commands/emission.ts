import { MsgService, QueryService } from "../../../proto/gen/openledger/emission/v1.js";
import type { ModuleCommands } from "./types.js";

export const EMISSION: ModuleCommands = {
  name: "emission",
  about: "rewards from the community's schedule for accepted contributions",
  query: {
    service: QueryService,
    commands: [
      { method: "Params", use: "params", about: "Query the current emission parameters" },
      { method: "Epoch", use: "epoch", about: "Query the current epoch" },
      { method: "Allocation", use: "allocation <datanet-id> <epoch>", args: ["datanet_id", "epoch"], about: "Query what a Datanet was given in an epoch" },
      { method: "Allocations", use: "allocations <datanet-id>", args: ["datanet_id"], about: "Query what a Datanet was given" },
      { method: "Shares", use: "shares <account>", args: ["account"], accounts: ["account"], about: "Query what an account can claim" },
    ],
  },
  tx: {
    service: MsgService,
    commands: [
      { method: "ClaimEmission", use: "claim", about: "Claim what one's accepted contributions were given", example: "--from ada" },
      { method: "VoidAllocations", use: "void-allocations-proposal <datanet-id> <from-epoch>", args: ["datanet_id", "from_epoch"], about: "Submit a proposal to take back what a Datanet was given" },
    ],
  },
};
