import { ServiceService } from "../../../proto/gen/cosmos/base/node/v1beta1.js";
import type { ModuleCommands } from "./types.js";

/** The node itself. */
export const NODE: ModuleCommands = {
  name: "node",
  about: "settings and state of the node that answers",
  query: {
    service: ServiceService,
    commands: [
      { method: "Config", use: "config", about: "Query the current node config" },
      { method: "Status", use: "status", about: "Query the current node status" },
    ],
  },
};
