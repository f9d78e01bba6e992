import { ServiceService } from "../../../proto/gen/cosmos/base/tendermint/v1beta1.js";
import type { ModuleCommands } from "./types.js";

/** The engine of a node. */
export const COMET: ModuleCommands = {
  name: "comet",
  aliases: ["cometbft", "tendermint"],
  about: "blocks and validators as the engine knows them",
  query: {
    service: ServiceService,
    commands: [
      { method: "GetNodeInfo", use: "node-info", about: "Query the current node info" },
      { method: "GetSyncing", use: "syncing", about: "Query node syncing status" },
      { method: "GetLatestBlock", use: "block-latest", about: "Query for the latest committed block" },
      { method: "GetBlockByHeight", use: "block-by-height <height>", args: ["height"], about: "Query for a committed block by height" },
      { method: "GetLatestValidatorSet", use: "validator-set", aliases: ["validator-set-latest"], about: "Query for the latest validator set" },
      { method: "GetValidatorSetByHeight", use: "validator-set-by-height <height>", args: ["height"], about: "Query for a validator set by height" },
      { method: "ABCIQuery", use: "abci-query <path> <data>", args: ["path", "data"], about: "Query the application below the services: a store's key, with its proof", flags: { height: { name: "at-height" } } },
    ],
  },
};
