import { MsgService, QueryService } from "../../../proto/gen/openledger/attest/v1.js";
import type { ModuleCommands } from "./types.js";

export const ATTEST: ModuleCommands = {
  name: "attest",
  about: "what validators agree on that their sidecars computed",
  query: {
    service: QueryService,
    commands: [
      { method: "Params", use: "params", about: "Query the current attestation parameters" },
      { method: "Task", use: "task <task-id>", args: ["task_id"], about: "Query a task" },
      { method: "OpenTasks", use: "open-tasks", about: "Query the tasks that are not over" },
      { method: "Tasks", use: "tasks", about: "Query all tasks" },
    ],
  },
  tx: { service: MsgService, commands: [] },
};
