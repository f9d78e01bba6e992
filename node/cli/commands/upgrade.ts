import { MsgService, QueryService } from "../../../proto/gen/cosmos/upgrade/v1beta1.js";
import type { ModuleCommands } from "./types.js";

export const UPGRADE: ModuleCommands = {
  name: "upgrade",
  about: "plans of new versions",
  query: {
    service: QueryService,
    commands: [
      { method: "CurrentPlan", use: "plan", about: "Query the upgrade plan (if one exists)" },
      { method: "AppliedPlan", use: "applied <upgrade-name>", args: ["name"], about: "Query the block header for height at which a completed upgrade was applied" },
      { method: "UpgradedConsensusState", use: "upgraded-consensus-state <last-height>", args: ["last_height"], about: "Query the consensus state of the chain after an upgrade" },
      { method: "ModuleVersions", use: "module-versions [module_name]", args: ["module_name"], aliases: ["module_versions"], about: "Query the list of module versions" },
      { method: "Authority", use: "authority", about: "Get the upgrade authority address" },
    ],
  },
  tx: {
    service: MsgService,
    elsewhere: { SoftwareUpgrade: "software-upgrade" },
    commands: [{ method: "CancelUpgrade", use: "cancel-software-upgrade", aliases: ["cancel-upgrade-proposal"], about: "Submit a proposal to cancel a planned chain upgrade" }],
  },
};
