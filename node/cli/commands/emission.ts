import { MsgService, QueryService } from "../../../proto/gen/openledger/emission/v1.js";
import type { ModuleCommands } from "./types.js";

export const EMISSION: ModuleCommands = {
  name: "emission",
  about: "what accepted data earns from the community, epoch by epoch",
  query: {
    service: QueryService,
    commands: [
      { method: "Params", use: "params", about: "Query the current emission parameters" },
      { method: "Epoch", use: "epoch", about: "Query the epoch that runs, with the bytes that have counted so far" },
      { method: "Allocation", use: "allocation <datanet-id> <epoch>", args: ["datanet_id", "epoch"], about: "Query what the data of a Datanet got in an epoch" },
      { method: "Allocations", use: "allocations <datanet-id>", args: ["datanet_id"], about: "Query what the data of a Datanet got, epoch by epoch" },
      { method: "Shares", use: "shares <account>", args: ["account"], accounts: ["account"], about: "Query what the data of an account has earned and not claimed" },
    ],
  },
  tx: {
    service: MsgService,
    commands: [
      { method: "ClaimEmission", use: "claim", about: "Claim what your data has earned: up to a hundred mature shares, the oldest first", example: "--from ada" },
      { method: "VoidAllocations", use: "void-proposal <datanet-id> <from-epoch>", args: ["datanet_id", "from_epoch"], about: "Submit a proposal to take back what a Datanet was allocated and nobody can claim yet" },
    ],
  },
};
