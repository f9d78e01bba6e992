import { MsgService, QueryService } from "../../../proto/gen/openledger/datanet/v1.js";
import type { ModuleCommands } from "./types.js";

export const DATANET: ModuleCommands = {
  name: "datanet",
  about: "who owns which data, under which licence, in which version",
  query: {
    service: QueryService,
    commands: [
      { method: "Params", use: "params", about: "Query the current datanet parameters" },
      { method: "Datanet", use: "datanet <datanet-id>", args: ["datanet_id"], about: "Query a Datanet" },
      { method: "Datanets", use: "datanets", about: "Query all Datanets" },
      { method: "Contribution", use: "contribution <contribution-id>", args: ["contribution_id"], about: "Query a contribution" },
      { method: "Contributions", use: "contributions <datanet-id>", args: ["datanet_id"], about: "Query the contributions to a Datanet" },
      { method: "Version", use: "version <datanet-id> <version>", args: ["datanet_id", "version"], about: "Query a version of a Datanet, with its Merkle root" },
      { method: "VersionContributions", use: "version-contributions <datanet-id> <version>", args: ["datanet_id", "version"], about: "Query what a version holds" },
    ],
  },
  tx: {
    service: MsgService,
    commands: [
      { method: "CreateDatanet", use: "create <name>", args: ["name"], accounts: ["allow_list"], about: "Create a Datanet, as a draft of its owner", example: "\"Rust questions\" --modality text --access open --license '{\"spdx\":\"CC-BY-4.0\",\"commercial_use\":true,\"derivatives\":true}' --from ada" },
      { method: "PublishDatanet", use: "publish <datanet-id>", args: ["datanet_id"], about: "Open a Datanet for contributions" },
      { method: "CommitContribution", use: "commit <datanet-id> <commitment>", args: ["datanet_id", "commitment"], about: "Commit to a contribution before showing it, so that nobody can copy it" },
      { method: "RevealContribution", use: "reveal <contribution-id> <blob-cid> <salt> <rows...>", args: ["contribution_id", "blob_cid", "salt", "rows"], about: "Show what was committed to: the blob, the salt, and a digest of each row as JSON" },
      { method: "CreateVersion", use: "create-version <datanet-id>", args: ["datanet_id"], about: "Make a version of all accepted contributions" },
    ],
  },
};
